//! What can go wrong in the cache.

use std::io;
use std::path::{Path, PathBuf};

use crate::model::Sha256;

/// Why the cache could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// The system refused.
    #[error("cannot {doing} `{path}` in the cache: {why}; `STRATIFORM_CACHE` names another folder")]
    Io {
        /// What was tried: "write".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// What came is not what was expected. It is not kept.
    #[error("what came has the digest {found}, and {expected} was expected; it is not kept")]
    Mismatch {
        /// The digest that was expected.
        expected: Sha256,
        /// The digest that it has.
        found: Sha256,
    },
    /// An entry is larger than what is read.
    #[error("{digest} is larger than {limit} bytes")]
    TooLarge {
        /// The entry.
        digest: Sha256,
        /// The limit in bytes.
        limit: u64,
    },
    /// Nothing says where the cache should be.
    #[error(
        "there is no folder for the cache, since `HOME` is not set; name one with `STRATIFORM_CACHE`"
    )]
    NoFolder,
}

impl CacheError {
    /// An error of the system.
    pub(in crate::remote) fn io(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::Io {
            doing,
            path: path.to_owned(),
            why: error.to_string(),
        }
    }
}
