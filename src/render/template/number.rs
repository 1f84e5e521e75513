//! Numbers in Go's notation: bases by prefix, underscores between digits, hexadecimal floats.

/// Why a text is not an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Syntax,
    Range,
}

/// `strconv.ParseInt(text, 0, 64)`.
pub(super) fn parse_int(text: &str) -> Result<i64, Broken> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let size = parse_uint(digits)?;
    let number = if negative {
        -i128::from(size)
    } else {
        i128::from(size)
    };
    i64::try_from(number).map_err(|_| Broken::Range)
}

/// `strconv.ParseUint(text, 0, 64)`.
pub(super) fn parse_uint(text: &str) -> Result<u64, Broken> {
    let lower = text.get(..2).map(str::to_ascii_lowercase);
    let (base, digits) = match lower.as_deref() {
        Some("0x") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b") => (2, &text[2..]),
        _ if text.len() > 1 && text.starts_with('0') => (8, &text[1..]),
        _ => (10, text),
    };
    if text.contains('_') && !underscores_fit(text) {
        return Err(Broken::Syntax);
    }
    parse_digits(digits, base)
}

/// Digits of one base, with any underscores between them.
pub(super) fn parse_digits(digits: &str, base: u32) -> Result<u64, Broken> {
    let mut sum = Some(0_u64);
    let mut any = false;
    for c in digits.chars().filter(|c| *c != '_') {
        let digit = c.to_digit(base).ok_or(Broken::Syntax)?;
        any = true;
        sum = sum
            .and_then(|sum| sum.checked_mul(u64::from(base)))
            .and_then(|sum| sum.checked_add(u64::from(digit)));
    }
    if any {
        sum.ok_or(Broken::Range)
    } else {
        Err(Broken::Syntax)
    }
}

/// Whether underscores stand only between digits, or between a base's prefix and a digit.
fn underscores_fit(text: &str) -> bool {
    let text = text.trim_start_matches(['+', '-']);
    let prefix = text.get(..2).map(str::to_ascii_lowercase);
    let (digits, hex) = match prefix.as_deref() {
        Some("0x") => (&text[1..], true),
        Some("0o" | "0b") => (&text[1..], false),
        _ => (text, false),
    };
    let is_digit =
        |byte: u8| byte.is_ascii_digit() || (hex && byte.is_ascii_hexdigit()) || byte == b'x';
    let bytes = digits.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| {
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(at + 1).copied();
        let starts = at == 1 && digits.len() < text.len();
        *byte != b'_' || ((before.is_some_and(is_digit) || starts) && after.is_some_and(is_digit))
    })
}

/// `strconv.ParseFloat(text, 64)`; nothing for a syntax error and for what is out of range.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let bare = text.trim_start_matches(['+', '-']);
    if text.len() - bare.len() > 1 {
        return None;
    }
    let lower = bare.to_ascii_lowercase();
    if lower == "nan" {
        return (bare.len() == text.len()).then_some(f64::NAN);
    }
    let size = if matches!(lower.as_str(), "inf" | "infinity") {
        f64::INFINITY
    } else {
        if bare.contains('_') && !underscores_fit(bare) {
            return None;
        }
        let plain = lower.replace('_', "");
        let size = if let Some(hex) = plain.strip_prefix("0x") {
            hex_float(hex)?
        } else if plain
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-'))
        {
            plain.parse().ok()?
        } else {
            return None;
        };
        if size.is_infinite() {
            return None;
        }
        size
    };
    Some(if text.starts_with('-') { -size } else { size })
}

fn hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut sum = 0.0_f64;
    for c in whole.chars().chain(fraction.chars()) {
        sum = sum * 16.0 + f64::from(c.to_digit(16)?);
    }
    let exponent: i32 = exponent.parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    Some(sum * 2.0_f64.powi(exponent.checked_sub(places)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_in_every_base() {
        let cases = [
            ("10", Ok(10)),
            ("-10", Ok(-10)),
            ("+1", Ok(1)),
            ("010", Ok(8)),
            ("0o17", Ok(15)),
            ("0x_1F", Ok(31)),
            ("0b11", Ok(3)),
            ("1_000", Ok(1000)),
            ("1__0", Err(Broken::Syntax)),
            ("_1", Err(Broken::Syntax)),
            ("1_", Err(Broken::Syntax)),
            ("08", Err(Broken::Syntax)),
            ("", Err(Broken::Syntax)),
            ("0x", Err(Broken::Syntax)),
            ("-9223372036854775808", Ok(i64::MIN)),
            ("9223372036854775808", Err(Broken::Range)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_int(text), expected, "{text}");
        }
    }

    #[test]
    fn floats() {
        let cases = [
            ("1.5", Some(1.5)),
            (".5", Some(0.5)),
            ("1.", Some(1.0)),
            ("1_0", Some(10.0)),
            ("0x1p4", Some(16.0)),
            ("0x1.8p1", Some(3.0)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("1e400", None),
            ("0x1", None),
            ("abc", None),
            ("", None),
            ("--1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_float(text), expected, "{text}");
        }
    }
}
