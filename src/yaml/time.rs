//! Which texts YAML 1.1 takes for a point in time. They stay texts; the writer quotes them.

/// Whether a text is a date (`2001-2-3`), or a date with a time of day, with a zone behind `T` and without one behind
/// spaces.
pub(super) fn is_timestamp(text: &str) -> bool {
    parse(text.as_bytes()).is_some()
}

fn parse(text: &[u8]) -> Option<()> {
    if text.len() < 5 || !text[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut rest = &text[4..];
    let year = text[..4]
        .iter()
        .fold(0, |year, digit| year * 10 + u32::from(digit - b'0'));
    expect(&mut rest, b'-')?;
    let month = number(&mut rest)?;
    expect(&mut rest, b'-')?;
    let day = number(&mut rest)?;
    if day == 0 || day > days(year, month)? {
        return None;
    }
    let zone = match rest.first() {
        None => return Some(()),
        Some(b'T' | b't') => true,
        Some(b' ') => false,
        Some(_) => return None,
    };
    rest = &rest[1..];
    while !zone && rest.first() == Some(&b' ') {
        rest = &rest[1..];
    }
    clock(&mut rest)?;
    if zone {
        offset(&mut rest)?;
    }
    rest.is_empty().then_some(())
}

fn clock(rest: &mut &[u8]) -> Option<()> {
    for (limit, last) in [(24, false), (60, false), (60, true)] {
        if number(rest)? >= limit {
            return None;
        }
        if !last {
            expect(rest, b':')?;
        }
    }
    if let [b'.' | b',', digit, ..] = rest
        && digit.is_ascii_digit()
    {
        *rest = &rest[1..];
        while rest.first().is_some_and(u8::is_ascii_digit) {
            *rest = &rest[1..];
        }
    }
    Some(())
}

fn offset(rest: &mut &[u8]) -> Option<()> {
    if rest.first() == Some(&b'Z') {
        *rest = &rest[1..];
        return Some(());
    }
    let [b'+' | b'-', a, b, b':', c, d, ..] = rest else {
        return None;
    };
    let pair = |tens: &u8, ones: &u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
    };
    if pair(a, b)? > 24 || pair(c, d)? > 60 {
        return None;
    }
    *rest = &rest[6..];
    Some(())
}

fn expect(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

/// A number of one or two digits.
fn number(rest: &mut &[u8]) -> Option<u32> {
    let len = rest
        .iter()
        .take(2)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (digits, left) = rest.split_at(len);
    *rest = left;
    (len > 0).then(|| {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    })
}

fn days(year: u32, month: u32) -> Option<u32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if leap => Some(29),
        2 => Some(28),
        _ => None,
    }
}
