//! Numbers as Go reads and prints them.

/// A whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Integer {
    Signed(i64),
    /// Beyond `i64`.
    Unsigned(u64),
}

/// Reads a whole number: an optional sign, then `0x`, `0o`, `0b` or just `0` for a base, then digits.
pub(super) fn parse_integer(text: &str) -> Option<Integer> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0'] => (10, digits),
        [b'0', ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let number = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(number).map(Integer::Signed);
    }
    match i64::try_from(number) {
        Ok(number) => Some(Integer::Signed(number)),
        Err(_) if signed => None,
        Err(_) => Some(Integer::Unsigned(number)),
    }
}

/// Reads a decimal number with a fraction or an exponent; one that is out of range is none.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    if !is_float(text.as_bytes()) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_float(text: &[u8]) -> bool {
    let digits = |from: usize| {
        text[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut at = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    if text.get(at) == Some(&b'.') {
        at += 1;
        let fraction = digits(at);
        at += fraction;
        if whole + fraction == 0 {
            return false;
        }
    } else if whole == 0 {
        return false;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == text.len()
}

/// The whole number that a float stands for in JSON, if it is one that fits 64 bits.
///
/// Beyond 2^53 that is not the float's exact value but its shortest digits, filled up with zeros.
pub(super) fn whole(number: f64) -> Option<Integer> {
    if !number.is_finite() || number.fract() != 0.0 || number.abs() >= 1e20 {
        return None;
    }
    if number.abs() < 9e15 {
        return Some(Integer::Signed(number as i64));
    }
    parse_integer(&positional(&shortest(number)))
}

/// Prints as Go's `%g` with as many digits as are needed: `1.5`, `1e+06`, `1e-05`.
pub(super) fn general(number: f64) -> String {
    if number.is_finite() {
        return shape(&shortest(number), 6);
    }
    special(number.is_nan(), number > 0.0)
}

/// Prints a float of 32 bits as Go's `%g`, which is how a number becomes a key.
pub(super) fn general_32(number: f64) -> String {
    let number = number as f32;
    if number.is_finite() {
        return shape(&format!("{number:e}"), 6);
    }
    special(number.is_nan(), number > 0.0)
}

/// Prints as Go's JSON: with an exponent only below 1e-6 and from 1e21 on. The number must be finite.
pub(super) fn json(number: f64) -> String {
    let text = shortest(number);
    if number != 0.0 && number.abs() < 1e-6 {
        return text;
    }
    if number.abs() >= 1e21 {
        return text.replace('e', "e+");
    }
    positional(&text)
}

fn special(nan: bool, positive: bool) -> String {
    match (nan, positive) {
        (true, _) => ".nan",
        (false, true) => ".inf",
        (false, false) => "-.inf",
    }
    .to_owned()
}

/// The fewest digits that read back as the number, `1.25e-7`. Of two that are equally near, Rust takes the larger one
/// and Go the even one.
fn shortest(number: f64) -> String {
    let text = format!("{number:e}");
    let digits = text.bytes().take_while(|byte| *byte != b'e');
    let decimals = digits.filter(u8::is_ascii_digit).count() - 1;
    let even = format!("{number:.decimals$e}");
    if even != text && even.parse() == Ok(number) {
        return even;
    }
    text
}

/// Turns `1.25e7` into what `%g` prints: with an exponent below -4 and from the given one on.
fn shape(scientific: &str, largest: i32) -> String {
    let (mantissa, exponent) = split(scientific);
    if (-4..largest).contains(&exponent) {
        return positional(scientific);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Turns `1.25e3` into `1250`.
fn positional(scientific: &str) -> String {
    let (mantissa, exponent) = split(scientific);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits = mantissa.replace('.', "");
    let Ok(exponent) = usize::try_from(exponent) else {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    };
    if digits.len() <= exponent + 1 {
        let zeros = "0".repeat(exponent + 1 - digits.len());
        return format!("{sign}{digits}{zeros}");
    }
    let (whole, fraction) = digits.split_at(exponent + 1);
    format!("{sign}{whole}.{fraction}")
}

fn split(scientific: &str) -> (&str, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    (mantissa, exponent.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{general, general_32, json, parse_integer, whole};

    #[test]
    fn floats_look_as_in_go() {
        for (number, go, key, in_json) in [
            (0.5, "0.5", "0.5", "0.5"),
            (1e5, "100000", "100000", "100000"),
            (1e6, "1e+06", "1e+06", "1000000"),
            (1_234_567.5, "1.2345675e+06", "1.2345675e+06", "1234567.5"),
            (1.25e-4, "0.000125", "0.000125", "0.000125"),
            (1e-5, "1e-05", "1e-05", "0.00001"),
            (1e-7, "1e-07", "1e-07", "1e-7"),
            (-1.5e22, "-1.5e+22", "-1.5e+22", "-1.5e+22"),
            (1e300, "1e+300", ".inf", "1e+300"),
            // Exactly 524.25, between two texts with one digit behind the point.
            (
                2_097_747_346_934_524.2,
                "2.0977473469345242e+15",
                "2.0977474e+15",
                "2097747346934524.2",
            ),
        ] {
            assert_eq!(general(number), go);
            assert_eq!(general_32(number), key);
            assert_eq!(json(number), in_json);
        }
    }

    #[test]
    fn whole_numbers() {
        for (text, is_one) in [
            ("0", true),
            ("-0x10", true),
            ("0o17", true),
            ("017", true),
            ("0b1", true),
            ("-9223372036854775808", true),
            ("18446744073709551615", true),
            ("08", false),
            ("0x", false),
            ("+", false),
            ("", false),
            ("+-1", false),
            ("-9223372036854775809", false),
            ("18446744073709551616", false),
        ] {
            assert_eq!(parse_integer(text).is_some(), is_one, "{text}");
        }
        assert!(whole(1e19).is_some());
        assert!(whole(1e20).is_none());
        assert!(whole(0.5).is_none());
        assert!(whole(f64::NAN).is_none());
    }
}
