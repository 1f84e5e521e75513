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
    let exact = number as i64;
    if number.abs() < 9e15 {
        return Some(Integer::Signed(exact));
    }
    parse_integer(&number.to_string())
}

/// Prints as Go's `%g` with as many digits as are needed: `1.5`, `1e+06`, `1e-05`.
pub(super) fn general(number: f64) -> String {
    if number.is_finite() {
        return shape(&format!("{number:e}"));
    }
    special(number.is_nan(), number > 0.0)
}

/// Prints a float of 32 bits as Go's `%g`, which is how a number becomes a key.
pub(super) fn general_32(number: f64) -> String {
    let number = number as f32;
    if number.is_finite() {
        return shape(&format!("{number:e}"));
    }
    special(number.is_nan(), number > 0.0)
}

fn special(nan: bool, positive: bool) -> String {
    match (nan, positive) {
        (true, _) => ".nan",
        (false, true) => ".inf",
        (false, false) => "-.inf",
    }
    .to_owned()
}

/// Turns `1.25e7` into what `%g` prints: without exponent from -4 up to [`LARGEST_PLAIN`].
fn shape(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific.to_owned();
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    if !(-4..LARGEST_PLAIN).contains(&exponent) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{exponent_sign}{:02}", exponent.abs());
    }
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

/// From this exponent on `%g` prints it.
const LARGEST_PLAIN: i32 = 6;
