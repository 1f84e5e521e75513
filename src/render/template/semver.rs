//! Versions and constraints by the rules of Helm's library (Masterminds semver 3), which are looser than the standard.

use std::cmp::Ordering;

/// A version: missing minor and patch numbers are 0, a `v` in front is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What stands behind the dash, or nothing.
    pub pre: String,
    /// What stands behind the plus, or nothing.
    pub build: String,
    /// The text as it was written.
    pub original: String,
}

/// Why a text is no version, in the library's words.
pub type Message = String;

const INVALID: &str = "invalid semantic version";

/// A text cut where a version in it ends: three numbers (or `x`), pre-release, build.
struct Loose<'t> {
    numbers: [Option<&'t str>; 3],
    pre: &'t str,
    build: &'t str,
    rest: &'t str,
}

fn is_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Takes words with dots between them.
fn take_ids(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut end = 0;
    loop {
        let word = bytes[end..].iter().take_while(|byte| is_id(**byte)).count();
        if word == 0 {
            // A dot without a word behind it does not belong.
            return end.checked_sub(1).map(|end| text.split_at(end));
        }
        end += word;
        if bytes.get(end) != Some(&b'.') {
            return Some(text.split_at(end));
        }
        end += 1;
    }
}

fn take_number(text: &str, wild: bool) -> Option<(&str, &str)> {
    if wild && text.starts_with(['x', 'X', '*']) {
        return Some(text.split_at(1));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| text.split_at(digits))
}

fn take_version(text: &str, wild: bool) -> Option<Loose<'_>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (major, mut rest) = take_number(text, wild)?;
    let mut numbers = [Some(major), None, None];
    for number in &mut numbers[1..] {
        let Some((found, after)) = rest
            .strip_prefix('.')
            .and_then(|rest| take_number(rest, wild))
        else {
            break;
        };
        *number = Some(found);
        rest = after;
    }
    let mut loose = Loose {
        numbers,
        pre: "",
        build: "",
        rest,
    };
    if let Some((pre, rest)) = loose.rest.strip_prefix('-').and_then(take_ids) {
        (loose.pre, loose.rest) = (pre, rest);
    }
    if let Some((build, rest)) = loose.rest.strip_prefix('+').and_then(take_ids) {
        (loose.build, loose.rest) = (build, rest);
    }
    Some(loose)
}

fn number(text: Option<&str>) -> Result<u64, Message> {
    let text = text.unwrap_or("0");
    text.parse().map_err(|_| {
        format!(
            "Error parsing version segment: strconv.ParseUint: parsing \"{text}\": value out of range"
        )
    })
}

impl Version {
    /// Reads a version.
    ///
    /// # Errors
    /// The library's words for what is wrong.
    pub fn parse(text: &str) -> Result<Self, Message> {
        let loose = take_version(text, false)
            .filter(|loose| loose.rest.is_empty())
            .ok_or(INVALID)?;
        let [major, minor, patch] = loose.numbers;
        let version = Self {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            pre: loose.pre.to_owned(),
            build: loose.build.to_owned(),
            original: text.to_owned(),
        };
        let zero = |word: &str| {
            word.len() > 1
                && word.starts_with('0')
                && word.bytes().all(|byte| byte.is_ascii_digit())
        };
        if version.pre.split('.').any(zero) {
            return Err("Version segment starts with 0".to_owned());
        }
        Ok(version)
    }

    /// Which of two comes first; the build does not count.
    pub fn order(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| order_pre(&self.pre, &other.pre))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

fn order_pre(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

const OPS: [(&str, Op); 12] = [
    ("!=", Op::NotEqual),
    (">=", Op::GreaterOrEqual),
    ("=>", Op::GreaterOrEqual),
    ("<=", Op::LessOrEqual),
    ("=<", Op::LessOrEqual),
    ("~>", Op::Tilde),
    ("=", Op::Equal),
    (">", Op::Greater),
    ("<", Op::Less),
    ("~", Op::Tilde),
    ("^", Op::Caret),
    ("", Op::Equal),
];

/// One condition; which of the numbers were left open decides what it means.
#[derive(Clone, Debug)]
struct Condition {
    op: Op,
    version: Version,
    open: bool,
    open_minor: bool,
    open_patch: bool,
}

/// Alternatives of conditions that must all hold: `>=1.2, <2 || ^3`.
#[derive(Clone, Debug)]
pub struct Constraint(Vec<Vec<Condition>>);

impl Constraint {
    /// Reads a constraint.
    ///
    /// # Errors
    /// The library's words for what is wrong.
    pub fn parse(text: &str) -> Result<Self, Message> {
        let text = without_hyphens(text);
        let alternatives = text.split("||").map(|part| {
            conditions(part).ok_or_else(|| {
                let part = super::print::quoted(part.as_bytes());
                format!("improper constraint: {part}")
            })
        });
        let parsed: Vec<_> = alternatives.collect::<Result<_, _>>()?;
        let parsed = parsed.into_iter().collect::<Result<_, _>>()?;
        Ok(Self(parsed))
    }

    /// Whether a version satisfies the constraint.
    pub fn allows(&self, version: &Version) -> bool {
        let mut alternatives = self.0.iter();
        alternatives.any(|all| all.iter().all(|condition| condition.allows(version)))
    }
}

/// `1.2 - 1.4` is `>= 1.2, <= 1.4`.
fn without_hyphens(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    'next: while !rest.is_empty() {
        for (at, _) in rest.char_indices() {
            let from = rest[at..].trim_start();
            let Some(low) = take_version(from, true) else {
                continue;
            };
            let after = low.rest.trim_start();
            let high = after
                .strip_prefix('-')
                .filter(|high| {
                    after.len() < low.rest.len() && high.starts_with(char::is_whitespace)
                })
                .map(str::trim_start);
            let Some((high, end)) =
                high.and_then(|high| take_version(high, true).map(|end| (high, end)))
            else {
                continue;
            };
            let low_text = &from[..from.len() - low.rest.len()];
            let high_text = &high[..high.len() - end.rest.len()];
            out.push_str(&rest[..at]);
            out.push_str(&format!(">= {low_text}, <= {high_text} "));
            rest = end.rest.trim_start();
            continue 'next;
        }
        break;
    }
    out.push_str(rest);
    out
}

/// Conditions with blanks or commas between them; nothing if that is not what the text is.
fn conditions(text: &str) -> Option<Result<Vec<Condition>, Message>> {
    let mut rest = text.trim_start();
    let mut all = Vec::new();
    loop {
        let (token, op) = OPS.iter().find(|(token, _)| rest.starts_with(token))?;
        let loose = take_version(rest[token.len()..].trim_start(), true)?;
        all.push(Condition::new(*op, &loose));
        let after = loose.rest.trim_start();
        if after.is_empty() {
            return Some(all.into_iter().collect());
        }
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.len() < loose.rest.len() => after,
            None => return None,
        };
    }
}

impl Condition {
    fn new(op: Op, loose: &Loose<'_>) -> Result<Self, Message> {
        let wild = |at: usize| loose.numbers[at].is_none_or(|part| ["x", "X", "*"].contains(&part));
        let known = (0..3).take_while(|at| !wild(*at)).count();
        let shown = |at: usize| if at < known { loose.numbers[at] } else { None };
        let mut text = [shown(0), shown(1), shown(2)]
            .map(|part| part.unwrap_or("0"))
            .join(".");
        for (sign, part) in [('-', loose.pre), ('+', loose.build)] {
            if !part.is_empty() && (sign == '-' || known == 3) {
                text.push(sign);
                text.push_str(part);
            }
        }
        let version = Version::parse(&text).map_err(|_| "constraint Parser Error".to_owned())?;
        Ok(Self {
            op,
            version,
            open: known < 3,
            open_minor: known == 1,
            open_patch: known == 2,
        })
    }

    fn allows(&self, version: &Version) -> bool {
        let own = &self.version;
        let hidden = !version.pre.is_empty() && own.pre.is_empty();
        if hidden && (self.open || self.op != Op::NotEqual) {
            return false;
        }
        let order = version.order(own);
        match self.op {
            Op::NotEqual => {
                if !self.open || own.major != version.major {
                    return order != Ordering::Equal;
                }
                if own.minor != version.minor && !self.open_minor {
                    return true;
                }
                if self.open_minor {
                    return false;
                }
                if own.patch != version.patch && !self.open_patch {
                    return true;
                }
                if self.open_patch {
                    return (!version.pre.is_empty() || !own.pre.is_empty())
                        && order_pre(&version.pre, &own.pre) != Ordering::Equal;
                }
                order != Ordering::Equal
            }
            Op::Greater => {
                if !self.open {
                    return order == Ordering::Greater;
                }
                match version.major.cmp(&own.major) {
                    Ordering::Greater => true,
                    Ordering::Less => false,
                    Ordering::Equal if self.open_minor => false,
                    Ordering::Equal if self.open_patch => version.minor > own.minor,
                    Ordering::Equal => order == Ordering::Greater,
                }
            }
            Op::Less => order == Ordering::Less,
            Op::GreaterOrEqual => order != Ordering::Less,
            Op::LessOrEqual => {
                if !self.open {
                    return order != Ordering::Greater;
                }
                version.major < own.major
                    || (version.major == own.major
                        && (version.minor <= own.minor || self.open_minor))
            }
            Op::Equal if !self.open => order == Ordering::Equal,
            Op::Equal | Op::Tilde => self.tilde(version, order),
            Op::Caret => self.caret(version, order),
        }
    }

    fn tilde(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order == Ordering::Less {
            return false;
        }
        let zero = (own.major, own.minor, own.patch) == (0, 0, 0);
        if zero && !self.open_minor && !self.open_patch {
            return true;
        }
        version.major == own.major && (version.minor == own.minor || self.open_minor)
    }

    fn caret(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order == Ordering::Less {
            return false;
        }
        if own.major > 0 || self.open_minor {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.open_patch {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints() {
        let cases = [
            ("1.2", "1.2.9", true),
            ("1.2", "1.3.0", false),
            (">1.2", "1.2.5", false),
            (">1.2", "1.3.0", true),
            (">=1.20-0", "1.25.3-gke.1", true),
            (">=1.20", "1.25.3-gke.1", false),
            ("^0.2", "0.2.9", true),
            ("^0.2", "0.3.0", false),
            ("^0.0.3", "0.0.4", false),
            ("~1.2.3", "1.2.9", true),
            ("1.2 - 1.4", "1.4.9", true),
            ("1.2 - 1.4", "1.5.0", false),
            ("<1 || >=3", "3.1.0", true),
            (">=1, <2", "1.9.9", true),
            (">=1 <2", "2.0.0", false),
            ("*", "9.9.9", true),
            ("!=1.2.3", "1.2.3", false),
            ("!=1.x", "2.0.0", true),
            ("<=1.2", "1.2.9", true),
            ("v1.2.3", "1.2.3", true),
        ];
        for (constraint, version, expected) in cases {
            let allows = Constraint::parse(constraint)
                .and_then(|constraint| Ok(constraint.allows(&Version::parse(version)?)));
            assert_eq!(allows, Ok(expected), "{constraint} {version}");
        }
        for broken in ["", "a", ">", "1.2 -", "1..2"] {
            assert!(Constraint::parse(broken).is_err(), "{broken}");
        }
    }
}
