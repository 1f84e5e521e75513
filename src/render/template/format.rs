//! `printf`: Go's verbs, flags, widths and precisions, and what Go writes where they do not fit.

use super::print::{self, MAX_NESTING, MAX_TEXT};
use super::value::{IntKind, Value};

/// Wider or more precise than this, Go reports a bad width or precision.
const MAX_WIDTH: i64 = 1_000_000;

#[derive(Clone, Default)]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// `fmt.Sprintf`.
pub(super) fn sprintf(format: &[u8], args: &[Value]) -> Vec<u8> {
    let mut run = Run {
        format,
        at: 0,
        args,
        arg: 0,
        reordered: false,
        good_index: true,
        out: Vec::with_capacity(format.len() + 16),
    };
    run.run();
    run.out
}

struct Run<'a> {
    format: &'a [u8],
    at: usize,
    args: &'a [Value],
    arg: usize,
    reordered: bool,
    good_index: bool,
    out: Vec<u8>,
}

impl Run<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn run(&mut self) {
        while self.at < self.format.len() && self.out.len() <= MAX_TEXT {
            let rest = &self.format[self.at..];
            let plain = rest
                .iter()
                .position(|byte| *byte == b'%')
                .unwrap_or(rest.len());
            self.out.extend_from_slice(&rest[..plain]);
            self.at += plain;
            if self.at < self.format.len() {
                self.at += 1;
                self.verb();
            }
        }
        if !self.reordered && self.arg < self.args.len() {
            self.out.extend_from_slice(b"%!(EXTRA ");
            for (at, value) in self.args[self.arg..].iter().enumerate() {
                if at > 0 {
                    self.out.extend_from_slice(b", ");
                }
                if value.is_nil() {
                    self.out.extend_from_slice(b"<nil>");
                } else {
                    self.out.extend_from_slice(value.type_name().as_bytes());
                    self.out.push(b'=');
                    print::print(&mut self.out, value);
                }
            }
            self.out.push(b')');
        }
    }

    fn verb(&mut self) {
        let mut spec = Spec::default();
        let mut after_index = false;
        self.good_index = true;
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => break,
            }
            self.at += 1;
        }
        self.index(&mut after_index);
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.int_arg() {
                Some(width) => {
                    spec.minus |= width < 0;
                    spec.width = usize::try_from(width.abs()).ok();
                }
                None => self.out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            after_index = false;
        } else {
            spec.width = self.number();
            if after_index && spec.width.is_some() {
                self.good_index = false;
            }
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if after_index {
                self.good_index = false;
            }
            self.index(&mut after_index);
            if self.peek() == Some(b'*') {
                self.at += 1;
                match self.int_arg() {
                    Some(precision) => spec.precision = usize::try_from(precision).ok(),
                    None => self.out.extend_from_slice(b"%!(BADPREC)"),
                }
                after_index = false;
            } else {
                spec.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index(&mut after_index);
        }
        let rest = &self.format[self.at..];
        let Some(chunk) = rest.utf8_chunks().next() else {
            self.out.extend_from_slice(b"%!(NOVERB)");
            return;
        };
        let (verb, len) = chunk
            .valid()
            .chars()
            .next()
            .map_or(('\u{fffd}', 1), |c| (c, c.len_utf8()));
        self.at += len;
        if verb == '%' {
            self.out.push(b'%');
        } else if !self.good_index {
            self.bad(verb, "BADINDEX");
        } else if let Some(value) = self.args.get(self.arg) {
            self.arg += 1;
            if spec.minus {
                spec.zero = false;
            }
            if verb == 'v' {
                // It asks for the names of fields, not for signs.
                spec.plus = false;
            }
            Printer {
                spec: &spec,
                verb,
                out: &mut self.out,
            }
            .value(value, 0);
        } else {
            self.bad(verb, "MISSING");
        }
    }

    fn bad(&mut self, verb: char, what: &str) {
        self.out
            .extend_from_slice(format!("%!{verb}({what})").as_bytes());
    }

    /// `[3]`: which argument comes next.
    fn index(&mut self, found: &mut bool) {
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        *found = true;
        let rest = &self.format[self.at + 1..];
        let Some(close) = rest.iter().position(|byte| *byte == b']') else {
            self.good_index = false;
            self.at += 1;
            return;
        };
        let number = std::str::from_utf8(&rest[..close])
            .ok()
            .and_then(|text| text.parse::<usize>().ok());
        self.at += close + 2;
        match number {
            Some(number) if (1..=self.args.len()).contains(&number) => self.arg = number - 1,
            _ => self.good_index = false,
        }
    }

    fn number(&mut self) -> Option<usize> {
        let mut number: Option<i64> = None;
        while let Some(byte) = self.peek().filter(u8::is_ascii_digit) {
            let digit = i64::from(byte - b'0');
            number = Some((number.unwrap_or(0) * 10 + digit).min(MAX_WIDTH + 1));
            self.at += 1;
        }
        number
            .filter(|number| *number <= MAX_WIDTH)
            .and_then(|number| usize::try_from(number).ok())
    }

    fn int_arg(&mut self) -> Option<i64> {
        let value = self.args.get(self.arg)?;
        self.arg += 1;
        match value {
            Value::Int(number, _) if number.abs() <= MAX_WIDTH => Some(*number),
            _ => None,
        }
    }
}

struct Printer<'a> {
    spec: &'a Spec,
    verb: char,
    out: &'a mut Vec<u8>,
}

impl Printer<'_> {
    fn pad(&mut self, text: &[u8]) {
        self.pad_with(text, self.spec.zero);
    }

    fn pad_with(&mut self, text: &[u8], zero: bool) {
        let width = String::from_utf8_lossy(text).chars().count();
        let missing = self.spec.width.unwrap_or(0).saturating_sub(width);
        let fill = if zero && !self.spec.minus { b'0' } else { b' ' };
        if !self.spec.minus {
            self.out.extend(std::iter::repeat_n(fill, missing));
        }
        self.out.extend_from_slice(text);
        if self.spec.minus {
            self.out.extend(std::iter::repeat_n(fill, missing));
        }
    }

    fn bad_verb(&mut self, value: &Value) {
        let mut text = format!("%!{}(", self.verb).into_bytes();
        if value.is_nil() {
            text.extend_from_slice(b"<nil>");
        } else {
            text.extend_from_slice(value.type_name().as_bytes());
            text.push(b'=');
            // Go prints the value with the flags and the width of the verb that did not fit, and by itself alone.
            let plain = match value {
                Value::Int(number, IntKind::Duration) => Value::int64(*number),
                value => value.clone(),
            };
            Printer {
                spec: self.spec,
                verb: 'v',
                out: &mut text,
            }
            .value(&plain, 0);
        }
        text.push(b')');
        self.out.extend_from_slice(&text);
    }

    fn value(&mut self, value: &Value, depth: usize) {
        if self.out.len() > MAX_TEXT {
            return;
        }
        if self.verb == 'T' {
            self.pad(value.type_name().as_bytes());
            return;
        }
        match value {
            Value::Nil | Value::Null if depth > 0 && self.is_source() => {
                self.out.extend_from_slice(b"interface {}(nil)");
            }
            Value::Nil | Value::Null if depth > 0 => self.out.extend_from_slice(b"<nil>"),
            Value::Nil | Value::Null if self.verb == 'v' => self.pad(b"<nil>"),
            Value::Nil | Value::Null => self.bad_verb(value),
            Value::Bool(truth) => match self.verb {
                't' | 'v' => self.pad(if *truth { b"true" } else { b"false" }),
                _ => self.bad_verb(value),
            },
            Value::Int(nanos, IntKind::Duration)
                if matches!(self.verb, 'v' | 's' | 'x' | 'X' | 'q') && !self.spec.sharp =>
            {
                let text = super::duration::print(*nanos);
                self.string(value, text.as_bytes());
            }
            Value::Int(number, kind) => self.int(value, *number, *kind),
            Value::Float(number) => self.float(value, *number),
            Value::Str(text) => self.string(value, text),
            Value::Object(object) => {
                let text = object.text();
                let shown = Value::from(text.as_str());
                self.string(&shown, text.as_bytes());
            }
            Value::List(_) | Value::Map(_) if depth > MAX_NESTING => self.pad(b"..."),
            Value::List(list) => {
                if print::is_bytes(value) && matches!(self.verb, 's' | 'q' | 'x' | 'X') {
                    let bytes: Vec<u8> = list
                        .iter()
                        .filter_map(|item| match item {
                            Value::Int(byte, _) => u8::try_from(*byte).ok(),
                            _ => None,
                        })
                        .collect();
                    self.string(value, &bytes);
                    return;
                }
                self.open(value, b"[", b"{");
                for (at, item) in list.iter().enumerate() {
                    if at > 0 {
                        self.out
                            .extend_from_slice(if self.is_source() { b", " } else { b" " });
                    }
                    self.value(item, depth + 1);
                }
                self.out.push(if self.is_source() { b'}' } else { b']' });
            }
            Value::Map(map) => {
                self.open(value, b"map[", b"{");
                for (at, (key, item)) in map.entries().iter().enumerate() {
                    if at > 0 {
                        self.out
                            .extend_from_slice(if self.is_source() { b", " } else { b" " });
                    }
                    self.value(&Value::Str(key.clone()), depth + 1);
                    self.out.push(b':');
                    self.value(item, depth + 1);
                }
                self.out.push(if self.is_source() { b'}' } else { b']' });
            }
        }
    }

    /// `%#v`: as Go source would have it.
    fn is_source(&self) -> bool {
        self.verb == 'v' && self.spec.sharp
    }

    fn open(&mut self, value: &Value, plain: &[u8], source: &[u8]) {
        if self.is_source() {
            self.out.extend_from_slice(value.type_name().as_bytes());
            self.out.extend_from_slice(source);
        } else {
            self.out.extend_from_slice(plain);
        }
    }

    fn int(&mut self, value: &Value, number: i64, kind: IntKind) {
        let size = number.unsigned_abs();
        let (digits, prefix) = match self.verb {
            'v' if self.spec.sharp && kind.is_unsigned() => (format!("{size:x}"), "0x"),
            'd' | 'v' => (size.to_string(), ""),
            'b' => (format!("{size:b}"), if self.spec.sharp { "0b" } else { "" }),
            'o' => (format!("{size:o}"), if self.spec.sharp { "0" } else { "" }),
            'O' => (format!("{size:o}"), "0o"),
            'x' => (format!("{size:x}"), if self.spec.sharp { "0x" } else { "" }),
            'X' => (format!("{size:X}"), if self.spec.sharp { "0X" } else { "" }),
            'c' | 'q' | 'U' => {
                let c = u32::try_from(number)
                    .ok()
                    .and_then(char::from_u32)
                    .unwrap_or('\u{fffd}');
                let text = match self.verb {
                    'c' => c.to_string(),
                    'q' => {
                        let mut text = String::from("'");
                        if c == '\'' {
                            text.push_str("\\'");
                        } else {
                            print::escape_char(&mut text, c, self.spec.plus);
                        }
                        text.push('\'');
                        text
                    }
                    _ if self.spec.sharp && print::is_printable(c) => {
                        format!("U+{:04X} '{c}'", u32::from(c))
                    }
                    _ => format!("U+{:04X}", u64::from_ne_bytes(number.to_ne_bytes())),
                };
                self.pad(text.as_bytes());
                return;
            }
            _ => return self.bad_verb(value),
        };
        let sign = if number < 0 {
            "-"
        } else if self.spec.plus {
            "+"
        } else if self.spec.space {
            " "
        } else {
            ""
        };
        if self.spec.precision == Some(0) && number == 0 {
            // Go writes nothing but the width.
            self.pad_with(b"", false);
            return;
        }
        let mut least = self.spec.precision.unwrap_or(0);
        if self.spec.precision.is_none() && self.spec.zero && !self.spec.minus {
            least = self.spec.width.unwrap_or(0).saturating_sub(sign.len());
        }
        let zeros = "0".repeat(least.saturating_sub(digits.len()));
        let prefix = if prefix == "0" && !zeros.is_empty() {
            ""
        } else {
            prefix
        };
        self.pad_with(format!("{sign}{prefix}{zeros}{digits}").as_bytes(), false);
    }

    fn float(&mut self, value: &Value, number: f64) {
        let precision = self.spec.precision;
        let size = number.abs();
        let mut text = if let Some(special) = print::special(size) {
            special.trim_start_matches('+').to_owned()
        } else {
            match self.verb {
                'v' | 'g' | 'G' => general(size, precision, self.verb == 'G'),
                'f' | 'F' => format!("{size:.*}", precision.unwrap_or(6)),
                'e' | 'E' => exponent(size, precision.unwrap_or(6), self.verb),
                _ => return self.bad_verb(value),
            }
        };
        let negative = number.is_sign_negative() && !number.is_nan();
        let plus = self.spec.plus || (number.is_infinite() && self.verb == 'v');
        let sign = if negative {
            "-"
        } else if plus {
            "+"
        } else if self.spec.space {
            " "
        } else {
            ""
        };
        if self.spec.zero && !self.spec.minus && number.is_finite() {
            let width = self.spec.width.unwrap_or(0).saturating_sub(sign.len());
            text = format!("{}{text}", "0".repeat(width.saturating_sub(text.len())));
        }
        self.pad_with(format!("{sign}{text}").as_bytes(), false);
    }

    fn string(&mut self, value: &Value, text: &[u8]) {
        let cut = match self.spec.precision {
            Some(precision) if matches!(self.verb, 'v' | 's' | 'q') => {
                let lossless: usize = runes(text).take(precision).map(<[u8]>::len).sum();
                &text[..lossless]
            }
            _ => text,
        };
        match self.verb {
            'v' if self.spec.sharp => self.pad(print::quoted(cut).as_bytes()),
            'v' | 's' => self.pad(cut),
            'q' if self.spec.sharp && can_backquote(cut) => {
                let raw = format!("`{}`", String::from_utf8_lossy(cut));
                self.pad(raw.as_bytes());
            }
            'q' => {
                let quoted = print::quote(cut, self.spec.plus);
                self.pad(quoted.as_bytes());
            }
            'x' | 'X' => {
                let text = &text[..self
                    .spec
                    .precision
                    .map_or(text.len(), |p| p.min(text.len()))];
                let prefix = match (self.spec.sharp, self.verb) {
                    (true, 'x') => "0x",
                    (true, _) => "0X",
                    _ => "",
                };
                let digits = text.iter().map(|byte| {
                    if self.verb == 'x' {
                        format!("{byte:02x}")
                    } else {
                        format!("{byte:02X}")
                    }
                });
                let text = if self.spec.space {
                    let parts: Vec<_> = digits.map(|pair| format!("{prefix}{pair}")).collect();
                    parts.join(" ")
                } else if text.is_empty() {
                    String::new()
                } else {
                    format!("{prefix}{}", digits.collect::<String>())
                };
                self.pad(text.as_bytes());
            }
            _ => self.bad_verb(value),
        }
    }
}

/// A text cut as Go cuts it: into characters, and single bytes where it is not UTF-8.
pub(super) fn runes(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid();
        let chars = valid
            .char_indices()
            .map(move |(at, c)| &valid.as_bytes()[at..at + c.len_utf8()]);
        chars.chain(chunk.invalid().chunks(1))
    })
}

fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars()
            .all(|c| c != '`' && c != '\u{feff}' && (c == '\t' || !c.is_ascii_control()))
    })
}

fn exponent(size: f64, precision: usize, e: char) -> String {
    let text = format!("{size:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "{digits}{}{sign}{:02}",
        if e == 'E' { 'E' } else { 'e' },
        exponent.abs()
    )
}

fn general(size: f64, precision: Option<usize>, upper: bool) -> String {
    let e = if upper { 'E' } else { 'e' };
    let (digits, exponent, limit) = if let Some(precision) = precision {
        let precision = precision.max(1);
        let text = format!("{size:.*e}", precision - 1);
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.replace('.', "");
        let digits = digits.trim_end_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        let limit = i32::try_from(precision).unwrap_or(i32::MAX);
        (digits.to_owned(), exponent.parse().unwrap_or(0), limit)
    } else {
        let (_, digits, exponent) = print::shortest(size);
        (digits, exponent, 6)
    };
    if (-4..limit).contains(&exponent) {
        print::plain(&digits, exponent)
    } else {
        print::scientific(&digits, exponent, e)
    }
}
