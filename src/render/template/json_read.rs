//! Reading JSON as Go reads it: the last of equal keys counts, and the words for what is wrong are Go's.

use super::number;
use super::print::escape_char;
use super::value::{List, Map, Str, Value};

/// How deep values may be nested; Go allows more.
const MAX_DEPTH: usize = 1_000;

/// One value and nothing behind it. Numbers are floats.
///
/// # Errors
/// Go's words for what is wrong.
pub(super) fn parse(text: &[u8]) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.white();
    if reader.at < text.len() {
        return Err(reader.unexpected("after top-level value"));
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn white(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// What is wrong with the character that comes next, if one comes.
    fn unexpected(&self, context: &str) -> String {
        let rest = &self.text[self.at.min(self.text.len())..];
        let start = &rest[..rest.len().min(4)];
        let text = String::from_utf8_lossy(start);
        if let (Some('\u{fffd}'), false, Some(byte)) = (
            text.chars().next(),
            start.starts_with("\u{fffd}".as_bytes()),
            start.first(),
        ) {
            return format!("invalid character '\\x{byte:02x}' {context}");
        }
        let Some(c) = text.chars().next() else {
            return "unexpected end of JSON input".to_owned();
        };
        let mut shown = String::new();
        match c {
            '\'' => shown.push_str("\\'"),
            '"' => shown.push('"'),
            c => escape_char(&mut shown, c, false),
        }
        format!("invalid character '{shown}' {context}")
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.white();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Value::Str(self.string()?)),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for wanted in word.bytes() {
            if self.peek() != Some(wanted) {
                let wanted = char::from(wanted);
                let context = format!("in literal {word} (expecting '{wanted}')");
                return Err(self.unexpected(&context));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let map = Map::default();
        self.at += 1;
        self.white();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(map));
        }
        loop {
            self.white();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.white();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            map.insert(key, value);
            self.white();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Map(map));
                }
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        self.at += 1;
        self.white();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(List::new(items)));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.white();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::List(List::new(items)));
                }
                _ => return Err(self.unexpected("after array element")),
            }
        }
    }

    fn digits(&mut self) -> Result<(), String> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.unexpected("in numeric literal"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]);
        match number::parse_float(&text).filter(|number| number.is_finite()) {
            Some(number) => Ok(Value::Float(number)),
            None => Err(format!(
                "json: cannot unmarshal number {text} into Go value of type float64"
            )),
        }
    }

    fn string(&mut self) -> Result<Str, String> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let length = plain.unwrap_or(rest.len());
            out.extend_from_slice(&rest[..length]);
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => self.escape(&mut out)?,
                _ => return Err(self.unexpected("in string")),
            }
        }
        let text = String::from_utf8(out).unwrap_or_else(|broken| replaced(broken.as_bytes()));
        Ok(Str::from(text))
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let Some(kind) = self.text.get(self.at + 1) else {
            self.at = self.text.len();
            return Err(self.unexpected(""));
        };
        let plain = match kind {
            b'"' | b'\\' | b'/' => *kind,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let first = self.unit()?;
                let c = self.joined(first)?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.bad_escape(2)),
        };
        out.push(plain);
        self.at += 2;
        Ok(())
    }

    /// The number behind `\u`.
    fn unit(&mut self) -> Result<u32, String> {
        let Some(digits) = self.text.get(self.at + 2..self.at + 6) else {
            let digits = self.text.get(self.at + 2..).unwrap_or_default();
            return Err(if digits.iter().all(u8::is_ascii_hexdigit) {
                self.at = self.text.len();
                self.unexpected("")
            } else {
                self.bad_escape(6)
            });
        };
        let number = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(number) = number else {
            return Err(self.bad_escape(6));
        };
        self.at += 6;
        Ok(number)
    }

    /// The character of one unit, or of it and the one that follows; U+FFFD for half of a pair.
    fn joined(&mut self, first: u32) -> Result<char, String> {
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
            let before = self.at;
            let second = self.unit()?;
            if (0xdc00..0xe000).contains(&second) {
                let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn bad_escape(&self, length: usize) -> String {
        let rest = &self.text[self.at..];
        let text = String::from_utf8_lossy(&rest[..rest.len().min(length)]);
        format!("invalid escape sequence `{text}` in string")
    }
}

/// U+FFFD for every byte that is not UTF-8.
fn replaced(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_go_s() {
        let cases = [
            (
                "{x",
                "invalid character 'x' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("[1 2]", "invalid character '2' after array element"),
            ("012", "invalid character '1' after top-level value"),
            ("tru", "unexpected end of JSON input"),
            (
                "trux",
                "invalid character 'x' in literal true (expecting 'e')",
            ),
            ("\"\\x\"", "invalid escape sequence `\\x` in string"),
            ("\"\\u12g4\"", "invalid escape sequence `\\u12g4` in string"),
            ("1.x", "invalid character 'x' in numeric literal"),
            ("-", "unexpected end of JSON input"),
            ("\"a\nb\"", "invalid character '\\n' in string"),
            (
                "\u{e9}",
                "invalid character '\u{e9}' looking for beginning of value",
            ),
            (
                "'",
                "invalid character '\\'' looking for beginning of value",
            ),
            (
                "[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            ("", "unexpected end of JSON input"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                parse(text.as_bytes()).err().as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn values() {
        let cases = [
            (
                "{\"a\":1,\"a\":[2.50,null,true]}",
                "map[a:[2.5 <nil> true]]",
            ),
            ("[\"\\ud83d\\ude00\\ud800\\u0041\"]", "[\u{1f600}\u{fffd}A]"),
            (" 12345678901234567890 ", "1.2345678901234567e+19"),
        ];
        for (text, expected) in cases {
            let value = parse(text.as_bytes()).unwrap_or_default();
            let shown = super::super::print::text(&value);
            assert_eq!(String::from_utf8_lossy(&shown), expected, "{text}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
