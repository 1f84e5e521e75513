//! Fields that are left to others.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ObjectKey;

/// Fields of some objects that neither apply nor drift looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoreFields {
    /// The kind of the objects; any when missing.
    pub kind: Option<Arc<str>>,
    /// The name of the objects; any when missing.
    pub name: Option<Arc<str>>,
    /// The fields.
    pub paths: Vec<FieldPath>,
}

impl IgnoreFields {
    /// Whether it speaks of this object.
    pub fn applies_to(&self, key: &ObjectKey) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == key.kind)
            && self.name.as_ref().is_none_or(|name| *name == key.name)
    }
}

/// One step of a path into an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PathStep {
    /// The value under a key.
    Key(Arc<str>),
    /// The element at an index, from 0.
    Index(usize),
    /// The element whose `name` is this.
    Named(Arc<str>),
    /// Every value of a mapping or list: `*`.
    Any,
}

/// A path into an object: `spec.replicas`, `spec.containers[0].image`, `metadata.annotations["a.b/c"]`, `spec.ports[*]`,
/// `spec.containers[name=web].image`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPath(pub Vec<PathStep>);

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a field path: {why}")]
pub struct InvalidFieldPath {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl FromStr for FieldPath {
    type Err = InvalidFieldPath;

    fn from_str(text: &str) -> Result<Self, InvalidFieldPath> {
        let fail = |why| InvalidFieldPath {
            text: text.to_owned(),
            why,
        };
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix("[\"") {
                let end = inside
                    .find("\"]")
                    .ok_or_else(|| fail("a `[\"` is never closed"))?;
                steps.push(PathStep::Key(inside[..end].into()));
                rest = &inside[end + 2..];
            } else if let Some(inside) = rest.strip_prefix('[') {
                let end = inside
                    .find(']')
                    .ok_or_else(|| fail("a `[` is never closed"))?;
                steps.push(match &inside[..end] {
                    "*" => PathStep::Any,
                    named if named.starts_with("name=") => {
                        PathStep::Named(named["name=".len()..].into())
                    }
                    number => PathStep::Index(
                        number
                            .parse()
                            .map_err(|_| fail("an index is a number, `*` or `name=...`"))?,
                    ),
                });
                rest = &inside[end + 1..];
            } else {
                let word = if steps.is_empty() {
                    rest
                } else {
                    rest.strip_prefix('.')
                        .ok_or_else(|| fail("a `.` or `[` is missing between two steps"))?
                };
                let end = word.find(['.', '[']).unwrap_or(word.len());
                if end == 0 {
                    return Err(fail("a step is empty"));
                }
                steps.push(if &word[..end] == "*" {
                    PathStep::Any
                } else {
                    PathStep::Key(word[..end].into())
                });
                rest = &word[end..];
            }
        }
        if steps.is_empty() {
            return Err(fail("it is empty"));
        }
        Ok(Self(steps))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Key(key) if key.contains(['.', '[', '"']) || key.is_empty() => {
                    write!(out, "[\"{key}\"]")?
                }
                PathStep::Key(key) if at == 0 => out.write_str(key)?,
                PathStep::Key(key) => write!(out, ".{key}")?,
                PathStep::Index(index) => write!(out, "[{index}]")?,
                PathStep::Named(name) => write!(out, "[name={name}]")?,
                PathStep::Any => out.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for FieldPath {
    type Error = InvalidFieldPath;

    fn try_from(text: String) -> Result<Self, InvalidFieldPath> {
        text.parse()
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.to_string()
    }
}
