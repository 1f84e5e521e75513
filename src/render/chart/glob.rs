//! Patterns of `.Files.Glob`, by the rules of the Go package that Helm uses (gobwas/glob with `/` as separator).

/// A pattern for paths.
#[derive(Debug)]
pub(super) struct Glob(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(char),
    /// `?`: one character that is no separator.
    One,
    /// `*`: any text without a separator.
    Within,
    /// `**`: any text.
    Any,
    /// `[a-z]`, `[!abc]`
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `{a,b}`
    Either(Vec<Vec<Part>>),
}

const SEPARATOR: char = '/';

impl Glob {
    /// Reads a pattern. One that cannot be understood matches everything, as in Helm.
    pub(super) fn new(pattern: &str) -> Self {
        let chars: Vec<char> = pattern.chars().collect();
        let mut reader = Reader {
            chars: &chars,
            at: 0,
        };
        match reader.parts(false) {
            Some(parts) if reader.at == chars.len() => Self(parts),
            _ => Self(vec![Part::Any]),
        }
    }

    /// Whether a path as a whole matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        matches(&mut self.0.iter().collect::<Vec<_>>(), &path)
    }
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.get(self.at).copied();
        self.at += usize::from(next.is_some());
        next
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn parts(&mut self, inside: bool) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        while let Some(next) = self.peek() {
            if inside && matches!(next, ',' | '}') {
                break;
            }
            self.at += 1;
            parts.push(match next {
                '?' => Part::One,
                '*' if self.peek() == Some('*') => {
                    self.at += 1;
                    Part::Any
                }
                '*' => Part::Within,
                '[' => self.class()?,
                '{' => self.either()?,
                '\\' => Part::Text(self.next()?),
                other => Part::Text(other),
            });
        }
        Some(parts)
    }

    fn class(&mut self) -> Option<Part> {
        let negated = self.peek() == Some('!');
        self.at += usize::from(negated);
        let mut ranges = Vec::new();
        loop {
            let low = match self.next()? {
                ']' if ranges.is_empty() => return None,
                ']' => return Some(Part::Class { negated, ranges }),
                '\\' => self.next()?,
                low => low,
            };
            if self.peek() == Some('-') && self.chars.get(self.at + 1) != Some(&']') {
                self.at += 1;
                let high = self.next()?;
                if high < low {
                    return None;
                }
                ranges.push((low, high));
            } else {
                ranges.push((low, low));
            }
        }
    }

    fn either(&mut self) -> Option<Part> {
        let mut all = Vec::new();
        loop {
            all.push(self.parts(true)?);
            match self.next()? {
                ',' => {}
                _ => return Some(Part::Either(all)),
            }
        }
    }
}

/// `parts` is a stack of what is still to match, the first on the right.
fn matches<'p>(parts: &mut Vec<&'p Part>, path: &[char]) -> bool {
    parts.reverse();
    from(parts, path)
}

fn from(parts: &[&Part], path: &[char]) -> bool {
    let Some((first, rest)) = parts.split_last() else {
        return path.is_empty();
    };
    match first {
        Part::Text(text) => path.first() == Some(text) && from(rest, &path[1..]),
        Part::One => path.first().is_some_and(|c| *c != SEPARATOR) && from(rest, &path[1..]),
        Part::Class { negated, ranges } => {
            let Some(c) = path.first() else { return false };
            let inside = ranges.iter().any(|(low, high)| (low..=high).contains(&c));
            inside != *negated && from(rest, &path[1..])
        }
        Part::Within | Part::Any => {
            let stops = |c: &char| matches!(first, Part::Within) && *c == SEPARATOR;
            let most = path.iter().position(stops).unwrap_or(path.len());
            (0..=most).any(|taken| from(rest, &path[taken..]))
        }
        Part::Either(all) => all.iter().any(|one| {
            let mut parts = rest.to_vec();
            parts.extend(one.iter().rev());
            from(&parts, path)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_helm() {
        let cases = [
            ("*", "a.yaml", true),
            ("*", "a/b.yaml", false),
            ("**", "a/b.yaml", true),
            ("**.yaml", "a/b.yaml", true),
            ("a/**", "a/b/c", true),
            ("a/**/c", "a/c", false),
            ("a/*.yaml", "a/b.yaml", true),
            ("a/?.yaml", "a/b.yaml", true),
            ("a?b", "a/b", false),
            ("{a,b/*}.txt", "b/c.txt", true),
            ("{a,b}.txt", "c.txt", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[!a-c]x", "dx", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("{a", "anything/at/all", true),
            ("[", "anything", true),
            ("", "", true),
            ("", "a", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(
                Glob::new(pattern).matches(path),
                expected,
                "{pattern} {path}"
            );
        }
    }
}
