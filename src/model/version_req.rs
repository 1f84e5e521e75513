//! Requirements on versions: exact ones, trains and ranges.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::version::{Parts, problem};
use super::{InvalidVersion, Version};

/// Which versions will do.
///
/// - exact: `1.2.3`, `22.04`, `=1.2.3`;
/// - a train: `1.x`, `1.1.x`, `1.1.*`, `*`;
/// - a range: `^1.49`, `~1.2`, `>=1.2 <2`, `>=1.2, <2`, `1.2 - 1.5`, `!=1.3.0`; alternatives are joined by `||`.
///
/// Short versions in ranges are wide: `<=1.5` goes up to every 1.5, `>1.5` begins at 1.6. A pre-release matches only
/// where the same numbers are asked for with a pre-release (`>=1.2.0-rc1`), or all are (`>=1.2.0-0`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VersionReq(Arc<str>);

impl VersionReq {
    /// Takes a text as a requirement.
    ///
    /// # Errors
    /// When the text is neither a version nor a train nor a range.
    pub fn new(text: &str) -> Result<Self, InvalidVersion> {
        let text = text.trim();
        let fail = |why| {
            Err(InvalidVersion {
                text: text.to_owned(),
                what: "version requirement",
                why,
            })
        };
        for alternative in text.split("||") {
            if alternative.trim().is_empty() {
                return fail(if text.is_empty() {
                    "it is empty; write a version, a train such as `1.x` or a range such as `>=1.2 <2`"
                } else {
                    "nothing stands on one side of `||`"
                });
            }
            for comparator in Comparators::of(alternative) {
                if let Err(why) = comparator {
                    return fail(why);
                }
            }
        }
        Ok(Self(text.into()))
    }

    /// Whether a version will do.
    pub fn matches(&self, version: &Version) -> bool {
        let version = version.parts();
        self.0
            .split("||")
            .any(|alternative| matches_all(alternative, version))
    }

    /// Whether it names one version, so that nothing can move.
    pub fn is_exact(&self) -> bool {
        let mut comparators = Comparators::of(&self.0);
        let first = comparators.next();
        !self.0.contains("||")
            && comparators.next().is_none()
            && matches!(first, Some(Ok(only)) if only.operator == Operator::Equal && !only.train)
    }

    /// The best of some versions: the highest that will do. Of those that an exact requirement takes, the one that is
    /// spelled like it, or else the one without another build.
    pub fn best<'v>(&self, versions: impl Iterator<Item = &'v Version>) -> Option<&'v Version> {
        let asked = self.0.trim_start_matches('=').trim();
        let exact = self.is_exact().then(|| Parts::of(asked));
        let likeness = |version: &Version| match exact {
            Some(_) if version.as_str() == asked => 2,
            Some(bound) if version.parts() == bound => 1,
            _ => 0,
        };
        versions
            .filter(|version| self.matches(version))
            .max_by(|one, other| {
                let likeness = likeness(one).cmp(&likeness(other));
                likeness.then_with(|| one.cmp(other))
            })
    }

    /// The requirement as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn matches_all(alternative: &str, version: Parts<'_>) -> bool {
    let mut asked = !version.is_prerelease();
    for comparator in Comparators::of(alternative) {
        let Ok(comparator) = comparator else {
            return false;
        };
        if !comparator.matches(version) {
            return false;
        }
        asked |= comparator.asks_for(version);
    }
    asked
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Caret,
    Tilde,
}

/// The operators as they are written, longer ones first.
const OPERATORS: [(&str, Operator); 10] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("^", Operator::Caret),
    ("~", Operator::Tilde),
];

/// One condition on a version.
#[derive(Clone, Copy)]
struct Comparator<'a> {
    operator: Operator,
    bound: Parts<'a>,
    /// How many numbers the bound has.
    count: usize,
    /// Whether the bound ends in `x` or `*`.
    train: bool,
    /// Whether the bound ends in `-0`, the way to ask for pre-releases of every kind.
    open: bool,
}

impl<'a> Comparator<'a> {
    fn of(operator: Operator, text: &'a str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("an operator wants a version behind it, as in `>=1.2`");
        }
        let (text, train) = without_wildcards(text);
        let (text, open) = match text.strip_suffix("-0") {
            Some(shorter) if !train => (shorter, true),
            _ => (text, false),
        };
        if text.contains('*') {
            return Err("`*` can only stand in the place of the last numbers, as in `1.*`");
        }
        if !(train && text.is_empty())
            && let Some(why) = problem(text)
        {
            return Err(why);
        }
        let bound = Parts::of(text);
        let count = bound.numbers().count();
        if count == 0 && !train && operator != Operator::Equal && operator != Operator::NotEqual {
            return Err("a range wants numbers, as in `>=1.2` or `^1.49`");
        }
        Ok(Self {
            operator,
            bound,
            count,
            train,
            open,
        })
    }

    fn matches(&self, version: Parts<'_>) -> bool {
        let (bound, count) = (self.bound, self.count);
        // With `-0` the bound lies below the pre-releases of its version.
        let at_least = || {
            if self.open {
                version
                    .cmp_numbers(bound, count.max(version.numbers().count()))
                    .is_ge()
            } else {
                version >= bound
            }
        };
        let within = |count: usize| version.cmp_numbers(bound, count).is_eq();
        match self.operator {
            Operator::Equal if self.train => within(count),
            Operator::NotEqual if self.train => !within(count),
            Operator::Equal => self.is(version),
            Operator::NotEqual => !self.is(version),
            Operator::GreaterOrEqual => at_least(),
            Operator::Less => !at_least(),
            Operator::LessOrEqual => version.is_up_to(bound),
            Operator::Greater => !version.is_up_to(bound),
            Operator::Tilde => at_least() && within(count.min(2)),
            Operator::Caret => {
                let leading = bound
                    .numbers()
                    .take_while(|number| number.bytes().all(|byte| byte == b'0'));
                at_least() && within((leading.count() + 1).min(count))
            }
        }
    }

    /// Whether it is this version. How it was built matters only where it is asked for, as in Helm.
    fn is(&self, version: Parts<'_>) -> bool {
        if self.bound.suffix().contains('+') {
            version == self.bound
        } else {
            version.without_build() == self.bound
        }
    }

    /// Whether it asks for this pre-release.
    fn asks_for(&self, version: Parts<'_>) -> bool {
        self.open
            || (self.bound.is_prerelease()
                && version
                    .cmp_numbers(self.bound, self.count.max(version.numbers().count()))
                    .is_eq())
    }
}

/// The text without `.x`, `.X` and `.*` at its end, and whether there were any. A version such as `LTS__18.4.x` does not
/// begin with a number, so its `x` is its own.
fn without_wildcards(text: &str) -> (&str, bool) {
    if matches!(text, "x" | "X" | "*") {
        return ("", true);
    }
    let mut rest = text;
    while let Some(shorter) = rest
        .strip_suffix(".x")
        .or_else(|| rest.strip_suffix(".X"))
        .or_else(|| rest.strip_suffix(".*"))
    {
        rest = shorter;
    }
    if matches!(rest, "x" | "X" | "*") {
        return ("", true);
    }
    let parts = Parts::of(rest);
    if rest.len() < text.len() && parts.suffix().is_empty() && parts.numbers().next().is_some() {
        (rest, true)
    } else {
        (text, false)
    }
}

/// The conditions of one alternative, read one by one.
struct Comparators<'a> {
    rest: &'a str,
    /// The upper end of a hyphenated range.
    pending: Option<&'a str>,
}

impl<'a> Comparators<'a> {
    fn of(alternative: &'a str) -> Self {
        Self {
            rest: alternative,
            pending: None,
        }
    }

    fn skip(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }

    /// Takes the text up to a space, a comma or an operator.
    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || ",<>=!^~|".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// The upper end, if ` - ` and a version follow.
    fn upper_end(&mut self) -> Option<&'a str> {
        let behind = self.rest.strip_prefix(char::is_whitespace)?;
        let behind = behind.trim_start().strip_prefix('-')?;
        self.rest = behind.strip_prefix(char::is_whitespace)?.trim_start();
        Some(self.word())
    }
}

impl<'a> Iterator for Comparators<'a> {
    type Item = Result<Comparator<'a>, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(upper) = self.pending.take() {
            return Some(Comparator::of(Operator::LessOrEqual, upper));
        }
        self.skip();
        if self.rest.is_empty() {
            return None;
        }
        let found = OPERATORS
            .iter()
            .find_map(|(sign, operator)| Some((self.rest.strip_prefix(sign)?, *operator)));
        let Some((behind, operator)) = found else {
            let word = self.word();
            if word.is_empty() {
                // A sign that begins no operator; nothing sensible can follow.
                self.rest = "";
                return Some(Err(
                    "operators are `=`, `!=`, `<`, `<=`, `>`, `>=`, `^`, `~` and `||`",
                ));
            }
            if let Some(upper) = self.upper_end() {
                self.pending = Some(upper);
                return Some(Comparator::of(Operator::GreaterOrEqual, word));
            }
            return Some(Comparator::of(Operator::Equal, word));
        };
        self.rest = behind.trim_start();
        let word = self.word();
        Some(Comparator::of(operator, word))
    }
}

impl fmt::Display for VersionReq {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl FromStr for VersionReq {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        Self::new(text)
    }
}

impl TryFrom<String> for VersionReq {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        Self::new(&text)
    }
}

impl From<VersionReq> for String {
    fn from(requirement: VersionReq) -> Self {
        requirement.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_best_is_the_highest_and_of_one_version_the_one_that_is_spelled_so() {
        let best = |requirement: &str, versions: &str| {
            let all: Vec<_> = versions
                .split(' ')
                .map(|text| Version::new(text).unwrap())
                .collect();
            let best = VersionReq::new(requirement).unwrap();
            best.best(all.iter())
                .map_or("none", Version::as_str)
                .to_owned()
        };
        for (requirement, versions, expected) in [
            ("1.x", "1.2.0 v1.10.0 2.0.0 1.11.0-rc.1", "v1.10.0"),
            ("1.2.0", "v1.2.0 1.2.0 1.2.0+b.1", "1.2.0"),
            ("v1.2.0", "1.2.0 v1.2.0", "v1.2.0"),
            ("1.2", "1.2.0 1.2.0+b.1", "1.2.0"),
            ("1.2.0", "1.2.0+b.1 1.2.0+b.2", "1.2.0+b.2"),
            ("=1.2.0+b.1", "1.2.0 1.2.0+b.1 1.2.0+b.2", "1.2.0+b.1"),
            ("1.2.0", "1.2.0-rc.1+b.1 1.3.0", "none"),
            (">=1.2 <2", "1.2.0+b.1 1.2.0", "1.2.0+b.1"),
        ] {
            assert_eq!(
                best(requirement, versions),
                expected,
                "{requirement} of {versions}"
            );
        }
    }

    #[test]
    fn requirements_match() {
        // requirement, what matches, what does not
        let cases = [
            ("1.2.3", "1.2.3 v1.2.3", "1.2.4 1.2.3-up.1 1.2.3-rc1"),
            ("1.2", "1.2 1.2.0", "1.2.1"),
            ("=22.04", "22.04", "22.04.1"),
            ("v1.12.0", "1.12.0", "1.12.1"),
            ("1.2.0-rc1", "1.2.0-rc1", "1.2.0 1.2.0-rc2"),
            ("LTS__18.4.x", "LTS__18.4.x", "18.4.1 LTS__18.5.x"),
            ("1.x", "1.0.0 1.99.9 v1.3 1.2.0-up.1", "2.0.0 1.5.0-rc1 0.9"),
            ("1.1.x", "1.1.0 1.1.7", "1.2.0 1.10.0"),
            ("1.1.*", "1.1.7", "1.2.0"),
            ("1.x.x", "1.1.7", "2.0.0"),
            ("*", "0.0.1 99 LTS__18.4.x", "1.0.0-rc1"),
            ("x", "0.0.1", "1.0.0-beta"),
            (
                "^1.49",
                "1.49.0 1.50.3 1.49.0-up.1",
                "1.48.9 2.0.0 1.50.0-rc1 2.0.0-rc1",
            ),
            ("^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2"),
            ("^0.0.3", "0.0.3", "0.0.4 0.1.0"),
            ("^0.0", "0.0.9", "0.1.0"),
            ("^0", "0.9.0", "1.0.0"),
            ("^1.x", "1.0.0 1.9.0", "2.0.0"),
            ("~1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"),
            ("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"),
            ("~1", "1.0 1.9", "2.0"),
            ("~> 1.2", "1.2.9", "1.3.0"),
            (">=1.2 <2", "1.2.0 1.9.9", "1.1.9 2.0.0 2.0.0-rc1"),
            (">= 1.2, < 2", "1.2.0", "2.0.0"),
            (">1.2", "1.3.0", "1.2.0 1.2.9"),
            (">1.2.3", "1.2.4", "1.2.3 1.2.3-up.1"),
            ("<=1.5", "1.5.0 1.5.9 1.5.9-eks-1", "1.6.0"),
            ("<1.5", "1.4.9", "1.5.0 1.5.0-rc1"),
            ("1.2 - 1.5", "1.2.0 1.5.9", "1.1.9 1.6.0"),
            ("1.x || 3.1", "1.5 3.1.0", "2.0.0 3.1.1"),
            ("^1 || ^3", "1.5 3.1", "2.9"),
            (">=1.2 !=1.3.0", "1.2.0 1.3.1", "1.3.0"),
            ("!=1.3.x", "1.2.0 1.4.0", "1.3.5"),
            (
                ">=1.2.0-rc1",
                "1.2.0-rc1 1.2.0-rc2 1.2.0 1.3.0",
                "1.3.0-rc1 1.2.0-beta1",
            ),
            (
                ">=1.21.0-0",
                "1.21.0 1.21.0-rc1 1.22.0-alpha.1 1.27.3-eks-a5",
                "1.20.9",
            ),
            (">=1.21-0 <1.22-0", "1.21.0-rc1 1.21.5", "1.22.0-rc1 1.22.0"),
        ];
        for (requirement, yes, no) in cases {
            let parsed = VersionReq::new(requirement).unwrap();
            let matches = |text| parsed.matches(&Version::new(text).unwrap());
            for text in yes.split(' ') {
                assert!(matches(text), "{requirement} wants {text}");
            }
            for text in no.split(' ') {
                assert!(!matches(text), "{requirement} refuses {text}");
            }
        }
    }

    #[test]
    fn exact_requirements_are_known() {
        for (text, exact) in [
            ("1.2.3", true),
            ("=1.2", true),
            ("22.04", true),
            ("LTS__18.4.x", true),
            ("1.x", false),
            ("*", false),
            ("^1.2", false),
            ("1.2 - 1.3", false),
            ("1.2 || 1.3", false),
            ("1.2 1.3", false),
        ] {
            assert_eq!(VersionReq::new(text).unwrap().is_exact(), exact, "{text}");
        }
    }

    #[test]
    fn what_is_no_requirement_says_why() {
        let why = |text| VersionReq::new(text).unwrap_err().to_string();
        insta::assert_snapshot!(why(" "), @"`` is not a version requirement: it is empty; write a version, a train such as `1.x` or a range such as `>=1.2 <2`");
        insta::assert_snapshot!(why(">="), @"`>=` is not a version requirement: an operator wants a version behind it, as in `>=1.2`");
        insta::assert_snapshot!(why("1.x ||"), @"`1.x ||` is not a version requirement: nothing stands on one side of `||`");
        insta::assert_snapshot!(why("1.*.3"), @"`1.*.3` is not a version requirement: `*` can only stand in the place of the last numbers, as in `1.*`");
        insta::assert_snapshot!(why(">=latest"), @"`>=latest` is not a version requirement: a range wants numbers, as in `>=1.2` or `^1.49`");
        insta::assert_snapshot!(why("1.2/3"), @"`1.2/3` is not a version requirement: only letters, digits, `.`, `-`, `_` and `+` may stand in it, as in `1.2.3-rc.1`");
        insta::assert_snapshot!(why("1 | 2"), @"`1 | 2` is not a version requirement: operators are `=`, `!=`, `<`, `<=`, `>`, `>=`, `^`, `~` and `||`");
        insta::assert_snapshot!(why("1 ! 2"), @"`1 ! 2` is not a version requirement: operators are `=`, `!=`, `<`, `<=`, `>`, `>=`, `^`, `~` and `||`");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in "[<>=~^!|, .xv*0-9-]{0,16}|.{0,12}") {
            if let Ok(requirement) = VersionReq::new(&text) {
                requirement.is_exact();
                requirement.matches(&Version::new("1.2.3-rc1").unwrap());
                let json = serde_json::to_string(&requirement).unwrap();
                prop_assert_eq!(serde_json::from_str::<VersionReq>(&json).unwrap(), requirement);
            }
        }

        #[test]
        fn an_exact_requirement_matches_its_version(text in r"v?[0-9]{1,3}(\.[0-9]{1,3}){0,3}(-(rc|up)\.?[1-9])?") {
            let version = Version::new(&text).unwrap();
            prop_assert!(VersionReq::new(&text).unwrap().matches(&version));
        }
    }
}
