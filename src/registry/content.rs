//! The digest of what counts in a pack.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use crate::model::Digest;

/// Raised when the same content gets another digest.
const FORMAT: &[u8] = b"stratiform pack content 1\n";

/// The files that count, collected in any order.
#[derive(Debug, Default)]
pub(super) struct Content(BTreeMap<String, Digest>);

impl Content {
    /// Notes a file. `./a` and `a` are the same one.
    pub(super) fn add(&mut self, path: &str, bytes: &[u8]) {
        let parts: Vec<_> = Path::new(path)
            .components()
            .filter(|part| *part != Component::CurDir)
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        self.0.insert(parts.join("/"), Digest::of(bytes));
    }

    /// The digest of all of them.
    pub(super) fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(FORMAT);
        for (path, digest) in &self.0 {
            hasher.update(&(path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update(digest.as_bytes());
        }
        Digest::from_bytes(hasher.finalize().into())
    }
}
