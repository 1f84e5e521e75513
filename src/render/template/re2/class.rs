//! Classes of characters and escaped characters.

/// The names that can stand between `[:` and `:]`.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// A class that nothing is in: Go can name halves of characters, which no text holds.
const NOTHING: &str = "[a&&b]";

fn wrong(what: &str, part: &str) -> String {
    format!("{what}: `{part}`")
}

fn until<'p>(text: &'p str, rest: &str) -> &'p str {
    &text[..text.len() - rest.len()]
}

/// Writes a character that stands for itself, also within a class.
pub(super) fn push_char(out: &mut String, c: char) {
    // Other escaped signs have meanings of their own: `\<`.
    if "\\.+*?()|[]{}^$#&-~".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

/// Writes the character with that number, outside of a class.
pub(super) fn push(out: &mut String, code: u32) {
    match char::from_u32(code) {
        Some(c) => push_char(out, c),
        None => out.push_str(NOTHING),
    }
}

/// Translates the class at the start of a text, and gives what follows it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn bracketed<'p>(whole: &'p str, out: &mut String) -> Result<&'p str, String> {
    let mut rest = &whole[1..];
    out.push('[');
    if let Some(negated) = rest.strip_prefix('^') {
        out.push('^');
        rest = negated;
    }
    let start = out.len();
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some(after) = named(rest, out)? {
            rest = after;
            continue;
        }
        if let Some(after) = set(rest, out)? {
            rest = after;
            continue;
        }
        let range = rest;
        let (low, after) = member(rest, whole)?;
        let mut high = low;
        rest = after;
        if let Some(end) = rest.strip_prefix('-')
            && !end.is_empty()
            && !end.starts_with(']')
        {
            (high, rest) = member(end, whole)?;
            if high < low {
                return Err(wrong("invalid character class range", until(range, rest)));
            }
        }
        // Halves of characters begin and end no range of the crate.
        let low = char::from_u32(low).unwrap_or('\u{e000}');
        let high = char::from_u32(high).unwrap_or('\u{d7ff}');
        if low < high {
            push_char(out, low);
            out.push('-');
            push_char(out, high);
        } else if low == high {
            push_char(out, low);
        }
    }
    if out.len() == start {
        out.push_str(NOTHING);
    }
    out.push(']');
    Ok(&rest[1..])
}

/// One character of a class.
fn member<'p>(text: &'p str, whole: &str) -> Result<(u32, &'p str), String> {
    match text.chars().next() {
        None => Err(wrong("missing closing ]", whole)),
        Some('\\') => escape(text),
        Some(c) => Ok((c.into(), &text[c.len_utf8()..])),
    }
}

/// Translates `[:alpha:]`, if that is at the start of a text, and gives what follows it.
fn named<'p>(text: &'p str, out: &mut String) -> Result<Option<&'p str>, String> {
    let Some((name, rest)) = text
        .strip_prefix("[:")
        .and_then(|text| text.split_once(":]"))
    else {
        return Ok(None);
    };
    if !NAMED.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return Err(wrong("invalid character class range", until(text, rest)));
    }
    out.push_str(until(text, rest));
    Ok(Some(rest))
}

/// Translates `\d`, `\pL` and their like, if such is at the start of a text, and gives what follows it.
///
/// # Errors
/// A class that Unicode does not have.
pub(super) fn set<'p>(text: &'p str, out: &mut String) -> Result<Option<&'p str>, String> {
    let Some(escaped) = text.strip_prefix('\\') else {
        return Ok(None);
    };
    let ascii = match escaped.chars().next() {
        Some('d') => "[0-9]",
        Some('w') => "[0-9A-Za-z_]",
        Some('s') => "[\\t\\n\\f\\r ]",
        Some('D') => "[^0-9]",
        Some('W') => "[^0-9A-Za-z_]",
        Some('S') => "[^\\t\\n\\f\\r ]",
        Some(sign @ ('p' | 'P')) => {
            return unicode(text, sign == 'P', out).map(Some);
        }
        _ => return Ok(None),
    };
    out.push_str(ascii);
    Ok(Some(&escaped[1..]))
}

fn unicode<'p>(text: &'p str, negated: bool, out: &mut String) -> Result<&'p str, String> {
    let name = &text[2..];
    let (name, rest) = if let Some(name) = name.strip_prefix('{') {
        name.split_once('}')
            .ok_or_else(|| wrong("invalid character class range", text))?
    } else {
        let end = name.chars().next().map_or(0, char::len_utf8);
        name.split_at(end)
    };
    let (bare, negated) = match name.strip_prefix('^') {
        Some(bare) => (bare, !negated),
        None => (name, negated),
    };
    let letter = if negated { 'P' } else { 'p' };
    // The crate knows more than categories and scripts, and says in front which it is.
    let known = |kind: &str| {
        let written = format!("\\{letter}{{{kind}={bare}}}");
        regex::Regex::new(&written).is_ok().then_some(written)
    };
    let plain = !bare.is_empty()
        && bare
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_- ".contains(&byte));
    let found = plain.then(|| known("gc").or_else(|| known("sc"))).flatten();
    let found = found.ok_or_else(|| wrong("invalid character class range", until(text, rest)))?;
    out.push_str(&found);
    Ok(rest)
}

/// The number of the escaped character at the start of a text, and what follows it.
///
/// # Errors
/// An escape that Go does not know.
pub(super) fn escape(text: &str) -> Result<(u32, &str), String> {
    let mut chars = text[1..].chars();
    let Some(c) = chars.next() else {
        return Err(wrong("trailing backslash at end of expression", ""));
    };
    let octal = |text: &str| {
        text.bytes()
            .take_while(|byte| matches!(byte, b'0'..=b'7'))
            .count()
    };
    let code = match c {
        'a' => 7,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        '0'..='7' if c == '0' || octal(&text[1..]) > 1 => {
            let digits = octal(&text[1..]).min(3);
            let code = u32::from_str_radix(&text[1..=digits], 8).unwrap_or(0);
            return Ok((code, &text[1 + digits..]));
        }
        'x' => {
            let code = hex(&mut chars);
            let rest = chars.as_str();
            return match code {
                Some(code) => Ok((code, rest)),
                None => Err(wrong("invalid escape sequence", until(text, rest))),
            };
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => c.into(),
        _ => {
            return Err(wrong(
                "invalid escape sequence",
                until(text, chars.as_str()),
            ));
        }
    };
    Ok((code, chars.as_str()))
}

/// Two digits, or any number of them in braces.
fn hex(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    let first = chars.next()?;
    if first != '{' {
        // Both are read before either is looked at.
        let second = chars.next()?;
        return Some(first.to_digit(16)? * 16 + second.to_digit(16)?);
    }
    let (mut code, mut digits) = (0, 0);
    loop {
        match chars.next()? {
            '}' => return (digits > 0).then_some(code),
            c => code = code * 16 + c.to_digit(16)?,
        }
        if code > u32::from(char::MAX) {
            return None;
        }
        digits += 1;
    }
}
