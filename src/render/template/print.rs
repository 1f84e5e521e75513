//! How Go prints values: what `{{ }}`, `print` and `%v` write, and quoting.

use super::value::{Elem, IntKind, Value};

/// How deep containers are printed. A map can hold itself; Go would never end.
pub(super) const MAX_NESTING: usize = 200;

/// How long a text can get, in bytes. A list that holds the same list twice, and so on, would print for ever.
pub(super) const MAX_TEXT: usize = 16 << 20;

/// Writes a value as `%v` does.
pub(super) fn print(out: &mut Vec<u8>, value: &Value) {
    print_nested(out, value, 0);
}

/// The text that `%v` gives.
pub(super) fn text(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    print(&mut out, value);
    out
}

fn print_nested(out: &mut Vec<u8>, value: &Value, depth: usize) {
    if out.len() > MAX_TEXT {
        return;
    }
    match value {
        Value::Nil | Value::Null => out.extend_from_slice(b"<nil>"),
        Value::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        Value::Int(nanos, IntKind::Duration) => {
            out.extend_from_slice(super::duration::print(*nanos).as_bytes());
        }
        Value::Int(number, _) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Float(number) => out.extend_from_slice(float(*number).as_bytes()),
        Value::Str(text) => out.extend_from_slice(text),
        Value::Object(object) => out.extend_from_slice(object.text().as_bytes()),
        Value::List(_) | Value::Map(_) if depth > MAX_NESTING => out.extend_from_slice(b"..."),
        Value::List(list) => {
            out.push(b'[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    out.push(b' ');
                }
                print_nested(out, item, depth + 1);
            }
            out.push(b']');
        }
        Value::Map(map) => {
            out.extend_from_slice(b"map[");
            for (at, (key, item)) in map.entries().iter().enumerate() {
                if at > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key);
                out.push(b':');
                print_nested(out, item, depth + 1);
            }
            out.push(b']');
        }
    }
}

/// Go's `Sprint`: a space only between two operands neither of which is a string.
pub(super) fn sprint(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut after_string = true;
    for (at, value) in values.iter().enumerate() {
        let is_string = matches!(value, Value::Str(_));
        if at > 0 && !is_string && !after_string {
            out.push(b' ');
        }
        print(&mut out, value);
        after_string = is_string;
    }
    out
}

/// A `float64` as `%v` writes it: the shortest digits, with an exponent when that is below -4 or above 5.
pub(super) fn float(number: f64) -> String {
    if let Some(special) = special(number) {
        return special.to_owned();
    }
    let (negative, digits, exponent) = shortest(number);
    let sign = if negative { "-" } else { "" };
    if (-4..6).contains(&exponent) {
        format!("{sign}{}", plain(&digits, exponent))
    } else {
        format!("{sign}{}", scientific(&digits, exponent, 'e'))
    }
}

/// The names of what is not a number.
pub(super) fn special(number: f64) -> Option<&'static str> {
    if number.is_nan() {
        Some("NaN")
    } else if number == f64::INFINITY {
        Some("+Inf")
    } else if number == f64::NEG_INFINITY {
        Some("-Inf")
    } else {
        None
    }
}

/// Sign, the shortest digits that give the number back, and the decimal exponent of the first digit.
pub(super) fn shortest(number: f64) -> (bool, String, i32) {
    let text = format!("{:e}", number.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.replace('.', "");
    (
        number.is_sign_negative(),
        digits,
        exponent.parse().unwrap_or(0),
    )
}

/// Digits and exponent without `e`.
pub(super) fn plain(digits: &str, exponent: i32) -> String {
    let Ok(before) = usize::try_from(exponent + 1) else {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        return format!("0.{}{digits}", "0".repeat(zeros));
    };
    if before == 0 {
        format!("0.{digits}")
    } else if digits.len() <= before {
        format!("{digits}{}", "0".repeat(before - digits.len()))
    } else {
        format!("{}.{}", &digits[..before], &digits[before..])
    }
}

/// Digits and exponent with `e`: at least two digits, and always a sign.
pub(super) fn scientific(digits: &str, exponent: i32, e: char) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    let point = if digits.len() > 1 { "." } else { "" };
    format!(
        "{}{point}{}{e}{sign}{:02}",
        &digits[..1],
        &digits[1..],
        exponent.abs()
    )
}

/// Go's `%q` of a string.
pub(super) fn quoted(bytes: &[u8]) -> String {
    quote(bytes, false)
}

/// A string in double quotes; everything outside ASCII escaped if asked for.
pub(super) fn quote(bytes: &[u8], ascii: bool) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '"' {
                out.push_str("\\\"");
            } else {
                escape_char(&mut out, c, ascii);
            }
        }
        for byte in chunk.invalid() {
            // Writing into a string cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

/// One character of a quoted text, escaped where Go escapes it, but for the quotes.
pub(super) fn escape_char(out: &mut String, c: char, ascii: bool) {
    use std::fmt::Write as _;
    let simple = match c {
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        '\\' => "\\\\",
        _ => "",
    };
    if !simple.is_empty() {
        out.push_str(simple);
    } else if is_printable(c) && (c.is_ascii() || !ascii) {
        out.push(c);
    } else {
        // Writing into a string cannot fail.
        let _ = match u32::from(c) {
            code @ (..0x20 | 0x7f) => write!(out, "\\x{code:02x}"),
            code @ ..0x1_0000 => write!(out, "\\u{code:04x}"),
            code => write!(out, "\\U{code:08x}"),
        };
    }
}

/// Go's `strconv.IsPrint`, but for code points that no standard has given out.
pub(super) fn is_printable(c: char) -> bool {
    match c {
        ' ' => true,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' => false,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => false,
        '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'.. => {
            // The planes above the first hold letters and signs, but also private use and nothing at all.
            ('\u{10000}'..='\u{3ffff}').contains(&c) && u32::from(c) & 0xfffe != 0xfffe
        }
        c => !c.is_control() && !c.is_whitespace(),
    }
}

/// Whether a list prints its elements as bytes.
pub(super) fn is_bytes(value: &Value) -> bool {
    matches!(value, Value::List(list) if list.elem() == Elem::Byte)
}
