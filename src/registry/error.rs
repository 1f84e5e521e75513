//! What can go wrong with files, apart from what users wrote in them.

use std::io;
use std::path::PathBuf;

use crate::archive::ArchiveError;

/// Why a file of a pack, or the lock file, cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A path of a pack does not name anything.
    #[error("the path is empty")]
    EmptyPath,
    /// A path of a pack is absolute.
    #[error("the path is absolute; paths of a pack are relative to its folder")]
    Absolute,
    /// A path of a pack goes up.
    #[error("the path leaves the pack's folder; `..` cannot stand in it")]
    Upwards,
    /// A path of a pack leads out through a symbolic link.
    #[error("the path leaves the pack's folder through a symbolic link")]
    Link,
    /// Nothing is there.
    #[error("the file is not there")]
    Missing,
    /// It is a folder or something stranger.
    #[error("it is not a regular file")]
    NotAFile,
    /// It is larger than what is read.
    #[error("it is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A folder of a chart has more files, or deeper ones, than what is read.
    #[error("it holds more than {0} files, or folders that are nested too deeply")]
    TooMany(usize),
    /// A text is not UTF-8.
    #[error("it is not a text in UTF-8")]
    NotText,
    /// The system refused.
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    /// A file of a chart leads out of the chart's folder through a symbolic link.
    #[error("it leaves the chart's folder through a symbolic link")]
    ChartLink,
    /// A file in a chart's folder cannot be had.
    #[error("`{path}`")]
    InChart {
        /// The file inside the chart.
        path: String,
        /// Why.
        #[source]
        source: Box<RegistryError>,
    },
    /// A rule of a chart's `.helmignore` cannot be read.
    #[error("`.helmignore`: `{rule}`: {why}")]
    Ignore {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        why: String,
    },
    /// The archive of a chart cannot be unpacked.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The lock file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl RegistryError {
    /// The error with the file of the chart that it is about, unless it says so already.
    pub(super) fn in_chart(self, path: &str) -> Self {
        if let Self::InChart { .. } = self {
            return self;
        }
        Self::InChart {
            path: path.to_owned(),
            source: Box::new(self),
        }
    }

    /// The message with its causes, on one line.
    pub(super) fn with_causes(&self) -> String {
        crate::diag::causes(self).join(": ")
    }
}

impl From<io::Error> for RegistryError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            _ => Self::Read(error),
        }
    }
}
