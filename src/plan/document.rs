//! The plan as a value, which can be saved.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{
    Capabilities, Category, ClusterName, Digest, HookDeletion, HookEvent, HookOutput, Keep,
    LayerName, ObjectKey, Seed, TargetSpec, Waiting,
};
use crate::state::{Content, LayerRecord};
use crate::target::{Contested, Manner, Owner};

use super::{Action, Approval, ClusterAction, ObjectAction, Reason, Refusal};

/// What would change. Clusters and layers with nothing to do are not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The state that it was made for.
    pub base: Base,
    /// What was asked for.
    pub purpose: Purpose,
    /// The clusters that change, by name.
    pub clusters: Vec<ClusterPlan>,
    /// How many clusters were looked at, with those that change.
    pub clusters_total: usize,
    /// How many layers were looked at, with those that change.
    pub layers_total: usize,
    /// What apply must be allowed.
    pub approvals: Vec<Approval>,
    /// What policies forbid: a plan with refusals cannot be applied.
    pub refusals: Vec<Refusal>,
    /// What people should know: warnings in plain words.
    pub warnings: Vec<String>,
}

/// The state that a plan was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Base {
    /// The project, made from its key: without a state there is no lineage to go by.
    pub project: Uuid,
    /// Its lineage.
    pub lineage: Uuid,
    /// Its serial.
    pub serial: u64,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    tag = "type"
)]
pub enum Purpose {
    /// What the documents say.
    Apply,
    /// Everything that we made goes.
    Destroy,
    /// A cluster becomes what it was.
    Rollback {
        /// The cluster.
        cluster: ClusterName,
        /// The revision.
        to: u64,
    },
}

/// What changes on one cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterPlan {
    /// Its name.
    pub cluster: ClusterName,
    /// What is done with it.
    pub action: ClusterAction,
    /// Made once and kept.
    pub uid: Uuid,
    /// Where its objects go.
    pub target: TargetSpec,
    /// Whether its objects are deleted when its document is removed.
    pub delete_when_removed: bool,
    /// The layers that change: first those that are applied, in stack order, then those that go, in reverse.
    pub layers: Vec<LayerPlan>,
    /// The execution graph: the first must be done before the second, as positions in `layers`.
    pub edges: Vec<(usize, usize)>,
    /// All layers of the cluster in order, for the target's index, when all goes well.
    pub order: Vec<LayerName>,
    /// Whether the target's index was not as we left it; apply writes it again.
    pub index_drifted: bool,
    /// What the server can do that its layers were rendered for, so that apply renders the same; nothing when that follows
    /// from the documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Arc<Capabilities>>,
    /// Why nobody could look at the target: what changes follows from what the state says is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
}

/// What changes in one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerPlan {
    /// Its name.
    pub layer: LayerName,
    /// What it is.
    pub category: Category,
    /// What is done with it.
    pub action: Action,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What it was made of.
    pub before: Option<Content>,
    /// What it is made of from now on.
    pub after: Option<Content>,
    /// Its values before and after, if they differ.
    pub values: Option<ValuesChange>,
    /// Its objects that change, in the order in which they are touched.
    pub objects: Vec<ObjectChange>,
    /// The hooks that run with it, in their order: those before its objects first. Empty for targets that keep hooks as
    /// files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookRun>,
    /// How long it is waited for, where something runs. Of layers that go the documents say nothing any more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub waiting: Waiting,
    /// What the state says of the layer when all goes well; nothing when the layer goes.
    pub record: Option<LayerRecord>,
    /// What its random values are derived from; nothing when it uses none, or is not rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// Texts that the record speaks of and that are not an object's `after`.
    pub blobs: Vec<PlannedBlob>,
}

/// Values of a layer as YAML, with what is sensitive masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValuesChange {
    /// Before; empty when there were none.
    pub before: Arc<str>,
    /// After; empty when there are none.
    pub after: Arc<str>,
}

/// A text with its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedBlob {
    /// Its digest.
    pub digest: Digest,
    /// The text.
    pub text: Arc<str>,
}

/// What changes of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectChange {
    /// What it is.
    pub key: ObjectKey,
    /// What is done with it.
    pub action: ObjectAction,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Whether it is a Helm hook.
    pub hook: bool,
    /// Why it stays on the target when nothing wants it any more; nothing when it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// Whether something in it is masked: it is then rendered again when it is written.
    pub masked: bool,
    /// What is on the target now (masked), as YAML; nothing when it is absent or does not matter.
    pub before: Option<Arc<str>>,
    /// What it becomes (masked), as YAML; nothing when it goes.
    pub after: Option<PlannedBlob>,
    /// Keyed hash of the bytes that are written.
    pub content: Option<Digest>,
    /// Keyed hash of the bytes that are on the target now, at the place where it will be; nothing when it is absent.
    pub observed: Option<Digest>,
    /// Keyed hash of the bytes at the place that it moves away from.
    pub moved: Option<Digest>,
    /// Whose it is, where a server says that it is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// How it is written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub manner: Manner,
    /// Whether it was there before us, which its marks then say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// What the server says that the object is and becomes, masked, where it was asked: with the defaults of the server and
    /// what webhooks make of it, and without what the server keeps for itself (`status`, `managedFields` and the like).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerSays>,
}

impl LayerPlan {
    /// The texts that its record speaks of, and those that are written.
    pub fn texts(&self) -> impl Iterator<Item = &PlannedBlob> {
        let after = self
            .objects
            .iter()
            .filter_map(|change| change.after.as_ref());
        self.blobs.iter().chain(after)
    }
}

/// What a server says of an object that would be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerSays {
    /// The object as it is, as YAML; nothing when it is not there.
    pub before: Option<Arc<str>>,
    /// The object as it would be, as YAML.
    pub after: Option<Arc<str>>,
    /// Fields that other field managers own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<Contested>,
    /// Why it would be refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A Helm hook that runs with a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HookRun {
    /// What it runs for.
    pub event: HookEvent,
    /// What it is.
    pub key: ObjectKey,
    /// Hooks of one event run from the lowest to the highest, those of one weight by kind and name.
    pub weight: i32,
    /// When it goes.
    pub deletions: Vec<HookDeletion>,
    /// When what it has printed is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<HookOutput>,
    /// Whether something in it is masked: it is then rendered again when it runs.
    pub masked: bool,
    /// The object as YAML, masked.
    pub blob: PlannedBlob,
    /// Keyed hash of the bytes that are written.
    pub content: Digest,
    /// Whether it ran already in a step that was interrupted: it is not run again, only deleted by its policies.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ran: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
