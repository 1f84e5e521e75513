//! Scalars: plain, quoted and block.

use std::borrow::Cow;

use super::ScalarStyle;
use super::chars::{
    at, break_len, is_blank, is_blank_or_end, is_break_or_end, is_flow, may_end_line,
    may_end_plain, may_end_quoted,
};
use super::error::Problem;
use super::scanner::{Result, Scanner, Token, TokenKind};

/// The line breaks between two pieces of text. YAML 1.1 turns all of them into `\n`, but for U+2028 and U+2029.
#[derive(Default)]
struct Breaks {
    first: &'static str,
    rest: String,
}

impl Breaks {
    /// Folds into a text: one `\n` becomes a space, further ones stay.
    fn fold_into(&mut self, out: &mut String) {
        if self.first == "\n" {
            if self.rest.is_empty() {
                out.push(' ');
            }
        } else {
            out.push_str(self.first);
        }
        out.push_str(&self.rest);
        self.first = "";
        self.rest.clear();
    }
}

impl<'a> Scanner<'a> {
    /// Moves over the line break at this place, and says what it means; nothing at the end of the text.
    fn take_break(&mut self) -> &'static str {
        let len = break_len(self.bytes, self.pos);
        if len == 0 {
            return "";
        }
        let text = match (len, at(self.bytes, self.pos + 2)) {
            (3, 0xa8) => "\u{2028}",
            (3, _) => "\u{2029}",
            _ => "\n",
        };
        self.next_line(len);
        text
    }

    fn scalar(text: Cow<'a, str>, style: ScalarStyle, start: usize, end: usize) -> Token<'a> {
        Token {
            kind: TokenKind::Scalar(text, style),
            start,
            end,
        }
    }

    pub(super) fn scan_plain(&mut self) -> Result<Token<'a>> {
        let start = self.pos;
        let mut end = self.pos;
        let mut folded: Option<String> = None;
        let mut breaks = Breaks::default();
        let mut broken = false;
        let indent = self.indent + 1;
        loop {
            if self.at_document_indicator() || self.byte() == b'#' {
                break;
            }
            let run = self.pos;
            let run_end = self.plain_run_end();
            if run_end > run {
                if broken {
                    let out = folded.get_or_insert_with(|| self.text[start..end].to_owned());
                    breaks.fold_into(out);
                    broken = false;
                } else if let Some(out) = &mut folded {
                    out.push_str(&self.text[end..run]);
                }
                if let Some(out) = &mut folded {
                    out.push_str(&self.text[run..run_end]);
                }
                self.advance(run_end);
                end = run_end;
            }
            if !is_blank(self.byte()) && break_len(self.bytes, self.pos) == 0 {
                break;
            }
            loop {
                if is_blank(self.byte()) {
                    if broken && self.byte() == b'\t' && self.column().cast_signed() < indent {
                        return Err(Problem::scanner(
                            "found a tab character that violates indentation",
                            self.pos,
                            start,
                        )
                        .help("indent with spaces"));
                    }
                    self.pos += 1;
                } else if break_len(self.bytes, self.pos) > 0 {
                    let text = self.take_break();
                    if broken {
                        breaks.rest.push_str(text);
                    } else {
                        breaks.first = text;
                        broken = true;
                    }
                } else {
                    break;
                }
            }
            if self.flow_level == 0 && self.column().cast_signed() < indent {
                break;
            }
        }
        if broken {
            self.key_allowed = true;
        }
        let text = folded.map_or_else(|| Cow::Borrowed(&self.text[start..end]), Cow::Owned);
        Ok(Self::scalar(text, ScalarStyle::Plain, start, end))
    }

    /// Where the run of characters ends that a plain scalar goes on with.
    fn plain_run_end(&self) -> usize {
        let bytes = self.bytes;
        let mut offset = self.pos;
        loop {
            let byte = at(bytes, offset);
            if may_end_plain(byte) {
                let ends = match byte {
                    b':' => is_blank_or_end(bytes, offset + 1),
                    _ if is_flow(byte) => self.flow_level > 0,
                    _ => is_blank_or_end(bytes, offset),
                };
                if ends {
                    return offset;
                }
            }
            offset += 1;
        }
    }

    pub(super) fn scan_single_quoted(&mut self) -> Result<Token<'a>> {
        self.scan_quoted(b'\'')
    }

    pub(super) fn scan_double_quoted(&mut self) -> Result<Token<'a>> {
        self.scan_quoted(b'"')
    }

    fn scan_quoted(&mut self, quote: u8) -> Result<Token<'a>> {
        let start = self.pos;
        self.pos += 1;
        let first = self.pos;
        let end = self.quoted_run_end(quote);
        let simple_end =
            at(self.bytes, end) == quote && !(quote == b'\'' && at(self.bytes, end + 1) == b'\'');
        if simple_end {
            self.advance(end);
            self.pos += 1;
            let text = Cow::Borrowed(&self.text[first..end]);
            return Ok(Self::scalar(text, ScalarStyle::Quoted, start, self.pos));
        }
        let mut out = String::new();
        loop {
            if self.at_document_indicator() {
                return Err(Problem::scanner(
                    "found unexpected document indicator",
                    self.pos,
                    start,
                ));
            }
            if self.pos >= self.bytes.len() {
                return Err(Problem::scanner(
                    "found unexpected end of stream",
                    self.pos,
                    start,
                ));
            }
            let run = self.pos;
            let end = self.quoted_run_end(quote);
            self.advance(end);
            match self.byte() {
                b'\'' if quote == b'\'' => {
                    out.push_str(&self.text[run..end]);
                    self.pos += 1;
                    if self.byte() != b'\'' {
                        break;
                    }
                    out.push('\'');
                    self.pos += 1;
                }
                b'"' if quote == b'"' => {
                    out.push_str(&self.text[run..end]);
                    self.pos += 1;
                    break;
                }
                b'\\' if quote == b'"' => {
                    out.push_str(&self.text[run..end]);
                    if break_len(self.bytes, self.pos + 1) > 0 {
                        self.pos += 1;
                        self.take_break();
                        self.fold_quoted(&mut out, true);
                    } else {
                        self.scan_escape(&mut out, start)?;
                    }
                }
                _ => {
                    // Blanks before a line break do not count; those that follow an escape do not stand in this run.
                    let line = self.text[run..end].trim_end_matches([' ', '\t']);
                    if self.pos >= self.bytes.len() {
                        continue;
                    }
                    out.push_str(line);
                    self.fold_quoted(&mut out, false);
                }
            }
        }
        Ok(Self::scalar(
            Cow::Owned(out),
            ScalarStyle::Quoted,
            start,
            self.pos,
        ))
    }

    /// Where the run of characters ends that mean themselves, whatever follows them.
    fn quoted_run_end(&self, quote: u8) -> usize {
        let mut offset = self.pos;
        loop {
            let byte = at(self.bytes, offset);
            if may_end_quoted(byte)
                && (byte == quote
                    || (byte == b'\\' && quote == b'"')
                    || is_break_or_end(self.bytes, offset))
            {
                return offset;
            }
            offset += 1;
        }
    }

    /// Moves over line breaks and the blanks around them, and folds them into one space, or to the breaks after the
    /// first one.
    fn fold_quoted(&mut self, out: &mut String, escaped: bool) {
        let mut breaks = Breaks::default();
        let mut broken = escaped;
        loop {
            if is_blank(self.byte()) {
                self.pos += 1;
            } else if break_len(self.bytes, self.pos) > 0 {
                let text = self.take_break();
                if broken {
                    breaks.rest.push_str(text);
                } else {
                    breaks.first = text;
                    broken = true;
                }
            } else {
                breaks.fold_into(out);
                return;
            }
        }
    }

    fn scan_escape(&mut self, out: &mut String, start: usize) -> Result<()> {
        let digits = match self.byte_at(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                let Some(character) = escaped(other) else {
                    return Err(Problem::scanner(
                        "found unknown escape character",
                        self.pos,
                        start,
                    ));
                };
                out.push(character);
                self.pos += 2;
                return Ok(());
            }
        };
        self.pos += 2;
        let number = self
            .text
            .get(self.pos..self.pos + digits)
            .filter(|number| number.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(number) = number else {
            return Err(Problem::scanner(
                "did not find expected hexdecimal number",
                self.pos,
                start,
            ));
        };
        let character = u32::from_str_radix(number, 16)
            .ok()
            .and_then(char::from_u32);
        let Some(character) = character else {
            return Err(Problem::scanner(
                "found invalid Unicode character escape code",
                self.pos,
                start,
            ));
        };
        out.push(character);
        self.pos += digits;
        Ok(())
    }

    /// A literal (`|`) or folded (`>`) scalar.
    pub(super) fn scan_block(&mut self, literal: bool) -> Result<Token<'a>> {
        let start = self.pos;
        self.pos += 1;
        let (chomping, increment) = self.scan_block_header(start)?;
        let mut content_end = self.pos;
        self.take_break();
        let mut indent = match increment {
            0 => 0,
            increment => self.indent.max(0).cast_unsigned() + increment,
        };
        let mut out = String::new();
        let mut breaks = Breaks::default();
        self.scan_block_breaks(&mut indent, &mut breaks.rest, start)?;
        let mut previous_blank = false;
        while self.column() == indent && self.pos < self.bytes.len() {
            let blank = is_blank(self.byte());
            if literal || previous_blank || blank {
                out.push_str(breaks.first);
                out.push_str(&breaks.rest);
                breaks.rest.clear();
            } else {
                breaks.fold_into(&mut out);
            }
            previous_blank = blank;
            let line = self.pos;
            let mut end = self.pos;
            while !may_end_line(at(self.bytes, end)) || !is_break_or_end(self.bytes, end) {
                end += 1;
            }
            out.push_str(&self.text[line..end]);
            self.advance(end);
            content_end = end;
            breaks.first = self.take_break();
            self.scan_block_breaks(&mut indent, &mut breaks.rest, start)?;
        }
        if chomping != b'-' {
            out.push_str(breaks.first);
        }
        if chomping == b'+' {
            out.push_str(&breaks.rest);
        }
        Ok(Self::scalar(
            Cow::Owned(out),
            ScalarStyle::Block,
            start,
            content_end,
        ))
    }

    /// The chomping indicator and the indentation indicator (0: none), in either order, up to the end of the line.
    fn scan_block_header(&mut self, start: usize) -> Result<(u8, usize)> {
        let mut chomping = 0;
        let mut increment = 0;
        for _ in 0..2 {
            match self.byte() {
                byte @ (b'+' | b'-') if chomping == 0 => chomping = byte,
                b'0' if increment == 0 => {
                    return Err(Problem::scanner(
                        "found an indentation indicator equal to 0",
                        self.pos,
                        start,
                    ));
                }
                byte @ b'1'..=b'9' if increment == 0 => increment = usize::from(byte - b'0'),
                _ => break,
            }
            self.pos += 1;
        }
        self.skip_blanks();
        self.skip_comment();
        if is_break_or_end(self.bytes, self.pos) {
            return Ok((chomping, increment));
        }
        Err(Problem::scanner(
            "did not find expected comment or line break",
            self.pos,
            start,
        ))
    }

    /// Moves over empty lines and the indentation of the next one, which sets the indentation if that is still open
    /// (0).
    fn scan_block_breaks(
        &mut self,
        indent: &mut usize,
        breaks: &mut String,
        start: usize,
    ) -> Result<()> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.byte() == b' ' {
                self.pos += 1;
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.byte() == b'\t' {
                return Err(Problem::scanner(
                    "found a tab character where an indentation space is expected",
                    self.pos,
                    start,
                )
                .help("indent with spaces"));
            }
            if break_len(self.bytes, self.pos) == 0 {
                break;
            }
            breaks.push_str(self.take_break());
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1).cast_unsigned());
        }
        Ok(())
    }
}

/// What a character behind a backslash means in double quotes.
fn escaped(byte: u8) -> Option<char> {
    Some(match byte {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{b}',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'e' => '\u{1b}',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
