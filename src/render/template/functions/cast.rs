//! Values taken as strings, integers and floats, as Sprig takes them.

use super::super::number;
use super::super::print;
use super::super::value::{Elem, IntKind, Str, Value};

/// The text of a value: itself, or what it prints.
pub(super) fn string(value: &Value) -> Str {
    match value {
        Value::Str(text) => text.clone(),
        Value::List(list) if list.elem() == Elem::Byte => Str::from(bytes(list)),
        value => Str::from(print::text(value)),
    }
}

/// The bytes of a `[]uint8`.
pub(super) fn bytes(list: &[Value]) -> Vec<u8> {
    let byte = |item: &Value| match item {
        Value::Int(byte, _) => u8::try_from(*byte).ok(),
        _ => None,
    };
    list.iter().filter_map(byte).collect()
}

/// An integer; 0 for what is none. Floats lose what is behind the point.
pub(super) fn int(value: &Value) -> i64 {
    match value {
        Value::Bool(truth) => i64::from(*truth),
        Value::Int(_, IntKind::Duration) => 0,
        Value::Int(number, _) => *number,
        Value::Float(number) => truncated(*number),
        Value::Str(text) => std::str::from_utf8(text)
            .ok()
            .and_then(|text| number::parse_int(without_zero_fraction(text)).ok())
            .unwrap_or(0),
        Value::Nil | Value::Null | Value::List(_) | Value::Map(_) | Value::Object(_) => 0,
    }
}

/// A float; 0 for what is none.
pub(super) fn float(value: &Value) -> f64 {
    match value {
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::Int(_, IntKind::Duration) => 0.0,
        #[expect(clippy::cast_precision_loss, reason = "Go converts in the same way")]
        Value::Int(number, _) => *number as f64,
        Value::Float(number) => *number,
        Value::Str(text) => std::str::from_utf8(text)
            .ok()
            .and_then(number::parse_float)
            .unwrap_or(0.0),
        Value::Nil | Value::Null | Value::List(_) | Value::Map(_) | Value::Object(_) => 0.0,
    }
}

/// What Go makes of a float that is out of range is the smallest integer.
pub(super) fn truncated(number: f64) -> i64 {
    if (-9.223_372_036_854_775e18..9.223_372_036_854_775e18).contains(&number) {
        #[expect(clippy::cast_possible_truncation, reason = "in range")]
        let whole = number as i64;
        whole
    } else {
        i64::MIN
    }
}

/// `1.00` is taken for `1`; `1.50` is not touched.
fn without_zero_fraction(text: &str) -> &str {
    let bare = text.trim_end_matches('0');
    match bare.strip_suffix('.') {
        Some(whole) if bare.len() < text.len() => whole,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        let cases = [
            ("010", 8),
            ("08", 0),
            ("1.0", 1),
            ("1.9", 0),
            ("abc", 0),
            ("5 ", 0),
            ("0x1f", 31),
            ("100", 100),
            ("1.", 0),
            ("99999999999999999999", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(int(&Value::from(text)), expected, "{text}");
        }
        assert_eq!(int(&Value::Float(2.9)), 2);
        assert_eq!(int(&Value::Float(1e30)), i64::MIN);
        assert_eq!(int(&Value::Nil), 0);
    }
}
