//! The trait that every store of the state implements.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{ClusterName, Digest, LayerName, Seed, Seen};

use super::{ClusterRecord, HookRan, Intent, LayerRecord, Sighting, Snapshot, StateError};

/// Number of a revision: one apply, recorded; counted from 1.
pub type RevisionId = u64;

/// A place that keeps the state. Everything is read at one moment and written in durable batches.
pub trait Store: Send {
    /// Everything that is current. A store that is not there yet is empty, with serial 0 and a lineage of zeros.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn snapshot(&mut self) -> Result<Snapshot, StateError>;

    /// A text kept by its digest.
    ///
    /// # Errors
    /// When there is no such blob, or it is damaged.
    fn blob(&mut self, digest: &Digest) -> Result<Arc<str>, StateError>;

    /// Begins a revision. Needs the lock. This, every batch and the end raise the serial, so that a plan made while an
    /// apply was running is stale even when that apply was killed.
    ///
    /// # Errors
    /// When the store cannot be written, or is not where `start` expects it.
    fn begin(&mut self, start: &RevisionStart) -> Result<RevisionId, StateError>;

    /// Records a batch. When it returns, all of the batch is durable; when it fails, none of it is there.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn record(&mut self, revision: RevisionId, batch: &[Record]) -> Result<(), StateError>;

    /// Keeps what was found on targets. This needs no lock and no revision, and leaves the serial as it is: plans stay what
    /// they are. Clusters that the state does not know are passed over, and so is everything when the state has an older
    /// format.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn remember(&mut self, sightings: &[(ClusterName, Sighting)]) -> Result<(), StateError>;

    /// Ends a revision.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn finish(&mut self, revision: RevisionId, outcome: Outcome) -> Result<(), StateError>;

    /// All revisions, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn revisions(&mut self) -> Result<Vec<Revision>, StateError>;

    /// What a cluster was after a revision; nothing when it was not there. What was seen or in flight then is not kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn cluster_at(
        &mut self,
        cluster: &ClusterName,
        revision: RevisionId,
    ) -> Result<Option<ClusterRecord>, StateError>;
}

/// How a revision begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionStart {
    /// The serial that the plan was made for; another one is an error.
    pub serial: u64,
    /// `apply`, `destroy`, `rollback prod-1 --to 3`, `state mv ...`.
    pub command: String,
    /// User and host.
    pub who: String,
}

/// One fact to record.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A cluster is there, or has other facts than before; its layers stay as they are.
    Cluster {
        /// Its name.
        cluster: ClusterName,
        /// Its facts. Its seeds are added to those that are known; layers and what is in flight are not looked at.
        record: ClusterRecord,
    },
    /// A cluster has another name; everything else stays.
    ClusterMoved {
        /// The old name.
        from: ClusterName,
        /// The new name.
        to: ClusterName,
    },
    /// A cluster is gone, with all its layers and all that was in flight.
    ClusterRemoved {
        /// Its name.
        cluster: ClusterName,
    },
    /// Objects of a layer are about to be touched.
    Intent {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What is about to be done.
        intents: Vec<Intent>,
    },
    /// A layer is now so; nothing of it is in flight any more. When it differs from before at most in what was seen, it
    /// keeps its revision and does not count as changed.
    Layer {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What it is now, with its objects in place of the former ones; `revision` in it is set by the store.
        record: Box<LayerRecord>,
        /// Texts that the record speaks of; those that are kept already are skipped.
        blobs: Vec<(Digest, Arc<str>)>,
        /// What its random values are derived from, taken from the layer that had it before; nothing when that stays as
        /// it is.
        seed: Option<Seed>,
    },
    /// A layer is gone; nothing of it is in flight any more. Its seed stays.
    LayerRemoved {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
    },
    /// A hook of a layer has run, and the layer's step goes on; [`Record::Layer`] and [`Record::LayerRemoved`] forget it.
    HookRan {
        /// The cluster.
        cluster: ClusterName,
        /// The hook.
        ran: HookRan,
    },
    /// The target's index of a cluster is now so.
    Index {
        /// The cluster.
        cluster: ClusterName,
        /// What the target says of it.
        seen: Option<Seen>,
    },
}

/// How a revision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// Something failed or was skipped.
    Failed,
    /// It was interrupted by its user.
    Interrupted,
}

/// One apply, recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its number.
    pub id: RevisionId,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; nothing when it was killed, or still runs.
    pub finished: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// What was asked for.
    pub command: String,
    /// User and host.
    pub who: String,
    /// The clusters that it changed, with the number of layers changed on each.
    pub clusters: Vec<(ClusterName, u32)>,
}
