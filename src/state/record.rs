//! What the state knows of clusters, layers and objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{
    Capabilities, Category, ClusterName, Digest, HookEvent, IgnoreFields, Keep, LayerName,
    ObjectKey, Seed, Seen, TargetSpec, Version,
};

use super::RevisionId;

/// Everything that is current in the state, read at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Made once with the state; a plan for another lineage is never applied.
    pub lineage: Uuid,
    /// Raised by every change; a saved plan for an older serial is stale.
    pub serial: u64,
    /// The clusters by name.
    pub clusters: BTreeMap<ClusterName, ClusterRecord>,
}

/// What the state knows of one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterRecord {
    /// Made once and kept, what macros read as `cluster.uid`.
    pub uid: Uuid,
    /// Where its objects are.
    pub target: TargetSpec,
    /// Whether its objects are deleted when its document is removed.
    pub delete_when_removed: bool,
    /// Its layers, by name.
    pub layers: BTreeMap<LayerName, LayerRecord>,
    /// What the random values of its layers are derived from, by layer; also of layers that are gone, and only of those
    /// that ever used any. What a cluster was after an earlier revision has none.
    pub seeds: BTreeMap<LayerName, Seed>,
    /// The target's index of the cluster as we left it; nothing when there is none yet.
    pub index: Option<Seen>,
    /// What interrupted applies left in flight: the target must be looked at, not trusted.
    pub in_flight: Vec<InFlight>,
    /// Hooks that ran in a step that has not ended.
    pub hooks_ran: Vec<HookRan>,
    /// What was found when somebody last looked at the target; no history.
    pub sighting: Option<Sighting>,
}

/// What was found when somebody last looked at a cluster's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When.
    pub at: Timestamp,
    /// How many objects were not as we left them.
    pub drifted: u32,
    /// What the server can do; nothing where there is no server.
    pub capabilities: Option<Capabilities>,
    /// The version of Kubernetes that the cluster was last applied for. Who only looks knows nothing of it, and what is
    /// remembered stays.
    pub applied_for: Option<Version>,
}

/// A hook that ran in a step that was interrupted before it ended. It is not run again when the step is done again, as
/// long as it would be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookRan {
    /// The layer.
    pub layer: LayerName,
    /// The hook.
    pub key: ObjectKey,
    /// What it ran for.
    pub event: HookEvent,
    /// Keyed hash of its text.
    pub content: Digest,
}

/// What was applied for one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRecord {
    /// Its place in the stack, from 0.
    pub position: u32,
    /// What it is.
    pub category: Category,
    /// What it was made of.
    pub content: Content,
    /// The profile that it came from.
    pub profile: ProfileStamp,
    /// Keyed digest of everything that its rendering depended on; nothing when the layer was applied only in part, so
    /// that the next plan renders it again.
    pub fingerprint: Option<Digest>,
    /// Blob of its values after macros, as YAML with sensitive values masked.
    pub values: Digest,
    /// The layers that had to be there before it.
    pub depends_on: Vec<LayerName>,
    /// Fields of its objects that are left to others, so that drift can be judged without the documents.
    pub ignore_fields: Vec<IgnoreFields>,
    /// Its objects in the order in which they are applied.
    pub objects: Vec<ObjectRecord>,
    /// The revision that wrote this record.
    pub revision: RevisionId,
}

/// What a layer was made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Content {
    /// What it is.
    pub kind: ContentKind,
    /// Name of the pack or chart; the layer's name for manifests.
    pub name: Arc<str>,
    /// Version of the pack or chart.
    pub version: Option<Version>,
    /// Digest of all its files.
    pub digest: Digest,
}

/// What a layer can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentKind {
    /// A pack.
    Pack,
    /// A Helm chart.
    Chart,
    /// Manifests of the profile's own.
    Manifests,
    /// The cluster's namespaces, which belong to no layer.
    Namespaces,
}

/// Which edition of a profile something came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProfileStamp {
    /// The profile's name.
    pub name: Arc<str>,
    /// Its version.
    pub version: semver::Version,
    /// Digest of its document.
    pub digest: Digest,
}

/// One object that we own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectRecord {
    /// What it is.
    pub key: ObjectKey,
    /// Blob of the object as YAML, with what is sensitive masked.
    pub blob: Digest,
    /// Keyed hash of the very bytes that were applied.
    pub content: Digest,
    /// Whether something in it is masked, so that it must be rendered again to be written again.
    pub masked: bool,
    /// Whether this layer's copy is the one on the target. Of equal objects in several layers only the first one's is; a
    /// hook on a server is none: it runs, and what it leaves behind is nobody's.
    pub holder: bool,
    /// Whether it is a Helm hook, which targets keep apart.
    pub hook: bool,
    /// Why it stays on the target when nothing wants it any more; nothing when it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// What the target said of it when we last looked.
    pub seen: Option<Seen>,
    /// Blob of our fields as the server held them when it had taken them, masked: `blob` itself where it took them as they
    /// were written. Servers write quantities in their own way, and webhooks change what they are given. Nothing where nobody
    /// knows, and where there is no server; what the server holds is then compared with some tolerance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Digest>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Origin::is_ours")]
    pub origin: Origin,
}

/// Where an object came from. Charts that look up what is there see what others made, and not what we did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// We made it.
    #[default]
    Made,
    /// It was there before us and was taken over; it bears our marks, and one more that says so.
    Adopted,
    /// It was there before us and was taken over as it was, so that it bears none of our marks until we write it.
    Unmarked,
}

impl Origin {
    /// Whether we made it.
    pub fn is_ours(&self) -> bool {
        *self == Self::Made
    }
}

/// An object that an interrupted apply meant to touch.
#[derive(Clone, Debug, PartialEq)]
pub struct InFlight {
    /// The revision that meant to.
    pub revision: RevisionId,
    /// The layer.
    pub layer: LayerName,
    /// What it meant to do.
    pub intent: Intent,
}

/// What is about to be done with one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The object.
    pub key: ObjectKey,
    /// What is about to be done.
    pub action: IntentAction,
    /// Whether it is a Helm hook, which targets keep apart.
    pub hook: bool,
    /// Why it stays on the target when nothing wants it any more; nothing when it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
}

/// What is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntentAction {
    /// It is written; the keyed hash of the bytes.
    Put(Digest),
    /// It is deleted.
    Delete,
    /// It is a hook on a server, and is run for this. It stays in flight until the step has ended well, so that the next
    /// plan knows what the step was about.
    Run(HookEvent),
}
