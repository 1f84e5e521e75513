//! What can go wrong with the copies in a project.

use std::io;
use std::path::{Path, PathBuf};

use crate::remote::RemoteError;

/// Why copies cannot be made or looked at.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// The folder holds what is not ours.
    #[error(
        "{} holds something else, without a `vendor.lock`; empty it, or name another folder with `--output`",
        .folder.display()
    )]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
    /// The index cannot be used.
    #[error("{} cannot be used: {why}", .file.display())]
    Index {
        /// The index.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A newer program wrote the index.
    #[error(
        "{} was written by a newer stratiform; use the version that wrote it, or a newer one",
        .file.display()
    )]
    Newer {
        /// The index.
        file: PathBuf,
    },
    /// Something that was there a moment ago is gone.
    #[error("{what} is gone from the cache again; run it once more")]
    Gone {
        /// What is copied.
        what: String,
    },
    /// Something cannot be read.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The system refused.
    #[error("cannot {doing} {}", .path.display())]
    Io {
        /// What was tried: "write".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl VendorError {
    /// An error of the system.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}
