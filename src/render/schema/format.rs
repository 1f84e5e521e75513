//! Formats of values: `${number:[5000-5005]}`, `${ipv4} - ${ipv4}`, `${string:/^a.*$/}`.

use std::net::Ipv4Addr;

use regex::Regex;

use crate::yaml::{NodeKind, Value};

/// A format, ready to check texts with.
#[derive(Clone, Debug)]
pub struct Format {
    pieces: Vec<Piece>,
    /// Matches the whole text, with one group for each placeholder; nothing when one placeholder is all there is.
    pattern: Option<Regex>,
    /// What cannot be checked: unknown types, patterns that are none.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug)]
enum Piece {
    Literal(String),
    Placeholder(Placeholder),
}

#[derive(Clone, Debug)]
enum Placeholder {
    Text(Option<Regex>),
    Number(Option<Regex>, Option<(f64, f64)>),
    Boolean,
    Password,
    Ipv4,
    Version,
    Choice(Vec<String>),
    /// A type that nobody knows: anything will do.
    Unknown,
}

impl Format {
    /// Reads a format.
    pub fn parse(text: &str) -> Self {
        let mut warnings = Vec::new();
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let inside = &rest[start + 2..];
            let Some(end) = end_of_placeholder(inside) else {
                warnings.push(format!("a `${{` in `{text}` is never closed"));
                break;
            };
            if start > 0 {
                pieces.push(Piece::Literal(rest[..start].to_owned()));
            }
            let placeholder = Placeholder::parse(&inside[..end], &mut warnings);
            pieces.push(Piece::Placeholder(placeholder));
            rest = &inside[end + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        let pattern = match pieces.as_slice() {
            [Piece::Placeholder(_)] => None,
            pieces => {
                let groups: String = pieces.iter().map(Piece::pattern).collect();
                Regex::new(&format!("^{groups}$")).ok()
            }
        };
        Self {
            pieces,
            pattern,
            warnings,
        }
    }

    /// Whether the value is a password.
    pub fn is_password(&self) -> bool {
        let is_password =
            |piece: &Piece| matches!(piece, Piece::Placeholder(Placeholder::Password));
        self.pieces.iter().any(is_password)
    }

    /// Checks a scalar.
    ///
    /// # Errors
    /// What it must be.
    pub fn check(&self, kind: &NodeKind, text: &str) -> Result<(), String> {
        if let [Piece::Placeholder(one)] = self.pieces.as_slice() {
            return one.check(Some(kind), text);
        }
        let Some(pattern) = &self.pattern else {
            return Ok(());
        };
        let Some(found) = pattern.captures(text) else {
            return Err(format!("must look like `{}`", self.shape()));
        };
        let placeholders = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Placeholder(placeholder) => Some(placeholder),
        });
        for (placeholder, part) in placeholders.zip(found.iter().skip(1).flatten()) {
            placeholder
                .check(None, part.as_str())
                .map_err(|why| format!("must look like `{}`: a part of it {why}", self.shape()))?;
        }
        Ok(())
    }

    fn shape(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Placeholder(placeholder) => format!("<{}>", placeholder.name()),
            })
            .collect()
    }
}

/// The place of the closing brace; braces of a regular expression between slashes are not it.
fn end_of_placeholder(inside: &str) -> Option<usize> {
    let brace = inside.find('}')?;
    match inside.find(":/") {
        Some(at) if at < brace => inside[at + 2..].find("/}").map(|end| at + 2 + end + 1),
        _ => Some(brace),
    }
}

impl Piece {
    fn pattern(&self) -> String {
        match self {
            Self::Literal(text) => regex::escape(text),
            Self::Placeholder(placeholder) => match placeholder {
                Placeholder::Number(..) => "([-+0-9.eE]+?)".to_owned(),
                Placeholder::Boolean => "(true|false)".to_owned(),
                Placeholder::Ipv4 => "([0-9.]+)".to_owned(),
                Placeholder::Version => "([0-9A-Za-z.+-]+)".to_owned(),
                Placeholder::Choice(all) => {
                    let all: Vec<String> = all.iter().map(|one| regex::escape(one)).collect();
                    format!("({})", all.join("|"))
                }
                Placeholder::Text(_) | Placeholder::Password | Placeholder::Unknown => {
                    "((?s:.+?))".to_owned()
                }
            },
        }
    }
}

impl Placeholder {
    fn parse(text: &str, warnings: &mut Vec<String>) -> Self {
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) => (name.trim(), Some(argument.trim())),
            None => (text.trim(), None),
        };
        let pattern = argument
            .and_then(|argument| argument.strip_prefix('/')?.strip_suffix('/'))
            .and_then(|pattern| {
                let found = Regex::new(&pattern.replace("\\/", "/"));
                if found.is_err() {
                    warnings.push(format!("the pattern `{pattern}` cannot be checked"));
                }
                found.ok()
            });
        let list = argument.and_then(|argument| argument.strip_prefix('[')?.strip_suffix(']'));
        match name {
            "string" => Self::Text(pattern),
            "number" => {
                let range = list.and_then(range);
                if list.is_some() && range.is_none() {
                    warnings.push(format!("`{text}` has no range such as `[1-10]`"));
                }
                Self::Number(pattern, range)
            }
            "boolean" => Self::Boolean,
            "password" => Self::Password,
            "ipv4" => Self::Ipv4,
            "version" => Self::Version,
            "list" => {
                let choices = list.unwrap_or_default().split(',');
                Self::Choice(choices.map(|choice| choice.trim().to_owned()).collect())
            }
            _ => {
                warnings.push(format!("the format `{name}` is not known"));
                Self::Unknown
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Number(..) => "number",
            Self::Boolean => "boolean",
            Self::Password => "password",
            Self::Ipv4 => "ipv4",
            Self::Version => "version",
            Self::Choice(_) => "choice",
            Self::Unknown => "anything",
        }
    }

    /// `kind` is there when the placeholder is the whole value.
    fn check(&self, kind: Option<&NodeKind>, text: &str) -> Result<(), String> {
        match self {
            Self::Text(pattern) => matches(pattern.as_ref(), text),
            Self::Number(pattern, range) => {
                let is_bool = matches!(kind, Some(NodeKind::Bool(_)));
                let number = number(text)
                    .filter(|_| !is_bool)
                    .ok_or("must be a number")?;
                if let Some((low, high)) = range
                    && !(*low..=*high).contains(&number)
                {
                    return Err(format!("must be a number from {low} to {high}"));
                }
                matches(pattern.as_ref(), text)
            }
            Self::Boolean if matches!(text, "true" | "false") => Ok(()),
            Self::Boolean => Err("must be `true` or `false`".to_owned()),
            Self::Ipv4 => match text.parse::<Ipv4Addr>() {
                Ok(_) => Ok(()),
                Err(_) => Err("must be an IPv4 address".to_owned()),
            },
            Self::Version => match semver::Version::parse(text.strip_prefix('v').unwrap_or(text)) {
                Ok(_) => Ok(()),
                Err(_) => Err("must be a semantic version such as `1.2.3`".to_owned()),
            },
            Self::Choice(all) if all.iter().any(|one| one == text) => Ok(()),
            Self::Choice(all) => Err(format!("must be one of `{}`", all.join("`, `"))),
            Self::Password | Self::Unknown => Ok(()),
        }
    }
}

fn matches(pattern: Option<&Regex>, text: &str) -> Result<(), String> {
    match pattern {
        Some(pattern) if !pattern.is_match(text) => {
            Err(format!("must match `{}`", pattern.as_str()))
        }
        _ => Ok(()),
    }
}

/// Decimal digits with a sign, a point and an exponent; `inf` and `nan`, which Rust knows as well, are none.
fn number(text: &str) -> Option<f64> {
    let fits = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    text.bytes().all(fits).then(|| text.parse().ok()).flatten()
}

fn range(text: &str) -> Option<(f64, f64)> {
    // The first character may be a sign.
    let dash = 1 + text.get(1..)?.find('-')?;
    let low = text[..dash].trim().parse().ok()?;
    let high = text[dash + 1..].trim().parse().ok()?;
    Some((low, high))
}

/// A scalar as text; nothing for lists and mappings.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::List(_) | Value::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::ScalarStyle;

    fn check(format: &str, text: &str) -> Result<(), String> {
        let kind = NodeKind::String(text.to_owned(), ScalarStyle::Quoted);
        let format = Format::parse(format);
        assert_eq!(format.warnings, Vec::<String>::new());
        format.check(&kind, text)
    }

    #[test]
    fn accepts_and_refuses() {
        for (format, good, bad) in [
            ("${string}", "anything", None),
            ("${string:/^[a-z]{2,3}$/}", "abc", Some("abcd")),
            ("${string:/^a\\/b$/}", "a/b", Some("a-b")),
            ("${number}", "1.5", Some("one")),
            ("${number}", "-3", Some("inf")),
            ("${number}", "1e3", Some("0x10")),
            ("${number:[5000-5005]}", "5005", Some("5006")),
            ("${number:[-5--1]}", "-2", Some("0")),
            ("${number:/^1.*$/}", "12", Some("21")),
            ("${boolean}", "true", Some("yes")),
            ("${password}", "x", None),
            ("${ipv4}", "10.0.0.1", Some("10.0.0.256")),
            ("${version}", "1.2.3", Some("1.2")),
            ("${list:[A, B]}", "B", Some("C")),
            ("${ipv4} - ${ipv4}", "10.0.0.1 - 10.0.0.9", Some("10.0.0.1")),
            (
                "${ipv4} - ${ipv4}",
                "1.1.1.1 - 1.1.1.2",
                Some("1.1.1.1 - 1.1.1.400"),
            ),
            ("p-${number:[1-5]}-${list:[a,b]}", "p-3-b", Some("p-7-b")),
            ("literal (x)", "literal (x)", Some("literal x")),
        ] {
            assert_eq!(check(format, good), Ok(()), "{format} {good}");
            if let Some(bad) = bad {
                assert!(check(format, bad).is_err(), "{format} {bad}");
            }
        }
    }

    #[test]
    fn what_cannot_be_checked_is_a_warning() {
        for format in [
            "${ipv6}",
            "${string:/(?=x)/}",
            "${number:[a-b]}",
            "${string",
        ] {
            assert_eq!(Format::parse(format).warnings.len(), 1, "{format}");
        }
    }
}
