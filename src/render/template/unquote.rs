//! String and character literals, as Go writes them.

/// The bytes of a literal in double quotes or backquotes; nothing when it is malformed.
pub(super) fn string(literal: &str) -> Option<Vec<u8>> {
    if let Some(raw) = literal.strip_prefix('`') {
        // Go drops carriage returns from raw strings.
        return Some(raw.strip_suffix('`')?.replace('\r', "").into_bytes());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let (unit, after) = escape(&rest[at..], '"')?;
        match unit {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

/// The character of a literal in single quotes.
pub(super) fn character(literal: &str) -> Option<char> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    if inner.starts_with('\\') {
        let (unit, after) = escape(inner, '\'')?;
        return after.is_empty().then_some(match unit {
            Unit::Byte(byte) => char::from(byte),
            Unit::Char(c) => c,
        });
    }
    let mut chars = inner.chars();
    let c = chars.next()?;
    chars.next().is_none().then_some(c)
}

enum Unit {
    Byte(u8),
    Char(char),
}

fn escape(text: &str, quote: char) -> Option<(Unit, &str)> {
    let kind = text[1..].chars().next()?;
    let after = &text[1 + kind.len_utf8()..];
    let digits = |text: &str, count: usize, base: u32| {
        let digits = text.get(..count)?;
        let all = digits.chars().all(|c| c.is_digit(base));
        u32::from_str_radix(digits, base).ok().filter(|_| all)
    };
    let simple = |byte: u8| Some((Unit::Byte(byte), after));
    match kind {
        'a' => simple(7),
        'b' => simple(8),
        'f' => simple(12),
        'n' => simple(b'\n'),
        'r' => simple(b'\r'),
        't' => simple(b'\t'),
        'v' => simple(11),
        '\\' => simple(b'\\'),
        c if c == quote => simple(u8::try_from(c).ok()?),
        'x' => {
            let code = digits(after, 2, 16)?;
            Some((Unit::Byte(u8::try_from(code).ok()?), &after[2..]))
        }
        'u' | 'U' => {
            let count = if kind == 'u' { 4 } else { 8 };
            let c = char::from_u32(digits(after, count, 16)?)?;
            Some((Unit::Char(c), &after[count..]))
        }
        '0'..='7' => {
            let code = digits(&text[1..], 3, 8)?;
            Some((Unit::Byte(u8::try_from(code).ok()?), &text[4..]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        let cases: [(&str, Option<&[u8]>); 10] = [
            (r#""a\tb""#, Some(b"a\tb")),
            (r#""\x41\u00e9\101""#, Some("A\u{e9}A".as_bytes())),
            (r#""\xff""#, Some(b"\xff")),
            (r#""\U0001F600""#, Some("\u{1F600}".as_bytes())),
            ("`a\\n\r`", Some(b"a\\n")),
            (r#""\'""#, None),
            (r#""\q""#, None),
            (r#""\ud800""#, None),
            (r#""\400""#, None),
            (r#""\x4""#, None),
        ];
        for (literal, expected) in cases {
            assert_eq!(string(literal).as_deref(), expected, "{literal}");
        }
    }

    #[test]
    fn characters() {
        assert_eq!(character("'a'"), Some('a'));
        assert_eq!(character(r"'\n'"), Some('\n'));
        assert_eq!(character(r"'\''"), Some('\''));
        assert_eq!(character("'ab'"), None);
        assert_eq!(character("''"), None);
    }
}
