//! What happens during a run, told in order.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{ClusterName, HookEvent, LayerName, ObjectKey};
use crate::plan::{Action, LayerPlan, ObjectAction, ObjectChange};
use crate::state::{Outcome, RevisionId};
use crate::target::{Awaiting, HookLog, Written};

use super::StepError;

/// Something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The run begins.
    Began {
        /// The revision that records it.
        revision: RevisionId,
        /// How many layers it has to carry out.
        layers: usize,
        /// On how many clusters.
        clusters: usize,
    },
    /// A layer is being carried out.
    Started {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What is done with it.
        action: Action,
    },
    /// A hook of a layer is being run.
    HookStarted {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What it runs for.
        event: HookEvent,
        /// The hook.
        hook: ObjectKey,
    },
    /// A hook of a layer has run.
    HookDone {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What it ran for.
        event: HookEvent,
        /// The hook.
        hook: ObjectKey,
        /// How long it took.
        took: Duration,
    },
    /// What a container of a hook has printed, which the hook's annotation wants to be told.
    HookPrinted {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What it ran for.
        event: HookEvent,
        /// The hook.
        hook: ObjectKey,
        /// What was printed.
        log: HookLog,
    },
    /// A hook of a layer that goes is left out: it holds sensitive values, and nobody can make them any more.
    HookLeftOut {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What it would have run for.
        event: HookEvent,
        /// The hook.
        hook: ObjectKey,
    },
    /// An object that was to be deleted stays, and is no longer ours.
    Kept {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// The object.
        object: ObjectKey,
        /// Why.
        why: String,
    },
    /// A layer's step waits for something; told again whenever that changes.
    Awaiting {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What is awaited.
        awaiting: Awaiting,
    },
    /// A layer was carried out and is recorded.
    Finished {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// What was done with it.
        action: Action,
        /// How many objects were touched.
        counts: Counts,
        /// How long it took.
        took: Duration,
    },
    /// A layer failed, perhaps half-way; what was done is recorded.
    Failed {
        /// The cluster.
        cluster: ClusterName,
        /// The layer; nothing when it was the target's index.
        layer: Option<LayerName>,
        /// Why.
        error: Arc<StepError>,
    },
    /// A layer was left out because one that it depends on failed.
    Skipped {
        /// The cluster.
        cluster: ClusterName,
        /// The layer.
        layer: LayerName,
        /// The layer that failed.
        because: LayerName,
    },
    /// The user asked to stop: what is in flight is finished, nothing else is begun.
    Draining {
        /// How many layers are in flight.
        in_flight: usize,
    },
    /// The run is over.
    Ended(Summary),
}

/// How many objects were touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Made.
    pub created: usize,
    /// Changed, repaired, adopted or moved.
    pub updated: usize,
    /// Deleted and made anew.
    pub replaced: usize,
    /// Deleted.
    pub deleted: usize,
}

impl Counts {
    /// The objects that a layer's plan touches.
    pub fn of(layer: &LayerPlan) -> Self {
        Self::all(&layer.objects)
    }

    /// The objects that were touched, by what the target says of each; not those that it has kept.
    pub(super) fn done(layer: &LayerPlan, done: &[Option<Written>]) -> Self {
        let objects = layer.objects.iter().zip(done);
        let touched = objects.filter(|(_, done)| {
            let done = done.as_ref();
            done.is_some_and(|written| written.kept.is_none())
        });
        Self::all(touched.map(|(object, _)| object))
    }

    fn all<'a>(objects: impl IntoIterator<Item = &'a ObjectChange>) -> Self {
        let mut counts = Self::default();
        for object in objects {
            match object.action {
                ObjectAction::Create | ObjectAction::Recreate => counts.created += 1,
                ObjectAction::Update
                | ObjectAction::Repair
                | ObjectAction::Move { .. }
                | ObjectAction::Adopt => counts.updated += 1,
                ObjectAction::Replace => counts.replaced += 1,
                ObjectAction::Delete => counts.deleted += 1,
                ObjectAction::Record
                | ObjectAction::Forget
                | ObjectAction::Keep { .. }
                | ObjectAction::Conflict => {}
            }
        }
        counts
    }

    /// Adds others.
    pub fn add(&mut self, others: Self) {
        self.created += others.created;
        self.updated += others.updated;
        self.replaced += others.replaced;
        self.deleted += others.deleted;
    }
}

/// How a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The revision that records it.
    pub revision: RevisionId,
    /// How it ended.
    pub outcome: Outcome,
    /// Layers that were carried out.
    pub layers_done: usize,
    /// Layers that failed.
    pub layers_failed: usize,
    /// Layers that were left out because of a failure.
    pub layers_skipped: usize,
    /// Layers that were not begun because the user asked to stop.
    pub layers_left: usize,
    /// Objects that were touched.
    pub objects: Counts,
}
