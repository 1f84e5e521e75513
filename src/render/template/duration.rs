//! Durations in Go's notation: `1h15m30.5s`.

use super::print::quoted;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Nanoseconds.
///
/// # Errors
/// Go's words for what is wrong.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text.as_bytes()));
    let (negative, bare) = match text.strip_prefix('-') {
        Some(bare) => (true, bare),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if bare == "0" {
        return Ok(0);
    }
    if bare.is_empty() {
        return Err(invalid());
    }
    let mut rest = bare;
    let mut sum = 0_u128;
    while !rest.is_empty() {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(digits(rest));
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits(after)),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let length = after
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(length);
        let size = match unit {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "" => {
                let text = quoted(text.as_bytes());
                return Err(format!("time: missing unit in duration {text}"));
            }
            unit => {
                let (unit, text) = (quoted(unit.as_bytes()), quoted(text.as_bytes()));
                return Err(format!("time: unknown unit {unit} in duration {text}"));
            }
        };
        let whole: u128 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        sum = whole
            .checked_mul(size.into())
            .and_then(|nanos| nanos.checked_add(sum))
            .ok_or_else(invalid)?;
        // Digits behind the nineteenth are below a nanosecond for every unit.
        let fraction = &fraction[..fraction.len().min(19)];
        if !fraction.is_empty() {
            let part: u128 = fraction.parse().map_err(|_| invalid())?;
            let scale = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(19));
            sum += part * u128::from(size) / scale;
        }
        rest = next;
    }
    let nanos = i128::try_from(sum).map_err(|_| invalid())?;
    i64::try_from(if negative { -nanos } else { nanos }).map_err(|_| invalid())
}

/// Go's `Duration.String`.
pub(super) fn print(nanos: i64) -> String {
    let size = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let decimal = |unit: u64| {
        let fraction = size % unit;
        if fraction == 0 {
            return (size / unit).to_string();
        }
        let width = unit.to_string().len() - 1;
        let text = format!("{}.{fraction:0width$}", size / unit);
        text.trim_end_matches('0').to_owned()
    };
    if size == 0 {
        return "0s".to_owned();
    }
    match size {
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}\u{b5}s", decimal(1_000)),
        1_000_000..SECOND => format!("{sign}{}ms", decimal(1_000_000)),
        _ => {
            let (hours, minutes) = (size / HOUR, size % HOUR / MINUTE);
            let fraction = size % SECOND;
            let mut seconds = (size % MINUTE / SECOND).to_string();
            if fraction > 0 {
                let text = format!(".{fraction:09}");
                seconds.push_str(text.trim_end_matches('0'));
            }
            match (hours, minutes) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, _) => format!("{sign}{minutes}m{seconds}s"),
                _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// Go's `Duration.Round` to a multiple: halves go away from zero, and what would overflow is cut.
pub(super) fn round(nanos: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return nanos;
    }
    let (nanos, unit) = (i128::from(nanos), i128::from(unit));
    let half = if nanos < 0 { -unit } else { unit };
    let rounded = (nanos * 2 + half) / (unit * 2) * unit;
    let limit = if rounded < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(rounded).unwrap_or(limit)
}

/// Sprig's rounding: the largest unit only.
pub(super) fn rounded(nanos: i64) -> String {
    let size = nanos.unsigned_abs();
    let units = [
        (365 * DAY, "y"),
        (30 * DAY, "mo"),
        (DAY, "d"),
        (HOUR, "h"),
        (MINUTE, "m"),
        (SECOND, "s"),
    ];
    let unit = units.iter().find(|(unit, _)| size > *unit);
    unit.map_or_else(
        || "0s".to_owned(),
        |(unit, name)| format!("{}{name}", size / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let cases = [
            ("1h15m30.918s", "1h15m30.918s"),
            ("90m", "1h30m0s"),
            ("1.5s", "1.5s"),
            ("-2us", "-2\u{b5}s"),
            ("0", "0s"),
            ("100ms", "100ms"),
            (".5h", "30m0s"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).map(print), Ok(expected.to_owned()), "{text}");
        }
        for broken in ["", "1", "1x", "h", "-", "1h-1m", "9999999999h"] {
            assert!(parse(broken).is_err(), "{broken}");
        }
        assert_eq!(rounded(26 * 3_600_000_000_000), "1d");
    }
}
