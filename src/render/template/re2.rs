//! Patterns in Go's syntax, made into patterns of the `regex` crate.
//!
//! Both are of the same family. Go differs in that `\d`, `\w`, `\s` and `\b` know ASCII only, that a brace that repeats
//! nothing stands for itself, and that a bracket or a dash in a class does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::bytes::{Regex, RegexBuilder};

/// How many patterns are kept compiled.
const KEPT: usize = 200;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Rc<Regex>>> = RefCell::default();
}

/// Compiles a pattern, or takes the compiled one of before.
///
/// # Errors
/// What is wrong with the pattern.
pub(super) fn compile(pattern: &str) -> Result<Rc<Regex>, String> {
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(regex) = compiled.get(pattern) {
            return Ok(Rc::clone(regex));
        }
        let translated = translate(pattern)?;
        let regex = RegexBuilder::new(&translated)
            .size_limit(4 << 20)
            .build()
            .map_err(|error| message(pattern, &error))?;
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        let regex = Rc::new(regex);
        compiled.insert(pattern.to_owned(), Rc::clone(&regex));
        Ok(regex)
    })
}

fn message(pattern: &str, error: &regex::Error) -> String {
    let text = error.to_string();
    let what = text
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    format!("error parsing regexp: {what}: `{pattern}`")
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    // Where the repetition before this place began, and whether it is told to be lazy.
    let mut repeated: Option<(usize, bool)> = None;
    while let Some(c) = rest.chars().next() {
        let length = c.len_utf8();
        let at = pattern.len() - rest.len();
        let repeats = match c {
            '*' | '+' | '?' => 1,
            '{' => repetition(rest).unwrap_or(0),
            _ => 0,
        };
        repeated = match repeated {
            _ if repeats == 0 => None,
            None => Some((at, false)),
            Some((start, false)) if c == '?' => Some((start, true)),
            Some((start, _)) => {
                let operator = &pattern[start..at + repeats];
                return Err(format!(
                    "error parsing regexp: invalid nested repetition operator: `{operator}`"
                ));
            }
        };
        match c {
            '\\' => {
                rest = escape(rest, false, &mut out);
                continue;
            }
            '[' => {
                rest = class(rest, &mut out);
                continue;
            }
            '{' => match repetition(rest) {
                Some(length) => {
                    out.push_str(&rest[..length]);
                    rest = &rest[length..];
                    continue;
                }
                None => out.push_str("\\{"),
            },
            '}' => out.push_str("\\}"),
            c => out.push(c),
        }
        rest = &rest[length..];
    }
    Ok(out)
}

/// The length of `{2}`, `{2,}` or `{2,3}` at the start of a text.
fn repetition(text: &str) -> Option<usize> {
    let end = text.find('}')?;
    let (low, high) = match text[1..end].split_once(',') {
        Some((low, high)) => (low, high),
        None => (&text[1..end], ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!low.is_empty() && digits(low) && digits(high)).then_some(end + 1)
}

/// Translates the escape at the start of a text and gives what follows it.
fn escape<'t>(text: &'t str, in_class: bool, out: &mut String) -> &'t str {
    let Some(c) = text[1..].chars().next() else {
        out.push('\\');
        return "";
    };
    let rest = &text[1 + c.len_utf8()..];
    let ascii = match (c, in_class) {
        ('d', true) => "0-9",
        ('d', false) => "[0-9]",
        ('w', true) => "0-9A-Za-z_",
        ('w', false) => "[0-9A-Za-z_]",
        ('s', true) => "\\t\\n\\f\\r ",
        ('s', false) => "[\\t\\n\\f\\r ]",
        ('D', _) => "[^0-9]",
        ('W', _) => "[^0-9A-Za-z_]",
        ('S', _) => "[^\\t\\n\\f\\r ]",
        ('b', false) => "(?-u:\\b)",
        ('B', false) => "(?-u:\\B)",
        // Text between `\Q` and `\E` stands for itself.
        ('Q', false) => {
            let end = rest.find("\\E");
            out.push_str(&regex::escape(&rest[..end.unwrap_or(rest.len())]));
            return end.map_or("", |end| &rest[end + 2..]);
        }
        // An octal number: the regex crate has none.
        ('0'..='7', _) => {
            let digits = text[1..]
                .bytes()
                .take(3)
                .take_while(|byte| matches!(byte, b'0'..=b'7'))
                .count();
            let code = u32::from_str_radix(&text[1..=digits], 8).unwrap_or(0);
            if c == '0' || digits > 1 {
                out.push_str(&format!("\\x{{{code:x}}}"));
                return &text[1 + digits..];
            }
            out.push('\\');
            out.push(c);
            return rest;
        }
        // A code or a class in braces.
        ('x' | 'p' | 'P', _) if rest.starts_with('{') => {
            let end = rest.find('}').map_or(rest.len(), |end| end + 1);
            out.push('\\');
            out.push(c);
            out.push_str(&rest[..end]);
            return &rest[end..];
        }
        _ => {
            if c.is_ascii_punctuation() && !regex_syntax_meta(c) {
                out.push(c);
            } else {
                out.push('\\');
                out.push(c);
            }
            return rest;
        }
    };
    out.push_str(ascii);
    rest
}

/// Whether an escaped sign needs its backslash; the others stand for themselves.
fn regex_syntax_meta(c: char) -> bool {
    "\\.+*?()|[]{}^$#&-~".contains(c)
}

/// Translates the class at the start of a text and gives what follows it.
fn class<'t>(text: &'t str, out: &mut String) -> &'t str {
    let mut rest = &text[1..];
    out.push('[');
    if let Some(negated) = rest.strip_prefix('^') {
        out.push('^');
        rest = negated;
    }
    let mut first = true;
    let mut after_set = false;
    while let Some(c) = rest.chars().next() {
        let length = c.len_utf8();
        match c {
            ']' if !first => {
                out.push(']');
                return &rest[1..];
            }
            '\\' => {
                let set = matches!(
                    rest[1..].chars().next(),
                    Some('d' | 'w' | 's' | 'D' | 'W' | 'S')
                );
                rest = escape(rest, true, out);
                (first, after_set) = (false, set);
                continue;
            }
            '[' => {
                let named = rest.starts_with("[:").then(|| rest.find(":]")).flatten();
                if let Some(end) = named {
                    out.push_str(&rest[..end + 2]);
                    rest = &rest[end + 2..];
                    (first, after_set) = (false, true);
                    continue;
                }
                out.push_str("\\[");
            }
            ']' => out.push_str("\\]"),
            // Behind a set, or at either end, a dash is a dash.
            '-' if first || after_set || rest[1..].starts_with(']') => out.push_str("\\-"),
            '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        (first, after_set) = (false, false);
        rest = &rest[length..];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            (r"^\d+$", "12", true),
            (r"^\d$", "\u{663}", false),
            (r"^\w$", "\u{e9}", false),
            (r"a{,2}", "a{,2}", true),
            (r"{", "{", true),
            (r"x{2}", "xx", true),
            (r"^[\w-\.]+$", "a-b.c", true),
            (r"^[]a]+$", "]a", true),
            (r"^[[:alpha:]]+$", "abc", true),
            (r"^[[a]+$", "[a", true),
            (r"\Qa.b\E+", "a.bb", true),
            (r"(?i)ABC", "abc", true),
            (r"^\/a\-b$", "/a-b", true),
            (r"\bfoo\b", "a foo b", true),
            (r"^[a&&b]+$", "a&b", true),
        ];
        for (pattern, text, expected) in cases {
            let matches = compile(pattern).map(|regex| regex.is_match(text.as_bytes()));
            assert_eq!(matches, Ok(expected), "{pattern} {text}");
        }
        for broken in ["(", "a**", "a{2}{3}", "a*??"] {
            assert!(compile(broken).is_err(), "{broken}");
        }
        for good in ["(a*)*", "a*?", "a{2}?b+", "a\\*\\*", "[*]*"] {
            assert!(compile(good).is_ok(), "{good}");
        }
    }
}
