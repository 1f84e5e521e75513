//! What differs between the lock and the registries, as values for others to show.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Digest, RegistryName, Version};

use super::{LockKey, Locked};

/// A locked pack whose content is not what it was when it was locked. In a folder that is allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentChange {
    /// The registry.
    pub registry: RegistryName,
    /// The pack.
    pub name: Arc<str>,
    /// Its version.
    pub version: Version,
    /// The folder, as messages call it.
    pub folder: PathBuf,
    /// The digest in the lock.
    pub locked: Digest,
    /// The digest of what is there now.
    pub found: Digest,
}

impl fmt::Display for ContentChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, version, folder) = (&self.name, &self.version, self.folder.display());
        write!(
            out,
            "pack `{name}` {version} in {folder} has changed since it was locked"
        )
    }
}

/// An entry of the lock that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockChange {
    /// What was asked for.
    pub key: LockKey,
    /// What it is locked to; nothing for a new entry.
    pub before: Option<Locked>,
    /// What it would be locked to; nothing for an entry that nobody asks for any more.
    pub after: Option<Locked>,
}

impl LockChange {
    pub(super) fn of(key: &LockKey, before: Option<&Locked>, after: Option<&Locked>) -> Self {
        Self {
            key: key.clone(),
            before: before.cloned(),
            after: after.cloned(),
        }
    }
}

impl fmt::Display for LockChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} would ", self.key)?;
        match (&self.before, &self.after) {
            (Some(before), None) => write!(out, "no longer be locked to {}", before.version),
            (None, Some(after)) => write!(out, "be locked to {}", after.version),
            (Some(before), Some(after)) if before.version.as_str() == after.version.as_str() => {
                write!(out, "still be {}, with other content", after.version)
            }
            (Some(before), Some(after)) => {
                write!(out, "move from {} to {}", before.version, after.version)
            }
            (None, None) => write!(out, "stay as it is"),
        }
    }
}

/// A pin that an update would move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// What is asked for.
    pub key: LockKey,
    /// What is locked.
    pub from: Locked,
    /// The highest version that matches. The same version as before has other content now.
    pub to: Version,
}

impl Update {
    /// Whether the version stays, and only its content is another one.
    pub fn is_replaced(&self) -> bool {
        self.from.version == self.to
    }
}
