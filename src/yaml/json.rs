//! Values into canonical JSON, for digests.

use std::fmt::Write;

use super::Value;
use super::number::{self, Integer};

/// Compact JSON with the keys of every mapping sorted by their bytes. Numbers are written as Go writes them; those that
/// JSON does not know (not a number, infinite) become null.
pub fn to_json(value: &Value) -> String {
    let mut out = String::new();
    json_into(value, &mut out);
    out
}

/// Appends the text of [`to_json`].
pub fn json_into(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => push(out, format_args!("{number}")),
        Value::Float(number) => float_into(*number, out),
        Value::String(text) => string_into(text, out),
        Value::List(list) => {
            out.push('[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                json_into(value, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                string_into(key, out);
                out.push(':');
                json_into(value, out);
            }
            out.push('}');
        }
    }
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a String takes all text");
}

fn float_into(number: f64, out: &mut String) {
    match number::whole(number) {
        Some(Integer::Signed(number)) => push(out, format_args!("{number}")),
        Some(Integer::Unsigned(number)) => push(out, format_args!("{number}")),
        None if number.is_finite() => out.push_str(&number::json(number)),
        None => out.push_str("null"),
    }
}

fn string_into(text: &str, out: &mut String) {
    out.push('"');
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[start..at]);
        start = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            other => push(out, format_args!("\\u{other:04x}")),
        }
    }
    out.push_str(&text[start..]);
    out.push('"');
}
