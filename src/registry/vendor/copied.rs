//! One thing that is copied.

use std::sync::Arc;

use crate::model::{Digest, RegistryName, Sha256, Version};
use crate::registry::{LockKey, Locked};
use crate::remote::ItemKind;

/// A pack or chart from afar, and the file that it is copied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// What it is.
    pub kind: ItemKind,
    /// The registry that it is from.
    pub registry: RegistryName,
    /// Its name.
    pub name: Arc<str>,
    /// Its version, as the registry writes it.
    pub version: Version,
    /// The digest of its content, as in the lock file.
    pub digest: Digest,
    /// The digest of its archive.
    pub archive: Sha256,
    /// The file, relative to the folder, with slashes.
    pub file: String,
}

impl Copied {
    /// What the lock has of it; nothing for what is in a folder already. The file is the one that people look for, and need
    /// not be free.
    pub(super) fn of(key: &LockKey, locked: &Locked) -> Option<Self> {
        let fetched = locked.fetched.as_ref()?;
        let (folder, end) = match (key.kind, &fetched.commit) {
            (ItemKind::Chart, _) => ("charts", "tgz"),
            (ItemKind::Pack, None) => ("packs", "tar.gz"),
            // What comes from git is kept as a plain archive.
            (ItemKind::Pack, Some(_)) => ("packs", "tar"),
        };
        let stem = plain(&format!("{}-{}", key.name, locked.version));
        Some(Self {
            kind: key.kind,
            registry: key.registry.clone(),
            name: Arc::clone(&key.name),
            version: locked.version.clone(),
            digest: locked.digest,
            archive: fetched.archive,
            file: format!("{folder}/{}/{stem}.{end}", key.registry),
        })
    }
}

/// A name that every file system takes: what could mean something else is an underscore.
fn plain(name: &str) -> String {
    let keep = |letter: char| letter.is_ascii_alphanumeric() || "-_.+".contains(letter);
    let name = name.trim_start_matches('.').chars();
    name.map(|letter| if keep(letter) { letter } else { '_' })
        .collect()
}
