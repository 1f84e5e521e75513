//! What a cluster should be: the engine makes it, the plan compares it.

use std::sync::Arc;

use crate::model::{
    Capabilities, Category, Digest, IgnoreFields, Keep, LayerName, ObjectKey, Seed, Waiting,
};
use crate::state::{Content, ProfileStamp};
use crate::yaml::Value;

use super::PlannedBlob;

/// What a cluster should be.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// Its layers in order.
    pub layers: Vec<DesiredLayer>,
    /// Hard edges, as positions in `layers`: the first before the second.
    pub edges: Vec<(usize, usize)>,
    /// Layers that nobody looks at, and of which the state does not know enough to say what they should be.
    pub left_alone: Vec<LayerName>,
    /// What the server can do that it was rendered for; nothing when that follows from the documents.
    pub capabilities: Option<Arc<Capabilities>>,
    /// How many nodes run the control plane.
    pub control_plane_nodes: u32,
    /// How many nodes it has in all.
    pub nodes: u32,
}

/// What a layer should be.
#[derive(Clone, Debug)]
pub struct DesiredLayer {
    /// Its name.
    pub layer: LayerName,
    /// What it is.
    pub category: Category,
    /// What it is made of.
    pub content: Content,
    /// The profile that it comes from.
    pub profile: ProfileStamp,
    /// Keyed digest of everything that its rendering depends on.
    pub fingerprint: Digest,
    /// The layers that have to be there before it.
    pub depends_on: Vec<LayerName>,
    /// How long it is waited for.
    pub waiting: Waiting,
    /// Fields of its objects that are left to others.
    pub ignore_fields: Arc<[IgnoreFields]>,
    /// The name that it had before.
    pub renamed_from: Option<LayerName>,
    /// What its random values are derived from; nothing when it uses none, or is not rendered.
    pub seed: Option<Seed>,
    /// Whether the seed is another one than before on the user's word.
    pub rotated: bool,
    /// Its objects.
    pub rendering: Rendering,
}

/// The objects of a layer that should be.
#[derive(Clone, Debug)]
pub enum Rendering {
    /// The fingerprint is the state's: the objects are those that the state knows.
    Unchanged,
    /// They were rendered.
    Rendered {
        /// The values after macros, masked.
        values: PlannedBlob,
        /// The objects in the order in which they are applied.
        objects: Vec<DesiredObject>,
    },
}

/// An object that should be.
#[derive(Clone, Debug)]
pub struct DesiredObject {
    /// What it is.
    pub key: ObjectKey,
    /// Whether it is a Helm hook.
    pub hook: bool,
    /// Why it stays on the target when nothing wants it any more; nothing when it goes.
    pub keep: Option<Keep>,
    /// Whether something in it is masked.
    pub masked: bool,
    /// The object as YAML, masked.
    pub blob: PlannedBlob,
    /// Keyed hash of the object as YAML, not masked.
    pub content: Digest,
    /// The object, not masked. It never leaves the process.
    pub real: Arc<Value>,
}
