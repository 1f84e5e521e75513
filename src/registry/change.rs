//! What differs between the lock and the registries, as values for others to show.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Digest, RegistryName, Version, VersionReq};

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

/// A pin that an update would move.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Update {
    /// The registry.
    pub registry: RegistryName,
    /// The pack.
    pub name: Arc<str>,
    /// What is asked for.
    pub requirement: VersionReq,
    /// The version that is locked.
    pub from: Version,
    /// The highest version that matches.
    pub to: Version,
}
