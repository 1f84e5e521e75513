//! Patterns of `.Files.Glob`, by the rules of the Go package that Helm uses (gobwas/glob with `/` as separator).
//!
//! They become regular expressions, which need no longer than the path is long, whatever the pattern.

use regex::Regex;

/// A pattern for paths.
#[derive(Debug)]
pub(super) struct Glob(Option<Regex>);

impl Glob {
    /// Reads a pattern. One that cannot be understood matches everything, as in Helm.
    pub(super) fn new(pattern: &str) -> Self {
        let mut reader = Reader {
            rest: pattern,
            out: String::from("(?s)^"),
        };
        let read = reader.parts(false).filter(|()| reader.rest.is_empty());
        reader.out.push('$');
        Self(read.and_then(|()| Regex::new(&reader.out).ok()))
    }

    /// Whether a path as a whole matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|regex| regex.is_match(path))
    }
}

/// Translates as it reads.
struct Reader<'a> {
    rest: &'a str,
    out: String,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn takes(&mut self, wanted: char) -> bool {
        let found = self.rest.strip_prefix(wanted);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn text(&mut self, text: char) {
        self.out
            .push_str(&regex::escape(text.encode_utf8(&mut [0; 4])));
    }

    /// Reads to the end, or inside of braces to the next comma or brace. Nothing when it is no pattern.
    fn parts(&mut self, inside: bool) -> Option<()> {
        while let Some(next) = self.rest.chars().next() {
            if inside && matches!(next, ',' | '}') {
                break;
            }
            self.next();
            match next {
                '?' => self.out.push_str("[^/]"),
                '*' if self.takes('*') => self.out.push_str(".*"),
                '*' => self.out.push_str("[^/]*"),
                '[' => self.class()?,
                '{' => self.either()?,
                '\\' => {
                    let next = self.next()?;
                    self.text(next);
                }
                other => self.text(other),
            }
        }
        Some(())
    }

    fn class(&mut self) -> Option<()> {
        let negated = self.takes('!');
        self.out.push_str(if negated { "[^" } else { "[" });
        let mut is_empty = true;
        loop {
            let low = match self.next()? {
                ']' if is_empty => return None,
                ']' => break,
                '\\' => self.next()?,
                low => low,
            };
            is_empty = false;
            self.text(low);
            if !self.rest.starts_with("-]") && self.takes('-') {
                let high = self.next()?;
                self.out.push('-');
                self.text(high);
            }
        }
        self.out.push(']');
        Some(())
    }

    fn either(&mut self) -> Option<()> {
        self.out.push_str("(?:");
        loop {
            self.parts(true)?;
            match self.next()? {
                ',' => self.out.push('|'),
                _ => break,
            }
        }
        self.out.push(')');
        Some(())
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
