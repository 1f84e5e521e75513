//! Versions of packs and charts, which are mostly semantic versions, but not all (`22.04`, `v1.12.0`, `2.0.1-up.1`).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A text that is no version or no requirement on versions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version: {why}")]
pub struct InvalidVersion {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// A version as its author wrote it, compared by its meaning. Cheap to clone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(Arc<str>);

impl Version {
    /// Takes a text as a version.
    ///
    /// # Errors
    /// When the text is empty or has white space in it.
    pub fn new(text: &str) -> Result<Self, InvalidVersion> {
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(InvalidVersion {
                text: text.to_owned(),
                why: "it is empty or has white space in it",
            });
        }
        Ok(Self(text.into()))
    }

    /// The version as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The numbers before any suffix: `v1.12.0-rc1` gives 1, 12, 0.
    pub fn numbers(&self) -> Vec<u64> {
        let text = self.0.strip_prefix('v').unwrap_or(&self.0);
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        text[..end]
            .split('.')
            .map_while(|part| part.parse().ok())
            .collect()
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
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
        self.numbers()
            .cmp(&other.numbers())
            .then_with(|| self.0.cmp(&other.0))
    }
}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
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

/// Which versions will do: an exact one, a train (`1.x`, `1.1.x`) or a semver range (`^1.49`, `>=1.2 <2`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionReq(Arc<str>);

impl VersionReq {
    /// Takes a text as a requirement.
    ///
    /// # Errors
    /// When the text is neither a version nor a train nor a range.
    pub fn new(text: &str) -> Result<Self, InvalidVersion> {
        Version::new(text).map(|version| Self(version.0))
    }

    /// Whether a version will do.
    pub fn matches(&self, version: &Version) -> bool {
        version.as_str() == &*self.0
    }

    /// The requirement as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VersionReq {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}
