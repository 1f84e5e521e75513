//! How the writer quotes a text.

use super::resolve::resolve_plain;
use super::time;

/// A way to write a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// A text and what the writer has to know of it.
pub(super) struct Text<'a> {
    pub text: &'a str,
    breaks: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut found = Self {
            text,
            breaks: false,
            plain: !(text.starts_with("---") || text.starts_with("...")),
            single: true,
            block: !text.is_empty(),
        };
        found.look();
        found
    }

    /// Whether the text has more than one line.
    pub(super) fn multiline(&self) -> bool {
        self.breaks
    }

    fn look(&mut self) {
        let mut previous: Option<char> = None;
        let mut characters = self.text.chars().peekable();
        while let Some(character) = characters.next() {
            let next = characters.peek().copied();
            let ends_word = next.is_none_or(|next| matches!(next, ' ' | '\t'));
            let indicator = match character {
                '#' if previous.is_some() => previous.is_none_or(is_white),
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                | '%' | '@' | '`' => previous.is_none(),
                '?' | '-' => previous.is_none() && ends_word,
                ':' => ends_word,
                _ => false,
            };
            if indicator {
                self.plain = false;
            }
            if !is_printable(character) {
                (self.plain, self.single, self.block) = (false, false, false);
            }
            let at_border = previous.is_none() || next.is_none();
            if character == ' ' {
                if at_border {
                    self.plain = false;
                }
                if next.is_none() {
                    self.block = false;
                }
                if previous.is_some_and(is_break) {
                    (self.plain, self.single) = (false, false);
                }
            } else if is_break(character) {
                self.breaks = true;
                self.plain = false;
                if previous == Some(' ') {
                    (self.single, self.block) = (false, false);
                }
            }
            previous = Some(character);
        }
    }

    /// The style, of a value or of a key that stands on the line of its value.
    pub(super) fn style(&self, key: bool) -> Style {
        // goyaml leaves a key `<<` plain, and then reads it as a merge.
        let wanted = if self.text.contains('\n') {
            Style::Literal
        } else if means_other(self.text) || (key && self.text == "<<") {
            Style::Double
        } else {
            Style::Plain
        };
        match wanted {
            Style::Literal if self.block && !key => Style::Literal,
            Style::Plain if self.plain => Style::Plain,
            Style::Plain if self.single && !(key && self.breaks) => Style::Single,
            _ => Style::Double,
        }
    }
}

/// Whether a text would be read as something else if it stood there without quotes, here or by other readers.
fn means_other(text: &str) -> bool {
    resolve_plain(text).is_some() || time::is_timestamp(text) || is_base_60(text)
}

/// Numbers to the base 60, `12:30:45`, which other readers of YAML 1.1 know.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let mut parts = digits.split(':');
    let whole = parts.next().unwrap_or("");
    if !is_digits(whole) {
        return false;
    }
    let Some((last, middle)) = parts
        .collect::<Vec<_>>()
        .split_last()
        .map(|(last, middle)| {
            let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
            (is_sixtieth(last) && is_digits(fraction), middle.to_vec())
        })
    else {
        return false;
    };
    last && middle.into_iter().all(is_sixtieth)
}

fn is_digits(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'_')
}

fn is_sixtieth(text: &str) -> bool {
    match text.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    }
}

/// Whether a character may stand for itself. goyaml counts none beyond U+FFFF.
pub(super) fn is_printable(character: char) -> bool {
    matches!(
        character,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
    ) && character != '\u{feff}'
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_white(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\0') || is_break(character)
}
