//! `.helmignore`: which files of a folder are not part of the chart.

use super::RegistryError;
use super::wildcard::Pattern;

/// What Helm leaves out even without a `.helmignore`.
const DEFAULT: &str = "templates/.?*";

/// The rules of a `.helmignore`.
#[derive(Debug)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    negated: bool,
    folders_only: bool,
    /// Whether the pattern is about the whole path, not only the name at its end.
    whole: bool,
}

impl Rules {
    /// Reads the rules of a text; the default one comes last.
    pub(super) fn parse(text: &str) -> Result<Self, RegistryError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let rules = text.lines().chain([DEFAULT]).map(str::trim);
        let rules = rules.filter(|rule| !rule.is_empty() && !rule.starts_with('#'));
        rules.map(Rule::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a path is left out. The first rule that decides counts, and one with `!` leaves out all that it does NOT
    /// name: Helm's own idea of negation.
    pub(super) fn ignore(&self, path: &str, is_folder: bool) -> bool {
        self.0.iter().any(|rule| {
            if rule.folders_only && !is_folder {
                return rule.negated;
            }
            rule.matches(path) != rule.negated
        })
    }
}

impl Rule {
    fn parse(text: &str) -> Result<Self, RegistryError> {
        let bad = |why: &str| RegistryError::Ignore {
            rule: text.to_owned(),
            why: why.to_owned(),
        };
        if text.contains("**") {
            return Err(bad("double-star (**) syntax is not supported"));
        }
        let (negated, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (folders_only, rest) = match rest.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (whole, rest) = match rest.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (rest.contains('/'), rest),
        };
        Ok(Self {
            pattern: Pattern::new(rest).map_err(|_| bad("syntax error in pattern"))?,
            negated,
            folders_only,
            whole,
        })
    }

    fn matches(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.pattern.matches(if self.whole { path } else { name })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn rules_are_those_of_helm() {
        let cases = [
            ("", "templates/.x", false, true),
            ("", "templates/a/.x", false, false),
            ("", "templates/.", true, false),
            ("# a\n\n  \n", "# a", false, false),
            ("helm.txt", "a/helm.txt", false, true),
            ("/helm.txt", "a/helm.txt", false, false),
            ("/helm.txt", "helm.txt", false, true),
            ("a/*.txt", "a/b.txt", false, true),
            ("a/*.txt", "b/a/b.txt", false, false),
            ("a/*.txt", "a/b/c.txt", false, false),
            ("cargo/", "cargo", true, true),
            ("cargo/", "cargo", false, false),
            ("cargo/", "a/cargo", true, true),
            ("*.txt", "a/b.txt", false, true),
            ("!x.txt", "y.txt", false, true),
            ("!x.txt", "x.txt", false, false),
            ("y.txt\n!x.txt\n", "y.txt", false, true),
            ("!x/", "y.txt", false, true),
            ("!x/", "x", true, false),
            ("\u{feff}a\n", "a", false, true),
        ];
        for (rules, path, is_folder, expected) in cases {
            let rules = Rules::parse(rules).unwrap();
            assert_eq!(rules.ignore(path, is_folder), expected, "{rules:?} {path}");
        }
        for (rule, expected) in [
            (
                "a/**",
                "`.helmignore`: `a/**`: double-star (**) syntax is not supported",
            ),
            ("[", "`.helmignore`: `[`: syntax error in pattern"),
        ] {
            assert_eq!(Rules::parse(rule).unwrap_err().to_string(), expected);
        }
    }
}
