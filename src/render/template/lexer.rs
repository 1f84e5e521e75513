//! Templates cut into tokens, on demand.

use memchr::memmem;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Eof,
    Text,
    LeftDelim,
    RightDelim,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    Char,
    CharConstant,
    Number,
    String,
    RawString,
    Bool,
    Nil,
    Dot,
    Field,
    Variable,
    Identifier,
    Keyword(Keyword),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

/// A token: `start..end` of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    delim: memmem::Finder<'static>,
    pos: usize,
    start: usize,
    inside: bool,
    parens: usize,
    error: Option<String>,
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn is_plain(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn trims_left(text: &[u8]) -> bool {
    text.len() >= 2 && text[0] == b'-' && is_space(text[1])
}

fn trims_right(text: &[u8]) -> bool {
    text.len() >= 2 && is_space(text[0]) && text[1] == b'-'
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            delim: memmem::Finder::new(b"{{"),
            pos: 0,
            start: 0,
            inside: false,
            parens: 0,
            error: None,
        }
    }

    /// A lexer for what stands between `{{` and `}}`. The end of the text is taken as the right delimiter.
    pub fn inside(text: &'t str) -> Self {
        Self {
            inside: true,
            ..Self::new(text)
        }
    }

    /// What the last [`Kind::Error`] was about.
    pub fn take_error(&mut self) -> String {
        self.error.take().unwrap_or_default()
    }

    fn rest(&self) -> &'t str {
        &self.text[self.pos..]
    }

    fn bytes(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.pos..]
    }

    fn emit(&mut self, kind: Kind) -> Token {
        let token = Token {
            kind,
            start: self.start,
            end: self.pos,
        };
        self.start = self.pos;
        token
    }

    fn fail(&mut self, message: impl Into<String>) -> Token {
        self.error = Some(message.into());
        Token {
            kind: Kind::Error,
            start: self.start,
            end: self.pos.max(self.start),
        }
    }

    pub fn next(&mut self) -> Token {
        if self.inside {
            self.next_inside()
        } else {
            self.next_text()
        }
    }

    fn next_text(&mut self) -> Token {
        loop {
            let Some(at) = self.delim.find(self.bytes()) else {
                self.pos = self.text.len();
                return if self.pos > self.start {
                    self.emit(Kind::Text)
                } else {
                    self.emit(Kind::Eof)
                };
            };
            let open = self.pos + at;
            let after = &self.text.as_bytes()[open + 2..];
            let trims = trims_left(after);
            if at > 0 {
                let before = &self.text[self.pos..open];
                let kept = if trims {
                    before.trim_end_matches(SPACES)
                } else {
                    before
                };
                let token = Token {
                    kind: Kind::Text,
                    start: self.pos,
                    end: self.pos + kept.len(),
                };
                self.pos = open;
                self.start = open;
                if !kept.is_empty() {
                    return token;
                }
            }
            let marker = if trims { 2 } else { 0 };
            if after[marker..].starts_with(b"/*") {
                self.pos = open + 2 + marker;
                self.start = self.pos;
                let Some(end) = memmem::find(&self.bytes()[2..], b"*/") else {
                    self.pos = self.text.len();
                    return self.fail("unclosed comment");
                };
                self.pos += end + 4;
                let trims = trims_right(self.bytes()) && self.bytes()[2..].starts_with(b"}}");
                if !trims && !self.bytes().starts_with(b"}}") {
                    return self.fail("comment ends before closing delimiter");
                }
                self.pos += if trims { 4 } else { 2 };
                if trims {
                    self.pos = self.text.len() - self.rest().trim_start_matches(SPACES).len();
                }
                self.start = self.pos;
                continue;
            }
            self.pos = open + 2;
            let token = self.emit(Kind::LeftDelim);
            self.inside = true;
            self.pos += marker;
            self.start = self.pos;
            self.parens = 0;
            return token;
        }
    }

    fn at_right_delim(&self) -> Option<bool> {
        let bytes = self.bytes();
        if trims_right(bytes) && bytes[2..].starts_with(b"}}") {
            Some(true)
        } else if bytes.starts_with(b"}}") {
            Some(false)
        } else {
            None
        }
    }

    fn right_delim(&mut self, trims: bool) -> Token {
        if trims {
            self.pos += 2;
            self.start = self.pos;
        }
        self.pos += 2;
        let token = self.emit(Kind::RightDelim);
        if trims {
            self.pos = self.text.len() - self.rest().trim_start_matches(SPACES).len();
            self.start = self.pos;
        }
        self.inside = false;
        token
    }

    fn next_inside(&mut self) -> Token {
        if let Some(trims) = self.at_right_delim() {
            if self.parens > 0 {
                return self.fail("unclosed left paren");
            }
            return self.right_delim(trims);
        }
        let Some(c) = self.rest().chars().next() else {
            return self.fail("unclosed action");
        };
        if c.is_ascii() && is_space(c as u8) {
            return self.space();
        }
        let next = self.bytes().get(1).copied();
        match c {
            '0'..='9' | '+' | '-' => return self.number(),
            '.' if next.is_some_and(|byte| byte.is_ascii_digit()) => return self.number(),
            // Go takes a dot at the very end for a number.
            '.' if next.is_none() => return self.number(),
            _ if is_word(c) => return self.identifier(),
            _ => {}
        }
        self.pos += c.len_utf8();
        match c {
            '=' => self.emit(Kind::Assign),
            ':' => {
                if self.bytes().first() == Some(&b'=') {
                    self.pos += 1;
                    self.emit(Kind::Declare)
                } else {
                    self.fail("expected :=")
                }
            }
            '|' => self.emit(Kind::Pipe),
            '"' => self.quote('"', "unterminated quoted string", Kind::String),
            '\'' => self.quote('\'', "unterminated character constant", Kind::CharConstant),
            '`' => {
                if let Some(end) = self.rest().find('`') {
                    self.pos += end + 1;
                    self.emit(Kind::RawString)
                } else {
                    self.pos = self.text.len();
                    self.fail("unterminated raw quoted string")
                }
            }
            '$' => self.name(Kind::Variable, Kind::Variable),
            '.' => self.name(Kind::Field, Kind::Dot),
            '(' => {
                self.parens += 1;
                self.emit(Kind::LeftParen)
            }
            ')' => {
                if self.parens == 0 {
                    return self.fail("unexpected right paren");
                }
                self.parens -= 1;
                self.emit(Kind::RightParen)
            }
            '!'..='~' => self.emit(Kind::Char),
            _ => self.fail(format!("unrecognized character in action: {}", describe(c))),
        }
    }

    fn space(&mut self) -> Token {
        let mut count = 0;
        while self.bytes().get(count).copied().is_some_and(is_space) {
            count += 1;
        }
        let last = &self.bytes()[count - 1..];
        if trims_right(last) && last[2..].starts_with(b"}}") {
            if count == 1 {
                return self.right_delim(true);
            }
            count -= 1;
        }
        self.pos += count;
        self.emit(Kind::Space)
    }

    fn quote(&mut self, end: char, message: &str, kind: Kind) -> Token {
        let mut chars = self.rest().char_indices();
        while let Some((at, c)) = chars.next() {
            if c == end {
                self.pos += at + 1;
                return self.emit(kind);
            }
            let broken = match c {
                '\\' => matches!(chars.next(), None | Some((_, '\n'))),
                c => c == '\n',
            };
            if broken {
                break;
            }
        }
        self.fail(message)
    }

    fn at_terminator(&self) -> bool {
        let rest = self.rest();
        rest.starts_with("}}")
            || rest.chars().next().is_none_or(|c| {
                SPACES.contains(&c) || matches!(c, '.' | ',' | '|' | ':' | ')' | '(')
            })
    }

    fn word(&mut self) -> Result<(), Token> {
        let rest = self.rest();
        // Nearly all words are of plain letters.
        let plain = rest.bytes().take_while(|byte| is_plain(*byte)).count();
        let len = match rest[plain..].find(|c| !is_word(c)) {
            Some(more) => plain + more,
            None => rest.len(),
        };
        self.pos += len;
        if self.at_terminator() {
            return Ok(());
        }
        let bad = self.rest().chars().next().unwrap_or_default();
        Err(self.fail(format!("bad character {}", describe(bad))))
    }

    fn name(&mut self, named: Kind, alone: Kind) -> Token {
        if self.at_terminator() {
            return self.emit(alone);
        }
        match self.word() {
            Ok(()) => self.emit(named),
            Err(token) => token,
        }
    }

    fn identifier(&mut self) -> Token {
        if let Err(token) = self.word() {
            return token;
        }
        let kind = match &self.text[self.start..self.pos] {
            "block" => Kind::Keyword(Keyword::Block),
            "break" => Kind::Keyword(Keyword::Break),
            "continue" => Kind::Keyword(Keyword::Continue),
            "define" => Kind::Keyword(Keyword::Define),
            "else" => Kind::Keyword(Keyword::Else),
            "end" => Kind::Keyword(Keyword::End),
            "if" => Kind::Keyword(Keyword::If),
            "range" => Kind::Keyword(Keyword::Range),
            "template" => Kind::Keyword(Keyword::Template),
            "with" => Kind::Keyword(Keyword::With),
            "nil" => Kind::Nil,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.emit(kind)
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let found = self.bytes().first().is_some_and(|byte| set.contains(byte));
        self.pos += usize::from(found);
        found
    }

    fn run(&mut self, digits: &[u8]) {
        while self.accept(digits) {}
    }

    fn number(&mut self) -> Token {
        const DECIMAL: &[u8] = b"0123456789_";
        const HEX: &[u8] = b"0123456789abcdefABCDEF_";
        self.accept(b"+-");
        let mut digits = DECIMAL;
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = HEX;
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.run(digits);
        if self.accept(b".") {
            self.run(digits);
        }
        if (digits == DECIMAL && self.accept(b"eE")) || (digits == HEX && self.accept(b"pP")) {
            self.accept(b"+-");
            self.run(DECIMAL);
        }
        let next = self.rest().chars().next();
        if let Some(c) = next.filter(|c| is_word(*c)) {
            self.pos += c.len_utf8();
        } else if !matches!(next, Some('+' | '-')) {
            return self.emit(Kind::Number);
        }
        let text = &self.text[self.start..self.pos];
        let quoted = super::print::quoted(text.as_bytes());
        self.fail(format!("bad number syntax: {quoted}"))
    }
}

/// Go's `%#U`: the code point, and the character where it can be printed.
fn describe(c: char) -> String {
    if super::print::is_printable(c) {
        format!("U+{:04X} '{c}'", u32::from(c))
    } else {
        format!("U+{:04X}", u32::from(c))
    }
}
