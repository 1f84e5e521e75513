//! JSON as Go's encoder writes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::function::Failure;
use super::print::{self, MAX_NESTING, MAX_TEXT};
use super::value::{Elem, List, Value};

/// How JSON is laid out and escaped.
pub(super) struct Style {
    /// Whether `<`, `>`, `&` are escaped.
    pub html: bool,
    /// Whether there are lines, and two spaces a level.
    pub pretty: bool,
}

pub(super) const PLAIN: Style = Style {
    html: true,
    pretty: false,
};
pub(super) const PRETTY: Style = Style {
    html: true,
    pretty: true,
};
pub(super) const RAW: Style = Style {
    html: false,
    pretty: false,
};

/// The JSON of a value.
pub(super) fn text(value: &Value, style: &Style) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    write(&mut out, value, style, 0)?;
    Ok(out)
}

fn line(out: &mut Vec<u8>, style: &Style, depth: usize) {
    if style.pretty {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', depth * 2));
    }
}

fn write(out: &mut Vec<u8>, value: &Value, style: &Style, depth: usize) -> Result<(), Failure> {
    if depth > MAX_NESTING || out.len() > MAX_TEXT {
        return Err("json: the value is nested too deeply".into());
    }
    match value {
        Value::Nil | Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(_) => print::print(out, value),
        Value::Int(number, _) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Float(number) => out.extend_from_slice(float(*number)?.as_bytes()),
        Value::Str(text) => string(out, text, style.html),
        Value::List(list) if list.is_nil() => out.extend_from_slice(b"null"),
        Value::Map(map) if map.is_nil() => out.extend_from_slice(b"null"),
        Value::List(list) if list.elem() == Elem::Byte => {
            string(out, base64(list).as_bytes(), style.html);
        }
        Value::List(list) if list.is_empty() => out.extend_from_slice(b"[]"),
        Value::List(list) => {
            out.push(b'[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                line(out, style, depth + 1);
                write(out, item, style, depth + 1)?;
            }
            line(out, style, depth);
            out.push(b']');
        }
        Value::Map(map) if map.is_empty() => out.extend_from_slice(b"{}"),
        Value::Map(map) => {
            let entries = map.entries();
            let entries = entries.iter().map(|(key, item)| (&**key, item));
            members(out, entries, style, depth)?;
        }
        Value::Object(object) => match object.fields() {
            Some(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value));
                members(out, fields, style, depth)?;
            }
            None => write(out, &object.data(), style, depth)?,
        },
    }
    Ok(())
}

fn members<'v>(
    out: &mut Vec<u8>,
    members: impl Iterator<Item = (&'v [u8], &'v Value)>,
    style: &Style,
    depth: usize,
) -> Result<(), Failure> {
    out.push(b'{');
    for (at, (key, item)) in members.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        line(out, style, depth + 1);
        string(out, key, style.html);
        out.extend_from_slice(if style.pretty { b": " } else { b":" });
        write(out, item, style, depth + 1)?;
    }
    line(out, style, depth);
    out.push(b'}');
    Ok(())
}

/// Bytes are base64 in JSON.
pub(super) fn base64(bytes: &List) -> String {
    let byte = |value: &Value| match value {
        Value::Int(byte, _) => u8::try_from(*byte).ok(),
        _ => None,
    };
    STANDARD.encode(bytes.iter().filter_map(byte).collect::<Vec<_>>())
}

/// A float in JSON: digits alone unless it is very small or very large.
pub(super) fn float(number: f64) -> Result<String, Failure> {
    if let Some(special) = print::special(number) {
        return Err(format!("json: unsupported value: {special}").into());
    }
    let (negative, digits, exponent) = print::shortest(number);
    let sign = if negative { "-" } else { "" };
    if number == 0.0 || (-6..21).contains(&exponent) {
        return Ok(format!("{sign}{}", print::plain(&digits, exponent)));
    }
    let text = print::scientific(&digits, exponent, 'e');
    // `e-07` becomes `e-7`.
    let text = text.replace("e-0", "e-");
    Ok(format!("{sign}{text}"))
}

fn string(out: &mut Vec<u8>, text: &[u8], html: bool) {
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let short: &[u8] = match c {
                '"' => b"\\\"",
                '\\' => b"\\\\",
                '\u{8}' => b"\\b",
                '\u{c}' => b"\\f",
                '\n' => b"\\n",
                '\r' => b"\\r",
                '\t' => b"\\t",
                _ => b"",
            };
            let escaped = c < ' '
                || matches!(c, '\u{2028}' | '\u{2029}')
                || (html && matches!(c, '<' | '>' | '&'));
            if !short.is_empty() {
                out.extend_from_slice(short);
            } else if escaped {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes());
            } else {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        for _ in chunk.invalid() {
            // Not escaped, since Go 1.27.
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
}
