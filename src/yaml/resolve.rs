//! What a scalar means: YAML 1.1 as Helm's reader has it.
//!
//! `y`, `on` and their kin are booleans, `0755` and `0o755` are octal, `1_000` is a number; dates and `1:30` stay
//! text. A number without fraction that fits 64 bits is an integer however it is written (`3.0`, `1e3`), since every
//! value passes through JSON, which knows no difference.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::ScalarStyle;
use super::number::{self, Integer};

const PREFIX: &str = "tag:yaml.org,2002:";
const MERGE: &str = "tag:yaml.org,2002:merge";
const BINARY: &str = "tag:yaml.org,2002:binary";

/// A scalar with its meaning.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number beyond `i64`.
    Uint(u64),
    Float(f64),
    Text(Cow<'a, str>, ScalarStyle),
    /// A plain `<<`: as a key it merges, anywhere else it is that text.
    Merge,
}

impl Scalar<'_> {
    /// What messages call its type.
    fn type_name(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) | Scalar::Uint(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Text(..) => "!!str",
            Scalar::Merge => "!!merge",
        }
    }
}

/// The meaning of a scalar, whose tag, if there is one, is written out in full.
pub(super) fn resolve<'a>(
    text: Cow<'a, str>,
    style: ScalarStyle,
    tag: Option<&str>,
) -> Result<Scalar<'a>, String> {
    let Some(tag) = tag else {
        if style != ScalarStyle::Plain {
            return Ok(Scalar::Text(text, style));
        }
        if text == "<<" {
            return Ok(Scalar::Merge);
        }
        return Ok(resolve_plain(&text).unwrap_or(Scalar::Text(text, style)));
    };
    if text == "<<" && (tag == "!" || tag == MERGE) {
        return Ok(Scalar::Merge);
    }
    if tag == BINARY {
        return decode_binary(&text).map(|text| Scalar::Text(Cow::Owned(text), style));
    }
    let wanted = match tag.strip_prefix(PREFIX) {
        Some("bool") => "!!bool",
        Some("int") => "!!int",
        Some("float") => "!!float",
        Some("null") => "!!null",
        Some("timestamp") => "!!timestamp",
        _ => return Ok(Scalar::Text(text, style)),
    };
    let found = resolve_plain(&text);
    match found {
        Some(Scalar::Int(number)) if wanted == "!!float" => Ok(Scalar::Float(number as f64)),
        Some(scalar) if scalar.type_name() == wanted => Ok(scalar),
        None if wanted == "!!timestamp" && super::time::is_timestamp(&text) => {
            Ok(Scalar::Text(text, style))
        }
        other => {
            let found = other.map_or("!!str", |scalar| scalar.type_name());
            Err(format!("cannot decode {found} `{text}` as a {wanted}"))
        }
    }
}

/// What a plain scalar means, if that is not its own text.
pub(super) fn resolve_plain(text: &str) -> Option<Scalar<'static>> {
    let Some(first) = text.bytes().next() else {
        return Some(Scalar::Null);
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Some(Scalar::Float(f64::NAN)),
            ".inf" | ".Inf" | ".INF" => Some(Scalar::Float(f64::INFINITY)),
            _ => number::parse_float(&without_separators(text)?).map(Scalar::Float),
        },
        b'+' | b'-' | b'0'..=b'9' => match text {
            "+.inf" | "+.Inf" | "+.INF" => Some(Scalar::Float(f64::INFINITY)),
            "-.inf" | "-.Inf" | "-.INF" => Some(Scalar::Float(f64::NEG_INFINITY)),
            _ => resolve_number(text),
        },
        _ => None,
    }
}

fn word(text: &str) -> Option<Scalar<'static>> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(Scalar::Bool(true))
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Scalar::Bool(false))
        }
        "~" | "null" | "Null" | "NULL" => Some(Scalar::Null),
        _ => None,
    }
}

/// A fraction without the `_` in it, each of which must stand between digits.
fn without_separators(text: &str) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut separators = text.match_indices('_').peekable();
    if separators.peek().is_none() {
        return Some(Cow::Borrowed(text));
    }
    separators
        .all(|(at, _)| at > 0 && digit(at - 1) && digit(at + 1))
        .then(|| Cow::Owned(text.replace('_', "")))
}

fn resolve_number(text: &str) -> Option<Scalar<'static>> {
    let digits: Cow<'_, str> = if text.contains('_') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    };
    if let Some(integer) = number::parse_integer(&digits) {
        return Some(match integer {
            Integer::Signed(number) => Scalar::Int(number),
            Integer::Unsigned(number) => Scalar::Uint(number),
        });
    }
    if let Some(number) = number::parse_float(&digits) {
        return Some(Scalar::Float(number));
    }
    // goyaml takes a sign behind the prefix, in binary only.
    let binary = digits.strip_prefix("0b")?;
    if !binary.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(binary, 2).ok().map(Scalar::Int)
}

fn decode_binary(text: &str) -> Result<String, String> {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let digits = text.replace(['\r', '\n'], "");
    let bytes = GeneralPurpose::new(&STANDARD, config)
        .decode(digits)
        .map_err(|_| "!!binary value contains invalid base64 data".to_owned())?;
    // Each byte that is no part of a character becomes one replacement character, as in Go's JSON.
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(std::iter::repeat_n(
            char::REPLACEMENT_CHARACTER,
            chunk.invalid().len(),
        ));
    }
    Ok(out)
}
