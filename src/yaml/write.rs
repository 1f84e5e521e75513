//! Values into YAML, byte for byte as Helm's `toYaml` writes them, since charts hash that text.
//!
//! Helm goes by way of JSON to goyaml.v2's emitter. Two things differ on purpose, so that reading gives back what was
//! written: U+0085 is kept, where Helm makes a space of it, and texts with other control characters and keys of more
//! than 1024 characters are written, where Helm writes nothing at all.

use super::natural;
use super::number::{self, Integer};
use super::style::{Style, Text};
use super::{Map, Value};

/// Lines are folded at the first space behind this column.
const WIDTH: usize = 80;

/// Longer keys are written with `?`, in bytes.
const SIMPLE_KEY: usize = 128;

/// The text of Helm's `toYaml` with its final newline: keys in natural order (`a9` before `a10`).
pub fn write(value: &Value) -> String {
    Emitter::new(false).document(value)
}

/// The same text as [`write()`], but with keys in the order that the mappings have.
pub fn write_ordered(value: &Value) -> String {
    Emitter::new(true).document(value)
}

struct Emitter {
    out: String,
    ordered: bool,
    /// In characters.
    column: usize,
    /// Whether the last thing written was white space, or nothing.
    whitespace: bool,
    /// Whether only indentation, `-`, `?` and `:` stand on this line.
    indention: bool,
}

impl Emitter {
    fn new(ordered: bool) -> Self {
        Self {
            out: String::new(),
            ordered,
            column: 0,
            whitespace: true,
            indention: true,
        }
    }

    fn document(mut self, value: &Value) -> String {
        match value {
            Value::List(list) if !list.is_empty() => self.list(list, 0),
            Value::Map(map) if !map.is_empty() => self.map(map, 0),
            scalar => self.scalar(scalar, 2),
        }
        self.indent(0);
        self.out
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn newline(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.newline();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// Writes `-`, `?` or `:`, behind which a collection may begin on the same line.
    fn indicator(&mut self, indicator: char) {
        if !self.whitespace {
            self.put(' ');
        }
        self.put(indicator);
        self.whitespace = false;
    }

    fn list(&mut self, list: &[Value], indent: usize) {
        for value in list {
            self.indent(indent);
            self.indicator('-');
            match value {
                Value::List(inner) if !inner.is_empty() => self.list(inner, indent + 2),
                Value::Map(inner) if !inner.is_empty() => self.map(inner, indent + 2),
                scalar => self.scalar(scalar, indent + 2),
            }
        }
    }

    fn map(&mut self, map: &Map, indent: usize) {
        if self.ordered {
            for (key, value) in map {
                self.entry(key, value, indent);
            }
            return;
        }
        for (key, value) in natural::sorted(map) {
            self.entry(key, value, indent);
        }
    }

    fn entry(&mut self, key: &str, value: &Value, indent: usize) {
        self.indent(indent);
        let text = Text::new(key);
        let simple = key.len() <= SIMPLE_KEY && !text.multiline();
        if simple {
            self.text(&text, indent + 2, true);
            self.put(':');
            self.whitespace = false;
            self.indention = false;
        } else {
            self.indicator('?');
            self.text(&text, indent + 2, false);
            self.indent(indent);
            self.indicator(':');
        }
        match value {
            // A list under a key is not indented.
            Value::List(list) if !list.is_empty() && simple => self.list(list, indent),
            Value::List(list) if !list.is_empty() => self.list(list, indent + 2),
            Value::Map(map) if !map.is_empty() => self.map(map, indent + 2),
            scalar => self.scalar(scalar, indent + 2),
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.word("null"),
            Value::Bool(true) => self.word("true"),
            Value::Bool(false) => self.word("false"),
            Value::Int(number) => self.word(&number.to_string()),
            Value::Float(number) => match number::whole(*number) {
                Some(Integer::Signed(number)) => self.word(&number.to_string()),
                Some(Integer::Unsigned(number)) => self.word(&number.to_string()),
                None => self.word(&number::general(*number)),
            },
            Value::String(text) => self.text(&Text::new(text), indent, false),
            Value::List(_) => self.word("[]"),
            Value::Map(_) => self.word("{}"),
        }
    }

    fn word(&mut self, word: &str) {
        self.space();
        self.out.push_str(word);
        self.column += word.len();
        self.end_scalar();
    }

    fn space(&mut self) {
        if !self.whitespace {
            self.put(' ');
        }
    }

    fn end_scalar(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }

    fn text(&mut self, text: &Text<'_>, indent: usize, key: bool) {
        self.space();
        match text.style(key) {
            Style::Plain => self.folded(text.text, indent, !key, false),
            Style::Single => {
                self.put('\'');
                self.indention = false;
                self.folded(text.text, indent, !key, true);
                self.put('\'');
            }
            Style::Double => self.double_quoted(text.text, indent, !key),
            Style::Literal => return self.literal(text.text, indent),
        }
        self.end_scalar();
    }

    /// The text of a plain or single-quoted scalar.
    fn folded(&mut self, text: &str, indent: usize, fold: bool, quoted: bool) {
        let mut spaces = false;
        let mut breaks = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                ' ' => {
                    let next = characters.peek().map(|(_, next)| *next);
                    let inside = !quoted || (at > 0 && next.is_some());
                    if fold && !spaces && self.column > WIDTH && inside && next != Some(' ') {
                        self.indent(indent);
                    } else {
                        self.put(' ');
                    }
                    spaces = true;
                }
                // Of all line breaks, only these come here: `\n` makes a literal, the others are escaped.
                '\u{2028}' | '\u{2029}' => {
                    self.out.push(character);
                    self.column = 0;
                    self.indention = true;
                    breaks = true;
                }
                character => {
                    if breaks {
                        self.indent(indent);
                    }
                    if quoted && character == '\'' {
                        self.put('\'');
                    }
                    self.put(character);
                    self.indention = false;
                    spaces = false;
                    breaks = false;
                }
            }
        }
    }

    fn double_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.put('"');
        self.indention = false;
        // goyaml asks at each character whether the text begins with a byte order mark.
        let all = text.starts_with('\u{feff}');
        let mut spaces = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if all || must_escape(character) {
                self.escape(character);
                spaces = false;
            } else if character == ' ' {
                let next = characters.peek().map(|(_, next)| *next);
                if fold && !spaces && self.column > WIDTH && at > 0 && next.is_some() {
                    self.indent(indent);
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.put(character);
                spaces = false;
            }
        }
        self.put('"');
    }

    fn escape(&mut self, character: char) {
        let code = character as u32;
        let short = match code {
            0x00 => '0',
            0x07 => 'a',
            0x08 => 'b',
            0x09 => 't',
            0x0a => 'n',
            0x0b => 'v',
            0x0c => 'f',
            0x0d => 'r',
            0x1b => 'e',
            0x22 => '"',
            0x5c => '\\',
            0x85 => 'N',
            0xa0 => '_',
            0x2028 => 'L',
            0x2029 => 'P',
            _ => '\0',
        };
        let escape = match code {
            _ if short != '\0' => format!("\\{short}"),
            0..=0xff => format!("\\x{code:02X}"),
            0x100..=0xffff => format!("\\u{code:04X}"),
            _ => format!("\\U{code:08X}"),
        };
        self.column += escape.len();
        self.out.push_str(&escape);
    }

    /// A block scalar; its first line says how to read the spaces before and the newlines behind the text.
    fn literal(&mut self, text: &str, indent: usize) {
        self.put('|');
        if text.starts_with([' ', '\n', '\u{2028}', '\u{2029}']) {
            self.put('2');
        }
        let mut ends = text.chars().rev().map(is_break);
        match (ends.next(), ends.next()) {
            (Some(true), Some(false)) => {}
            (Some(true), _) => self.put('+'),
            _ => self.put('-'),
        }
        self.newline();
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        for character in text.chars() {
            if is_break(character) {
                self.out.push(character);
                self.column = 0;
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent);
                }
                self.put(character);
                self.indention = false;
                breaks = false;
            }
        }
    }
}

/// Whether a character of a double-quoted text has to be written as an escape.
fn must_escape(character: char) -> bool {
    matches!(character, '"' | '\\') || is_break(character) || !super::style::is_printable(character)
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::{write, write_ordered};
    use crate::yaml::parse;

    #[test]
    fn keys_are_sorted_or_kept() {
        let value =
            parse("b: [1, {d: x, c: 'y'}]\na10: 1\na9: null\n").expect("it is YAML")[0].clone();
        insta::assert_snapshot!(write(&value), @r#"
        a9: null
        a10: 1
        b:
        - 1
        - c: "y"
          d: x
        "#);
        insta::assert_snapshot!(write_ordered(&value), @r#"
        b:
        - 1
        - d: x
          c: "y"
        a10: 1
        a9: null
        "#);
    }

    #[test]
    fn texts_are_quoted_as_by_helm() {
        let long = "word ".repeat(17) + "end";
        for (text, written) in [
            ("", "\"\"\n"),
            ("a b", "a b\n"),
            ("y", "\"y\"\n"),
            ("1_000", "\"1_000\"\n"),
            ("2001-01-01", "\"2001-01-01\"\n"),
            ("2001-02-30", "2001-02-30\n"),
            ("12:30:45", "\"12:30:45\"\n"),
            ("12:99", "12:99\n"),
            ("<<", "<<\n"),
            ("=", "=\n"),
            ("- a", "'- a'\n"),
            ("-a", "-a\n"),
            ("a: b", "'a: b'\n"),
            ("a:", "'a:'\n"),
            ("a #b", "'a #b'\n"),
            ("it's", "it's\n"),
            ("'a'", "'''a'''\n"),
            (" a", "' a'\n"),
            ("a\tb", "\"a\\tb\"\n"),
            ("😀", "\"\\U0001F600\"\n"),
            ("é", "é\n"),
            ("a\nb", "|-\n  a\n  b\n"),
            ("a\nb\n", "|\n  a\n  b\n"),
            ("a\n\n", "|+\n  a\n\n"),
            (" a\n", "|2\n   a\n"),
            ("a \nb", "\"a \\nb\"\n"),
            (
                &long,
                "word word word word word word word word word word word word word word word word word\n  end\n",
            ),
        ] {
            assert_eq!(write(&text.into()), written);
        }
    }

    #[test]
    fn collections_are_laid_out_as_by_helm() {
        let long = "k".repeat(129);
        let text = format!("a: [[1, [2]], {{}}, []]\n? {long}\n: [x]\n'on': {{c: \"t\\n\"}}");
        let value = parse(&text).expect("it is YAML")[0].clone();
        let expected =
            format!("a:\n- - 1\n  - - 2\n- {{}}\n- []\n? {long}\n: - x\n\"on\":\n  c: |\n    t\n");
        assert_eq!(write(&value), expected);
    }
}
