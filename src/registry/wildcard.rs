//! File patterns as Go's `filepath.Match` has them: `*` and `?` stay within a folder, `[a-z]` and `[^a]` are one
//! character, `\` takes the next one as it is.

/// The pattern cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadPattern;

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Star,
    Any,
    One(char),
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Part>);

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, BadPattern> {
        let mut chars = text.chars().peekable();
        let mut parts = Vec::new();
        while let Some(c) = chars.next() {
            parts.push(match c {
                // Several stars in a row are one, which also keeps matching fast.
                '*' if parts.last() == Some(&Part::Star) => continue,
                '*' => Part::Star,
                '?' => Part::Any,
                '[' => class(&mut chars)?,
                '\\' => Part::One(chars.next().ok_or(BadPattern)?),
                c => Part::One(c),
            });
        }
        Ok(Self(parts))
    }

    /// Whether the pattern covers the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut part) = (0, 0);
        // The last star, and where what it took ends: more than one star never needs to be tried again.
        let mut star: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(part), text.get(at)) {
                (None, None) => return true,
                (Some(Part::Star), _) => {
                    star = Some((part, at));
                    part += 1;
                    continue;
                }
                (Some(step), Some(c)) if step.takes(*c) => {
                    part += 1;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let Some((after, taken)) = star else {
                return false;
            };
            if text.get(taken).is_none_or(|c| *c == '/') {
                return false;
            }
            star = Some((after, taken + 1));
            (part, at) = (after + 1, taken + 1);
        }
    }
}

impl Part {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => c != '/',
            Self::One(own) => *own == c,
            Self::Class { negated, ranges } => {
                let inside = ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
                c != '/' && inside != *negated
            }
        }
    }
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Part, BadPattern> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    let end = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| match chars.next() {
        None | Some('-' | ']') => Err(BadPattern),
        Some('\\') => chars.next().ok_or(BadPattern),
        Some(c) => Ok(c),
    };
    loop {
        if !ranges.is_empty() && chars.next_if_eq(&']').is_some() {
            return Ok(Part::Class { negated, ranges });
        }
        let low = end(chars)?;
        let high = if chars.next_if_eq(&'-').is_some() {
            end(chars)?
        } else {
            low
        };
        // Behind an end there must be something.
        chars.peek().ok_or(BadPattern)?;
        ranges.push((low, high));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a?b", "a/b", false),
            ("a[x/]b", "a/b", false),
            ("[\\]a]", "]", true),
            ("[\\-x]", "-", true),
            ("[!a]", "!", true),
            ("", "", true),
            ("", "a", false),
            (".?*", ".", false),
            (".?*", ".x", true),
        ];
        for (pattern, text, expected) in cases {
            let found = Pattern::new(pattern).map(|pattern| pattern.matches(text));
            assert_eq!(found, Ok(expected), "{pattern} {text}");
        }
        for broken in [
            "[]a]", "[-]", "[x-]", "[-x]", "\\", "[a-b-c]", "[", "[^", "[^bc", "a[",
        ] {
            assert_eq!(Pattern::new(broken), Err(BadPattern), "{broken}");
        }
    }
}
