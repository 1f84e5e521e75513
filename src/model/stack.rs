//! Stacks: what one cluster is made of, resolved and in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Span;
use crate::yaml::Node;

use super::{
    Binding, Capabilities, Category, ChartFiles, Cluster, IgnoreFields, Layer, LayerName,
    LayerSource, Pack, Profile, ProfileName, Version,
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
    /// What it counts as where packs are looked for.
    pub stands_as: StandsAs,
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

/// What a layer counts as where packs and the version of Kubernetes are looked for: in dependencies, in macros, in what a
/// cluster can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandsAs {
    /// The name of the pack that it is made of, whether that could be read or not, or that its chart stands for.
    pub pack: Option<Arc<str>>,
    /// The version of that pack, or what its chart gives as one; the chart's own when it says nothing.
    pub version: Option<Version>,
}

impl StandsAs {
    /// What a layer counts as. `pack` and `chart` are the pack and the version of the chart that were found for it.
    pub fn of(source: &LayerSource, pack: Option<&Pack>, chart: Option<&Version>) -> Self {
        match (source, pack) {
            (_, Some(pack)) => Self {
                pack: Some(Arc::clone(&pack.name)),
                version: Some(pack.version.clone()),
            },
            (LayerSource::Pack(reference), None) => Self {
                pack: Some(Arc::clone(&reference.name)),
                version: None,
            },
            (LayerSource::Chart(reference), None) => {
                let stands_for = reference.stands_for.as_ref();
                let said = stands_for.and_then(|stands| stands.version.as_ref());
                Self {
                    pack: stands_for.map(|stands| Arc::clone(&stands.pack)),
                    version: said.or(chart).cloned(),
                }
            }
            (LayerSource::Manifests(_), None) => Self::default(),
        }
    }
}

/// The version of Kubernetes on a cluster: what an existing one has, else what the k8s layer counts as. Nothing when
/// neither says it.
pub fn kubernetes_version<'a>(
    existing: Option<&'a Version>,
    layers: impl IntoIterator<Item = (&'a Category, &'a StandsAs)>,
) -> Option<&'a Version> {
    let of_layer = || {
        let mut layers = layers.into_iter();
        let (_, k8s) = layers.find(|(category, _)| **category == Category::K8s)?;
        k8s.version.as_ref()
    };
    existing.or_else(of_layer)
}
