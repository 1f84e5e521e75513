//! What every target does.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{Digest, LayerName, ObjectKey, Seen};
use crate::yaml::Value;

/// A place for the objects of one cluster.
#[async_trait]
pub trait Target: Send + Sync {
    /// Whether an object is written here at all; `false` when the target's settings leave it out.
    ///
    /// # Errors
    /// When the target's settings refuse it.
    fn accepts(&self, key: &ObjectKey) -> Result<bool, TargetError>;

    /// Looks at objects and at the index.
    ///
    /// # Errors
    /// When the target as a whole cannot be looked at.
    async fn observe(&self, ask: Ask) -> Result<Observation, TargetError>;

    /// Carries out operations in their order, and stops behind the first that fails: the answer is then shorter than
    /// the question, with the error last. For a put the answer says how to recognise the object without reading it.
    async fn apply(&self, operations: Vec<Operation>) -> Vec<Result<Option<Seen>, TargetError>>;

    /// Keeps the order of all objects of the cluster; an empty order removes the index. Without an index, as on an API
    /// server, nothing happens.
    ///
    /// # Errors
    /// When the index cannot be written.
    async fn seal(&self, order: Vec<IndexEntry>) -> Result<Option<Seen>, TargetError>;
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The objects.
    pub known: Vec<Known>,
    /// How we would recognise the index; nothing when we never finished one.
    pub index: Option<Seen>,
    /// How closely to look.
    pub extent: Extent,
}

/// An object that may be on the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The layer that holds it.
    pub layer: LayerName,
    /// What it is.
    pub key: ObjectKey,
    /// Whether it is a Helm hook, which is kept apart.
    pub hook: bool,
    /// Keyed hash of the bytes that we wrote; nothing when we do not know.
    pub content: Option<Digest>,
    /// How we would recognise it without reading it.
    pub seen: Option<Seen>,
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Objects that look as we left them are taken as unchanged without reading them.
    Quick,
    /// Every object is read, and what is not known is listed.
    Full,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// One for each object asked for, in the same order.
    pub objects: Vec<Observed>,
    /// What is there and was not asked for; only with [`Extent::Full`].
    pub unmanaged: Vec<Unmanaged>,
    /// Whether the index is as we left it. Targets without an index always say so.
    pub index_intact: bool,
}

/// What was seen of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// It is as we wrote it.
    Same {
        /// How to recognise it from now on.
        seen: Option<Seen>,
    },
    /// It is not there.
    Absent,
    /// It is there and is not what we wrote.
    Different {
        /// The object, or why it cannot be read as one.
        object: Result<Value, String>,
        /// Keyed hash of its bytes.
        content: Digest,
        /// How to recognise it from now on.
        seen: Option<Seen>,
    },
}

/// Something on the target that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmanaged {
    /// What it is, for people: a path inside the target's folder.
    pub path: String,
}

/// One change of the target.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// An object is written.
    Put {
        /// The layer that holds it.
        layer: LayerName,
        /// What it is.
        key: ObjectKey,
        /// Whether it is a Helm hook.
        hook: bool,
        /// The object as YAML.
        text: Arc<str>,
        /// What must be there before.
        expected: Expected,
    },
    /// An object is deleted.
    Delete {
        /// The layer that holds it.
        layer: LayerName,
        /// What it is.
        key: ObjectKey,
        /// Whether it is a Helm hook.
        hook: bool,
        /// What must be there before.
        expected: Expected,
    },
}

/// What must be on the target before an operation, so that nothing is overwritten that nobody has looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// These bytes, as a keyed hash; nothing will do as well when deleting.
    Content(Digest),
}

/// A line of a cluster's index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// The layer that holds the object.
    pub layer: LayerName,
    /// The object.
    pub key: ObjectKey,
    /// Whether it is a Helm hook.
    pub hook: bool,
}

/// What can go wrong with a target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The target's settings refuse an object.
    #[error(
        "{key} holds secrets in clear text, and the target refuses them; set `secrets: write` or `secrets: omit` on the target"
    )]
    Refused {
        /// The object.
        key: ObjectKey,
    },
    /// Something on the target is not what was seen when the plan was made.
    #[error("{key} has changed on the target since the plan was made; plan again")]
    Moved {
        /// The object.
        key: ObjectKey,
    },
    /// A path would leave the target's folder.
    #[error(
        "`{}` is a symbolic link, and nothing is followed out of a target's folder; put a real folder in its place",
        path.display()
    )]
    Outside {
        /// The path.
        path: PathBuf,
    },
    /// A target's path does not stay below the project's root.
    #[error(
        "`{}` cannot be a target's folder: its path must be relative, without `..`",
        path.display()
    )]
    Unrooted {
        /// The path.
        path: PathBuf,
    },
    /// Something else stands where a file or folder of ours belongs.
    #[error("`{}` is {found} where {wanted} belongs; move it away", path.display())]
    Occupied {
        /// The path.
        path: PathBuf,
        /// "a symbolic link", "a folder".
        found: &'static str,
        /// "a file", "a folder".
        wanted: &'static str,
    },
    /// The file system refused.
    #[error("cannot {action} `{}`{}", path.display(), remedy(source))]
    Io {
        /// "write", "read", "delete".
        action: &'static str,
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What to do about a file system that refuses; empty when we know no better than the source's own text.
fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room and run it again",
        io::ErrorKind::ReadOnlyFilesystem => {
            "; mount it for writing, or give the target another path"
        }
        io::ErrorKind::PermissionDenied => "; give this user access to it",
        io::ErrorKind::NotADirectory => "; move away the file that stands in its path",
        _ => "",
    }
}
