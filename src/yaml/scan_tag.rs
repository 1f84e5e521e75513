//! Tags, anchors, aliases and directives.

use std::borrow::Cow;

use super::chars::{is_blank, is_blank_or_end, is_break_or_end, is_word};
use super::error::Problem;
use super::scanner::{Result, Scanner, Tag, Token, TokenKind};

impl<'a> Scanner<'a> {
    fn word(&mut self) -> &'a str {
        let start = self.pos;
        while is_word(self.byte()) {
            self.pos += 1;
        }
        &self.text[start..self.pos]
    }

    fn problem<T>(&self, message: &str, context: usize) -> Result<T> {
        Err(Problem::scanner(message, self.pos, context))
    }

    pub(super) fn scan_alias(&mut self) -> Result<Token<'a>> {
        self.scan_name(TokenKind::Alias)
    }

    pub(super) fn scan_anchor(&mut self) -> Result<Token<'a>> {
        self.scan_name(TokenKind::Anchor)
    }

    fn scan_name(&mut self, kind: fn(&'a str) -> TokenKind<'a>) -> Result<Token<'a>> {
        let start = self.pos;
        self.pos += 1;
        let name = self.word();
        let ended = is_blank_or_end(self.bytes, self.pos)
            || matches!(
                self.byte(),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if name.is_empty() || !ended {
            return self.problem(
                "did not find expected alphabetic or numeric character",
                start,
            );
        }
        Ok(Token {
            kind: kind(name),
            start,
            end: self.pos,
        })
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token<'a>> {
        let start = self.pos;
        let tag = if self.byte_at(1) == b'<' {
            self.pos += 2;
            let suffix = self.scan_uri(self.pos, start)?;
            if self.byte() != b'>' {
                return self.problem("did not find the expected '>'", start);
            }
            self.pos += 1;
            Tag { handle: "", suffix }
        } else {
            self.pos += 1;
            self.word();
            if self.byte() == b'!' {
                self.pos += 1;
                let handle = &self.text[start..self.pos];
                let suffix = self.scan_uri(self.pos, start)?;
                Tag { handle, suffix }
            } else {
                // `!name` is the handle `!` and the suffix `name`; `!` alone is a tag of its own.
                let suffix = self.scan_uri_rest(start + 1, start)?;
                if suffix.is_empty() {
                    Tag {
                        handle: "",
                        suffix: Cow::Borrowed("!"),
                    }
                } else {
                    Tag {
                        handle: "!",
                        suffix,
                    }
                }
            }
        };
        if !is_blank_or_end(self.bytes, self.pos) {
            return self.problem("did not find expected whitespace or line break", start);
        }
        Ok(Token {
            kind: TokenKind::Tag(Box::new(tag)),
            start,
            end: self.pos,
        })
    }

    fn scan_uri(&mut self, from: usize, context: usize) -> Result<Cow<'a, str>> {
        let start = self.pos;
        let uri = self.scan_uri_rest(from, context)?;
        if self.pos == start {
            return self.problem("did not find expected tag URI", context);
        }
        Ok(uri)
    }

    /// The text of a URI that began at an offset, with its escapes (`%41`) resolved.
    fn scan_uri_rest(&mut self, from: usize, context: usize) -> Result<Cow<'a, str>> {
        let mut decoded: Option<Vec<u8>> = None;
        loop {
            match self.byte() {
                b'%' => {
                    let mut bytes = decoded
                        .take()
                        .unwrap_or_else(|| self.bytes[from..self.pos].to_vec());
                    self.scan_uri_escape(&mut bytes, context)?;
                    decoded = Some(bytes);
                }
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    if let Some(bytes) = &mut decoded {
                        bytes.push(byte);
                    }
                    self.pos += 1;
                }
                _ => break,
            }
        }
        Ok(match decoded {
            None => Cow::Borrowed(&self.text[from..self.pos]),
            Some(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        })
    }

    /// Decodes the escapes of one character.
    fn scan_uri_escape(&mut self, out: &mut Vec<u8>, context: usize) -> Result<()> {
        let mut left = 0;
        loop {
            let digits = (self.byte() == b'%')
                .then(|| self.text.get(self.pos + 1..self.pos + 3))
                .flatten()
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            let Some(octet) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                return self.problem("did not find URI escaped octet", context);
            };
            if left == 0 {
                left = match octet {
                    0..=0x7f => 1,
                    0xc0..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf7 => 4,
                    _ => {
                        return self.problem("found an incorrect leading UTF-8 octet", context);
                    }
                };
            } else if octet & 0xc0 != 0x80 {
                return self.problem("found an incorrect trailing UTF-8 octet", context);
            }
            out.push(octet);
            self.pos += 3;
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// A `%YAML` or `%TAG` line, with its line break.
    pub(super) fn scan_directive(&mut self) -> Result<TokenKind<'a>> {
        let start = self.pos;
        self.pos += 1;
        let name = self.word();
        if name.is_empty() {
            return self.problem("could not find expected directive name", start);
        }
        if !is_blank_or_end(self.bytes, self.pos) {
            return self.problem("found unexpected non-alphabetical character", start);
        }
        let kind = match name {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return self.problem("found unknown directive name", start),
        };
        self.skip_blanks();
        self.skip_comment();
        if !is_break_or_end(self.bytes, self.pos) {
            return self.problem("did not find expected comment or line break", start);
        }
        let len = super::chars::break_len(self.bytes, self.pos);
        if len > 0 {
            self.next_line(len);
        }
        Ok(kind)
    }

    fn scan_version(&mut self, start: usize) -> Result<TokenKind<'a>> {
        self.skip_blanks();
        let major = self.scan_version_number(start)?;
        if self.byte() != b'.' {
            return self.problem("did not find expected digit or '.' character", start);
        }
        self.pos += 1;
        let minor = self.scan_version_number(start)?;
        Ok(TokenKind::Version(major, minor))
    }

    fn scan_version_number(&mut self, start: usize) -> Result<u8> {
        let first = self.pos;
        let mut value = 0;
        while self.byte().is_ascii_digit() {
            if self.pos - first == 2 {
                return self.problem("found extremely long version number", start);
            }
            value = value * 10 + (self.byte() - b'0');
            self.pos += 1;
        }
        if self.pos == first {
            return self.problem("did not find expected version number", start);
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self, start: usize) -> Result<TokenKind<'a>> {
        self.skip_blanks();
        let from = self.pos;
        if self.byte() != b'!' {
            return self.problem("did not find expected '!'", start);
        }
        self.pos += 1;
        self.word();
        if self.byte() == b'!' {
            self.pos += 1;
        } else if self.pos != from + 1 {
            return self.problem("did not find expected '!'", start);
        }
        let handle = &self.text[from..self.pos];
        if !is_blank(self.byte()) {
            return self.problem("did not find expected whitespace", start);
        }
        self.skip_blanks();
        let suffix = self.scan_uri(self.pos, start)?;
        if !is_blank_or_end(self.bytes, self.pos) {
            return self.problem("did not find expected whitespace or line break", start);
        }
        Ok(TokenKind::TagDirective(Box::new(Tag { handle, suffix })))
    }
}
