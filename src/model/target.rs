//! Where a cluster's objects go.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where a cluster's objects go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetSpec {
    /// Files in a folder.
    #[serde(rename_all = "camelCase")]
    Directory {
        /// The folder, relative to the project's root, without `..`.
        path: PathBuf,
        /// What to do with Secrets.
        secrets: SecretPolicy,
    },
}

/// What a directory target does with Secrets.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SecretPolicy {
    /// A Secret is an error.
    #[default]
    Refuse,
    /// They are written in clear text.
    Write,
    /// They are left out.
    Omit,
}

impl fmt::Display for TargetSpec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, .. } => write!(out, "directory {}", path.display()),
        }
    }
}

/// What a file system says of a file without reading it, as git's index keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// Length in bytes.
    pub size: u64,
    /// Time of the last write, in nanoseconds since 1970.
    pub mtime: i64,
    /// Time of the last change of its metadata, in nanoseconds since 1970.
    pub ctime: i64,
    /// Number of the inode.
    pub inode: u64,
}
