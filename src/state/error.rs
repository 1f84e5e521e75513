//! What can go wrong with the state.

use std::path::{Path, PathBuf};

use crate::model::{ClusterName, Digest, LayerName};

use super::RevisionId;

/// What can go wrong with the state. Whatever it is: what was recorded before is safe, and a batch that failed is not
/// there at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Somebody else holds the lock.
    #[error("the state {} is locked by {holder}", path.display())]
    Locked {
        /// The state file.
        path: PathBuf,
        /// Who holds it, since when, and for what.
        holder: String,
    },
    /// The state has moved since the plan was made.
    #[error(
        "the state has moved on since the plan was made: it is at serial {actual}, the plan is for {expected}"
    )]
    Stale {
        /// The serial that the plan is for.
        expected: u64,
        /// The serial that the state is at.
        actual: u64,
    },
    /// The file is something else, or what is left of one.
    #[error("{} is not a state that can be read: {why}; it was left as it is", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// A newer version of the program wrote it.
    #[error(
        "the state {} has format {found}, this program knows up to {known}: use a newer stratiform; the file was left as it is",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// What stands in the state contradicts itself.
    #[error("the state {} is damaged: {what}; restore a backup, and look closer with `stratiform state verify`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The disk is full.
    #[error(
        "no space is left on the disk for the state {}: make room and run it again; what was recorded before is safe, this batch was not recorded",
        path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder may not be written.
    #[error("the state {} may not be written: check the rights of the file and its folder; nothing was changed", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another program is writing without our lock.
    #[error(
        "another program keeps the state {} busy: close it and run it again; nothing was changed",
        path.display()
    )]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// SQLite refused for another reason.
    #[error("cannot {action} the state {}", path.display())]
    Sqlite {
        /// "read", "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// "read", "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A text is not in the state.
    #[error("the state does not have the text {}", .0.short())]
    NoBlob(Digest),
    /// A text is not what its digest says.
    #[error("the text {} is damaged: it does not match its digest", .0.short())]
    DamagedBlob(Digest),
    /// There is no such cluster.
    #[error("the state knows no cluster `{0}`")]
    NoCluster(ClusterName),
    /// There is no such layer.
    #[error("the state knows no layer `{layer}` on cluster `{cluster}`")]
    NoLayer {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
    },
    /// There is no such object.
    #[error("the state knows no object `{0}`")]
    NoObject(String),
    /// The new name is taken.
    #[error("`{0}` is in the state already")]
    Taken(String),
    /// A text is no address of anything in a state.
    #[error("`{text}` is no address: {why}")]
    InvalidAddress {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A move that makes no sense.
    #[error("cannot move `{from}` to `{to}`: {why}")]
    Immovable {
        /// What was to be moved.
        from: String,
        /// Where to.
        to: String,
        /// Why it cannot be.
        why: &'static str,
    },
    /// An interrupted apply left something there that must be looked at first.
    #[error("an interrupted apply left `{0}` unfinished: run `stratiform apply` first")]
    InFlight(String),
    /// A record for a revision that was not begun here, or is finished.
    #[error("revision {0} is not the one that is being recorded")]
    NotBegun(RevisionId),
    /// The key is not there.
    #[error(
        "the state {} is there, but its key is not: set STRATIFORM_KEY, or put the file {} back from where the state was made (a colleague, another machine, the secret store of your CI)",
        state.display(), key.display()
    )]
    NoKey {
        /// The state file.
        state: PathBuf,
        /// Where the key is looked for.
        key: PathBuf,
    },
    /// The text is not a key.
    #[error("{origin} holds no key: a key is 64 hexadecimal digits, or 32 bytes in base64")]
    InvalidKey {
        /// Where it came from.
        origin: String,
    },
    /// Others can read the key.
    #[error("the key {} can be read by others: run `chmod 600` on it", path.display())]
    OpenKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is not the state's.
    #[error(
        "the key is not the one that the state {} was made with: set STRATIFORM_KEY to that one, or put its key file back",
        path.display()
    )]
    WrongKey {
        /// The state file.
        path: PathBuf,
    },
    /// The state belongs to another project.
    #[error("the state {} belongs to the project `{owner}`, not to `{project}`", path.display())]
    OtherProject {
        /// The state file.
        path: PathBuf,
        /// Whose it is.
        owner: String,
        /// Who asked.
        project: String,
    },
    /// A backup is never written over something.
    #[error("{} is there already, and a backup overwrites nothing: choose another name", path.display())]
    BackupExists {
        /// The file.
        path: PathBuf,
    },
}

impl StateError {
    /// What SQLite's error means for the people who see it.
    pub(super) fn sqlite(action: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;

        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::NotADatabase) => Self::Unreadable {
                path,
                why: "it is no SQLite file",
            },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                what: "SQLite cannot follow it, perhaps it was cut short".to_owned(),
            },
            _ => Self::Sqlite {
                action,
                path,
                source,
            },
        }
    }

    /// What the file system's error means for the people who see it.
    pub(super) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::Full { path }
            }
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }
}
