//! Stacks: what one cluster is made of, resolved and in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Span;
use crate::yaml::Node;

use super::{
    Binding, Capabilities, Category, ChartFiles, Cluster, IgnoreFields, Layer, LayerName, Pack,
    Profile, ProfileName,
};

/// The resolved, ordered layers of one cluster. Clusters with the same profiles share all but cluster and bindings.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// The infra or full profile; none for an existing cluster.
    pub infra: Option<Arc<Profile>>,
    /// The layers, in order.
    pub layers: Arc<[Arc<StackLayer>]>,
    /// Hard edges between layers, as positions in `layers`: the first must be applied before the second.
    pub edges: Arc<[(usize, usize)]>,
    /// What the variables of each profile are bound to.
    pub bindings: BTreeMap<ProfileName, BTreeMap<Arc<str>, Binding>>,
    /// What the target can do, as far as the documents say.
    pub capabilities: Arc<Capabilities>,
}

/// One layer of a stack.
#[derive(Clone, Debug)]
pub struct StackLayer {
    /// Its name: the layer's, or the pack's display name.
    pub name: LayerName,
    /// What it is.
    pub category: Category,
    /// The profile that it comes from.
    pub profile: Arc<Profile>,
    /// The layer as the profile has it.
    pub layer: Arc<Layer>,
    /// The pack that it is made of, if it is.
    pub pack: Option<Arc<Pack>>,
    /// The chart that it is made of, if it is.
    pub chart: Option<ChartFiles>,
    /// Values under the presets and above the pack's own, in the order in which they are laid over each other: the
    /// profile's, then the cluster's.
    pub values: Vec<Arc<Node>>,
    /// The presets that are on, as positions in the pack's list, in file order.
    pub presets: Vec<usize>,
    /// The layers that come before it by a hard edge, for people.
    pub depends_on: Vec<LayerName>,
    /// Fields of its objects that are left to others: the project's, the profile's and its own.
    pub ignore_fields: Arc<[IgnoreFields]>,
    /// Where it stands.
    pub span: Span,
}
