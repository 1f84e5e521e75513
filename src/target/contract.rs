//! What every target does.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{
    Capabilities, Digest, HookDeletion, HookOutput, LayerName, Lookup, ObjectKey, Seen,
};
use crate::yaml::{Map, Value};

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

    /// Carries out operations in their order. What is independent may be done at the same time; behind a failure nothing
    /// more is begun. The answer has one entry for each operation, in the same order: [`Outcome::Untouched`] for what was
    /// not begun.
    async fn apply(&self, operations: Vec<Operation>) -> Vec<Outcome>;

    /// Asks what operations would come to, without touching anything: one answer for each, in the same order. Targets that
    /// cannot be asked know nothing.
    ///
    /// # Errors
    /// When the target as a whole cannot be asked.
    async fn rehearse(&self, operations: Vec<Operation>) -> Result<Vec<Rehearsal>, TargetError> {
        Ok(operations.iter().map(|_| Rehearsal::Unknown).collect())
    }

    /// What the target's API server can do, as it says itself; nothing when there is no server.
    ///
    /// # Errors
    /// When it cannot be asked.
    async fn capabilities(&self) -> Result<Option<Capabilities>, TargetError> {
        Ok(None)
    }

    /// What a template looks up, as Helm's function `lookup` gives it: an object, or a list with `items`; an empty mapping
    /// when there is none. What the layer itself has made does not count as being there, unless it was adopted; `own` is the
    /// layer's name, with those that it had before. Without a server nothing is ever found.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    async fn look_up(&self, lookup: &Lookup, own: &[LayerName]) -> Result<Value, TargetError> {
        let _ = (lookup, own);
        Ok(Map::default().into())
    }

    /// Everything that bears the cluster's marks, whether anybody knows of it or not; nothing where there are no marks.
    ///
    /// # Errors
    /// When it cannot be asked.
    async fn marked(&self) -> Result<Option<Survey>, TargetError> {
        Ok(None)
    }

    /// Returns when the objects are ready, by the rules of [`crate::target::readiness`]; at once where nothing ever runs.
    ///
    /// # Errors
    /// When one has failed, or is not ready in time: what is awaited, why, and what the server tells of it.
    async fn ready(&self, awaited: Vec<ObjectKey>, patience: Patience) -> Result<(), TargetError> {
        let _ = (awaited, patience);
        Ok(())
    }

    /// Runs one Helm hook as Helm does: deletes what an earlier run left if the hook says so, makes it, and waits until it has
    /// run (Jobs and Pods). What it printed is told if it says so. One that fails is deleted if it says so. Targets that keep hooks as files never get here.
    ///
    /// # Errors
    /// When it cannot be made, fails, or is not done in time.
    async fn run_hook(&self, hook: Hook, patience: Patience) -> Result<(), TargetError> {
        let _ = (hook, patience);
        Ok(())
    }

    /// Deletes a hook that has run, if it says so. Helm does this when all hooks of an event have run, since later ones
    /// may need what the earlier ones made.
    ///
    /// # Errors
    /// When it cannot be deleted, or does not go.
    async fn clear_hook(&self, hook: Hook) -> Result<(), TargetError> {
        let _ = hook;
        Ok(())
    }

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
    /// It is there as a server holds it: with fields of others beside those that we wrote. Whether ours are as we wrote
    /// them is for the callers to say.
    Live {
        /// The whole object, with `metadata.managedFields`.
        object: Arc<Value>,
        /// Keyed hash of what makes it this very object: its uid. It changes when the object is deleted and made anew, and
        /// at no update.
        content: Digest,
        /// Whose it is.
        owner: Owner,
    },
}

/// Whose an object on a server is, by its marks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type", content = "name")]
pub enum Owner {
    /// This project's, for this cluster and layer.
    Ours,
    /// This project's, but for another cluster: two clusters of the documents are the same server.
    OtherCluster(String),
    /// Another project's, by its uid. Never taken over, `--adopt` or not.
    OtherProject(String),
    /// Without our mark: of these field managers, first the one that owns most; Helm's release where it names one.
    Foreign(String),
}

/// Something on the target that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmanaged {
    /// What it is, for people: a path inside the target's folder.
    pub path: String,
}

/// What bears a cluster's marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The objects, by layer.
    pub marked: Vec<Marked>,
    /// How many kinds we may not see.
    pub hidden: usize,
}

/// An object that bears our marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The cluster's uid in its marks.
    pub cluster: Uuid,
    /// The layer in them.
    pub layer: LayerName,
    /// What it is.
    pub key: ObjectKey,
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
        /// How it is written where something is there already.
        manner: Manner,
        /// Whether it was there before us, which its marks are to say.
        adopted: bool,
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

/// How an object is written where something is there already. Targets without a server write in one way only.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// Fields of others are left to them: where they have other values than ours, that is an error.
    #[default]
    Apply,
    /// Fields of other field managers are taken over.
    TakeOver,
    /// It is deleted first, since some field of it cannot change.
    Replace,
}

/// What became of an operation.
#[derive(Debug)]
pub enum Outcome {
    /// It was done.
    Done(Written),
    /// It failed.
    Failed(TargetError),
    /// It was not begun, since something before it failed.
    Untouched,
}

/// What a target says of an object that was written; of one that was deleted it only says whether it stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// How to recognise it without reading it.
    pub seen: Option<Seen>,
    /// The whole object as the server holds it now, where there is a server.
    pub live: Option<Arc<Value>>,
    /// Why an object that was to be deleted stays, and is no longer ours: a namespace that others live in.
    pub kept: Option<String>,
}

/// What an operation would come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Rehearsal {
    /// The target cannot tell: the object's kind or namespace will be there only then, or there is no server.
    Unknown,
    /// It would be done.
    Fine {
        /// The object as it would be then, without `metadata.managedFields`; nothing for a delete.
        after: Option<Arc<Value>>,
    },
    /// A field cannot change while the object is there.
    Immutable {
        /// The server's words.
        message: String,
    },
    /// Other field managers own fields, with other values than ours.
    Contested {
        /// The fields.
        fields: Vec<Contested>,
        /// The object as it would be if they were taken over.
        after: Option<Arc<Value>>,
    },
    /// The server refuses it: it is not valid, or somebody's policy forbids it.
    Refused {
        /// The server's words.
        message: String,
    },
}

/// A field that another field manager owns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contested {
    /// The field, as the server writes it: `.spec.replicas`.
    pub field: String,
    /// Who owns it.
    pub manager: String,
}

/// A Helm hook that runs now.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// The layer that it belongs to.
    pub layer: LayerName,
    /// What it is.
    pub key: ObjectKey,
    /// The object as YAML, in clear.
    pub text: Arc<str>,
    /// When it goes; by Helm's rule [`HookDeletion::BeforeCreation`] when its annotation says nothing.
    pub deletions: Vec<HookDeletion>,
    /// When what it has printed is told.
    pub outputs: Vec<HookOutput>,
}

/// What a container of a hook has printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookLog {
    /// The pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// What it has printed, or why that cannot be had.
    pub text: Result<String, String>,
}

/// How long to wait for something, and who is told meanwhile.
#[derive(Clone)]
pub struct Patience {
    /// At most so long.
    pub timeout: Duration,
    /// Told whenever what is awaited changes.
    pub told: Arc<dyn Fn(Awaiting) + Send + Sync>,
    /// Told what a hook has printed, when its annotation wants that.
    pub printed: Arc<dyn Fn(HookLog) + Send + Sync>,
}

/// What is awaited at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    /// How many objects are ready.
    pub ready: usize,
    /// How many there are in all.
    pub total: usize,
    /// One that is not ready: the first in order.
    pub object: Option<ObjectKey>,
    /// Why it is not: `2 of 3 replicas are available`.
    pub why: String,
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
    /// The server cannot be reached, or lets nobody in.
    #[error("{server} cannot be reached: {why}")]
    Unreachable {
        /// The server's address, or its kubeconfig and context.
        server: String,
        /// Why, and what to do about it.
        why: String,
    },
    /// What a layer's templates look up on the server is not known.
    #[error("layer {layer} looks up {lookup}, which is not known")]
    Unknown {
        /// The layer.
        layer: LayerName,
        /// What is looked up.
        lookup: Lookup,
        /// Why it is not known.
        source: Box<TargetError>,
    },
    /// Other field managers own fields that we would write, with other values.
    #[error(
        "{key}: {} owned by others; leave them out or to others with `ignoreFields`, or take them over with `--force-conflicts`",
        contested(fields)
    )]
    Contested {
        /// The object.
        key: ObjectKey,
        /// The fields.
        fields: Vec<Contested>,
    },
    /// The object is somebody else's.
    #[error(
        "{key} is there and is not ours: {owner}; take it over with `--adopt`, or give it another name"
    )]
    Foreign {
        /// The object.
        key: ObjectKey,
        /// Whose it is.
        owner: String,
    },
    /// The server said no.
    #[error("the server refuses {key}: {message}")]
    Denied {
        /// The object.
        key: ObjectKey,
        /// The server's words, and what to do about them where we know.
        message: String,
    },
    /// The server said no, after an earlier try of which nobody knows whether it did something.
    #[error("{refusal}; whether an earlier try was carried out is not known")]
    Unsure {
        /// The last word.
        refusal: Box<TargetError>,
    },
    /// Something that is deleted does not go.
    #[error("{key} does not go: {why}")]
    Stays {
        /// The object.
        key: ObjectKey,
        /// What keeps it, and what to do about it.
        why: String,
    },
    /// Something did not become ready.
    #[error("{key} is not ready: {why}{}", told(details))]
    NotReady {
        /// The object.
        key: Box<ObjectKey>,
        /// Why.
        why: String,
        /// What the server tells of it and of its pods: events and reasons, one a line.
        details: Vec<String>,
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

/// `.spec.replicas (kubectl-edit), .spec.paused (kubectl-edit)`
fn contested(fields: &[Contested]) -> String {
    let words = fields
        .iter()
        .map(|one| format!("{} ({})", one.field, one.manager));
    words.collect::<Vec<_>>().join(", ")
}

/// Lines below a message.
fn told(details: &[String]) -> String {
    details.iter().map(|line| format!("\n  {line}")).collect()
}
