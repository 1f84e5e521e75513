//! Versions of packs and charts, which are mostly semantic versions, but not all (`22.04`, `v1.12.0`, `2.0.1-up.1`).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A text that is no version or no requirement on versions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}: {why}")]
pub struct InvalidVersion {
    /// The text.
    pub text: String,
    /// What it should have been: "version" or "version requirement".
    pub what: &'static str,
    /// What is wrong with it, and what would be right.
    pub why: &'static str,
}

/// A version as its author wrote it, compared by its meaning. Cheap to clone.
///
/// It has numbers (`1.12.0`, after an optional `v`), then perhaps a suffix. Missing numbers count as zero. `alpha`,
/// `beta`, `dev`, `pre`, `rc` and `snapshot` in the suffix make it older than what stands before them; any other suffix
/// is a revision, and newer than none. In the suffix runs of digits compare as numbers, runs of letters without regard
/// to case; what separates them does not count. Versions that compare as equal are equal: `v1.2` and `1.2.0`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(Arc<str>);

impl Version {
    /// Takes a text as a version.
    ///
    /// # Errors
    /// When the text is empty, has no letter or digit at all, or has characters that no version has.
    pub fn new(text: &str) -> Result<Self, InvalidVersion> {
        match problem(text) {
            None => Ok(Self(text.into())),
            Some(why) => Err(InvalidVersion {
                text: text.to_owned(),
                what: "version",
                why,
            }),
        }
    }

    /// The version as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The numbers before any suffix: `v1.12.0-rc1` gives 1, 12, 0. A number that does not fit is taken as the largest.
    pub fn numbers(&self) -> Vec<u64> {
        self.parts().numbers().map(number).collect()
    }

    /// The first two numbers, the second 0 if there is none; nothing when the text does not begin with a number.
    pub fn major_minor(&self) -> Option<(u64, u64)> {
        let mut numbers = self.parts().numbers().map(number);
        Some((numbers.next()?, numbers.next().unwrap_or(0)))
    }

    /// Whether it is marked as older than the release that it leads to (`-rc1`, `-beta.2`).
    pub fn is_prerelease(&self) -> bool {
        self.parts().is_prerelease()
    }

    /// Whether it lies within inclusive bounds. A maximum of `1.27` goes up to and with every 1.27 and its revisions, a
    /// minimum of `1.27` begins at 1.27.0; a trailing `.x` in a bound says nothing more.
    pub fn within(&self, min: Option<&Version>, max: Option<&Version>) -> bool {
        let own = self.parts();
        min.is_none_or(|min| own >= Parts::of(without_wildcards(min.as_str())))
            && max.is_none_or(|max| own.is_up_to(Parts::of(without_wildcards(max.as_str()))))
    }

    /// The text taken apart.
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts::of(&self.0)
    }
}

/// Why a text is not a version, if it is none.
pub(super) fn problem(text: &str) -> Option<&'static str> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
    if text.is_empty() {
        Some("it is empty; write one such as `1.2.3`")
    } else if text.len() > 128 {
        Some("it is longer than 128 characters")
    } else if !text.bytes().all(fine) {
        Some("only letters, digits, `.`, `-`, `_` and `+` may stand in it, as in `1.2.3-rc.1`")
    } else if !text.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        Some("it has neither a digit nor a letter; write one such as `1.2.3`")
    } else {
        None
    }
}

/// The text without the `.x` at its end.
fn without_wildcards(mut text: &str) -> &str {
    while let Some(shorter) = text.strip_suffix(".x").or_else(|| text.strip_suffix(".X")) {
        text = shorter;
    }
    text
}

fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}

/// A version taken apart without copying anything.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    /// `1.12.0`, or empty.
    numbers: &'a str,
    /// All behind the numbers, with what separates it from them.
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let bare = text
            .strip_prefix(['v', 'V'])
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or(text);
        let bytes = bare.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let mut end = 0;
        while digit(end) || (end > 0 && bytes.get(end) == Some(&b'.') && digit(end + 1)) {
            end += 1;
        }
        Self {
            numbers: &bare[..end],
            suffix: &bare[end..],
        }
    }

    /// The numbers as digits.
    pub(super) fn numbers(self) -> impl Iterator<Item = &'a str> {
        self.numbers.split('.').filter(|digits| !digits.is_empty())
    }

    /// All behind the numbers.
    pub(super) fn suffix(self) -> &'a str {
        self.suffix
    }

    /// All before a `+`, behind which stands how it was built.
    pub(super) fn without_build(self) -> Self {
        let suffix = self.suffix.split('+').next().unwrap_or_default();
        Self { suffix, ..self }
    }

    pub(super) fn is_prerelease(self) -> bool {
        self.words().any(|word| matches!(word, Word::Before(_)))
    }

    /// Compares the first `count` numbers.
    pub(super) fn cmp_numbers(self, other: Parts<'_>, count: usize) -> Ordering {
        let own = self.numbers().chain(std::iter::repeat("0"));
        let others = other.numbers().chain(std::iter::repeat("0"));
        own.zip(others)
            .take(count)
            .map(|(a, b)| cmp_digits(a, b))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Whether it is not newer than `max`, where a `max` of `1.27` includes every 1.27 with its revisions.
    pub(super) fn is_up_to(self, max: Parts<'_>) -> bool {
        if max.suffix.is_empty() {
            self.cmp_numbers(max, max.numbers().count()).is_le()
        } else {
            self <= max
        }
    }

    fn words(self) -> impl Iterator<Item = Word<'a>> {
        let mut rest = self.suffix;
        // What stands behind `+` says how it was built: it orders, but never marks a pre-release.
        let mut built = false;
        std::iter::from_fn(move || {
            let start = rest.find(|c: char| c.is_ascii_alphanumeric())?;
            built |= rest[..start].contains('+');
            rest = &rest[start..];
            let digits = rest.starts_with(|c: char| c.is_ascii_digit());
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() || c.is_ascii_digit() != digits)
                .unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            rest = behind;
            Some(if digits {
                Word::Number(word)
            } else if !built && MARKS.iter().any(|mark| word.eq_ignore_ascii_case(mark)) {
                Word::Before(word)
            } else {
                Word::Text(word)
            })
        })
    }
}

/// What marks a pre-release.
const MARKS: [&str; 6] = ["alpha", "beta", "dev", "pre", "rc", "snapshot"];

/// A word of a suffix. The variants stand in their order, and the end of a version is a word too: so a mark is older
/// than nothing, and anything else is newer.
#[derive(Clone, Copy)]
enum Word<'a> {
    Before(&'a str),
    End,
    Number(&'a str),
    Text(&'a str),
}

impl Word<'_> {
    fn rank(self) -> u8 {
        match self {
            Self::Before(_) => 0,
            Self::End => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
        }
    }

    fn cmp(self, other: Word<'_>) -> Ordering {
        match (self, other) {
            (Self::Number(a), Word::Number(b)) => cmp_digits(a, b),
            (Self::Before(a), Word::Before(b)) | (Self::Text(a), Word::Text(b)) => {
                let lower = |byte: u8| byte.to_ascii_lowercase();
                a.bytes().map(lower).cmp(b.bytes().map(lower))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// Compares numbers of any length.
fn cmp_digits(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

impl Ord for Parts<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let count = self.numbers().count().max(other.numbers().count());
        let numbers = self.cmp_numbers(*other, count);
        if numbers.is_ne() {
            return numbers;
        }
        let (mut own, mut others) = (self.words(), other.words());
        loop {
            match (own.next(), others.next()) {
                (None, None) => return Ordering::Equal,
                (a, b) => {
                    let order = a.unwrap_or(Word::End).cmp(b.unwrap_or(Word::End));
                    if order.is_ne() {
                        return order;
                    }
                }
            }
        }
    }
}

impl PartialOrd for Parts<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Parts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Parts<'_> {}

impl Hash for Parts<'_> {
    /// Hashes what the order looks at: no zeros at the ends of the numbers, no separators, no case.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let zero = |digits: &str| digits.bytes().all(|byte| byte == b'0');
        let mut zeros = 0_usize;
        for digits in self.numbers() {
            if zero(digits) {
                zeros += 1;
            } else {
                for _ in 0..std::mem::take(&mut zeros) {
                    "".hash(state);
                }
                digits.trim_start_matches('0').hash(state);
            }
        }
        for word in self.words() {
            word.rank().hash(state);
            match word {
                Word::Number(digits) => digits.trim_start_matches('0').hash(state),
                Word::Before(text) | Word::Text(text) => {
                    for byte in text.bytes() {
                        byte.to_ascii_lowercase().hash(state);
                    }
                }
                Word::End => {}
            }
        }
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        Self::new(text)
    }
}

impl TryFrom<String> for Version {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        Self::new(&text)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::hash::DefaultHasher;

    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        Version::new(text).unwrap()
    }

    fn hash(version: &Version) -> u64 {
        let mut hasher = DefaultHasher::new();
        version.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn older_versions_come_first() {
        let rising = [
            ["22.04", "24.04"],
            ["24.04", "26.04.4"],
            ["2.0.1", "2.0.1-up.1"],
            ["2.0.1-up.1", "2.0.1-up.2"],
            ["2.0.1-up.9", "2.0.1-up.10"],
            ["2.0.1-up.1", "2.0.2"],
            ["1.2.0-rc1", "1.2.0"],
            ["1.2.0-rc9", "1.2.0-rc10"],
            ["1.2.0-alpha.2", "1.2.0-beta.1"],
            ["1.2.0-SNAPSHOT", "1.2.0"],
            ["1.2.0-rc1", "1.2"],
            ["1.1.9", "1.2.0-rc1"],
            ["1.2.0-up.1-rc.1", "1.2.0-up.1"],
            ["1.2.0", "1.2.0-up.1-rc.1"],
            ["1.27.3", "1.27.3+k3s1"],
            ["1.27.3+k3s1", "1.27.3+k3s2"],
            ["9.0.0", "10.0.0"],
            ["1.99999999999999999999", "1.100000000000000000000"],
            ["LTS__18.4.x", "LTS__20.1.x"],
            ["LTS__18.4.x", "1.0.0"],
            ["1.0", "1.0.0.1"],
        ];
        for [older, newer] in rising {
            assert!(version(older) < version(newer), "{older} < {newer}");
            assert!(version(newer) > version(older), "{newer} > {older}");
        }
    }

    #[test]
    fn versions_of_one_meaning_are_equal_and_hash_alike() {
        for [a, b] in [
            ["v1.12.0", "1.12.0"],
            ["1.2", "1.2.0"],
            ["1", "1.0.0.0"],
            ["22.04", "22.4"],
            ["2.0.1-up.1", "2.0.1-up1"],
            ["1.0.0-RC1", "1.0.0-rc.1"],
            ["0.0.1", "0.0.01"],
        ] {
            assert_eq!(version(a), version(b));
            assert_eq!(hash(&version(a)), hash(&version(b)), "{a} {b}");
        }
        assert_ne!(hash(&version("0.1")), hash(&version("1")));
    }

    #[test]
    fn only_six_words_mark_a_prerelease() {
        for text in ["1.0-alpha", "1.0.0-beta.1", "1rc1", "1-dev", "v2.0-pre3"] {
            assert!(version(text).is_prerelease(), "{text}");
        }
        for text in [
            "1.0",
            "1.0-up.1",
            "1.0-preview",
            "1.0+rc1",
            "1.27.3-eks-a5565ad",
            "LTS__18.4.x",
        ] {
            assert!(!version(text).is_prerelease(), "{text}");
        }
    }

    #[test]
    fn bounds_are_inclusive_and_short_ones_wide() {
        let cases = [
            ("1.27.0", Some("1.27"), None, true),
            ("1.27.0-rc1", Some("1.27"), None, false),
            ("1.26.9", Some("1.27"), None, false),
            ("1.27.99", None, Some("1.27"), true),
            ("v1.27.3-eks-a5", None, Some("1.27"), true),
            ("1.28.0", None, Some("1.27"), false),
            ("1.28.0-rc1", None, Some("1.27"), false),
            ("1.21.49", None, Some("1.21.49"), true),
            ("1.21.49-eks-1", None, Some("1.21.49"), true),
            ("1.21.50", None, Some("1.21.49"), false),
            ("2.0.1-up.2", None, Some("2.0.1-up.1"), false),
            ("1.27.4", Some("1.27.x"), Some("1.27.x"), true),
            ("3.9.0", Some("3.4"), Some("4"), true),
            ("anything", None, None, true),
        ];
        for (text, min, max, expected) in cases {
            let (min, max) = (min.map(version), max.map(version));
            assert_eq!(
                version(text).within(min.as_ref(), max.as_ref()),
                expected,
                "{text} in {min:?}..{max:?}"
            );
        }
    }

    #[test]
    fn numbers_stand_before_the_suffix() {
        assert_eq!(version("v1.12.0-rc1").numbers(), [1, 12, 0]);
        assert_eq!(version("18.4.x").numbers(), [18, 4]);
        assert_eq!(version("LTS__18.4.x").numbers(), [] as [u64; 0]);
        assert_eq!(version("v1.27.3").major_minor(), Some((1, 27)));
        assert_eq!(version("2").major_minor(), Some((2, 0)));
        assert_eq!(version("LTS").major_minor(), None);
    }

    #[test]
    fn what_is_no_version_says_why() {
        insta::assert_snapshot!(Version::new("").unwrap_err(), @"`` is not a version: it is empty; write one such as `1.2.3`");
        insta::assert_snapshot!(Version::new("1.2 3").unwrap_err(), @"`1.2 3` is not a version: only letters, digits, `.`, `-`, `_` and `+` may stand in it, as in `1.2.3-rc.1`");
        insta::assert_snapshot!(Version::new("..").unwrap_err(), @"`..` is not a version: it has neither a digit nor a letter; write one such as `1.2.3`");
    }

    fn any_version() -> impl Strategy<Value = Version> {
        let number = "(0|00|1|2|04|10|99999999999999999999)";
        let word = "(rc|RC|alpha|up|x|pre|0|1|01|10)";
        let text =
            format!(r"v?{number}(\.{number}){{0,3}}([-._+]?{word}){{0,3}}|[A-Z]{{1,2}}_{number}");
        proptest::string::string_regex(&text)
            .unwrap()
            .prop_map(|text| Version::new(&text).unwrap())
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in any_version(), b in any_version(), c in any_version()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a == b, a.cmp(&b).is_eq());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
            if a == b {
                prop_assert_eq!(hash(&a), hash(&b));
                prop_assert_eq!(a.cmp(&c), b.cmp(&c));
            }
        }

        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,20}") {
            if let Ok(version) = Version::new(&text) {
                prop_assert_eq!(&version, &version.clone());
                version.numbers();
            }
        }
    }
}
