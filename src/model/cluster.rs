//! Clusters and what belongs to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Span, Spanned};
use crate::yaml::Node;

use super::{
    BindingSource, Cloud, ClusterName, Labels, LayerName, ProfileName, TargetSpec, Version,
    WaitingWish,
};

/// A cluster as its document (or its group) describes it.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: ClusterName,
    /// Its labels.
    pub labels: Labels,
    /// Its cloud.
    pub cloud: Cloud,
    /// The profiles that it names.
    pub profiles: Arc<[ProfileRef]>,
    /// Set when somebody else made the cluster: it then takes add-ons only.
    pub existing: Option<Existing>,
    /// Values for profile variables.
    pub variables: BTreeMap<Arc<str>, Spanned<BindingSource>>,
    /// Changes of single layers, by layer name.
    pub overrides: Arc<BTreeMap<LayerName, LayerOverride>>,
    /// What macros read as `cloud.region`.
    pub region: Option<Arc<str>>,
    /// What macros read as `cluster.kubevip`.
    pub endpoint: Option<Arc<str>>,
    /// What macros read as `cloudaccount.name`.
    pub cloud_account: Option<Arc<str>>,
    /// API versions that charts find beside Kubernetes' own.
    pub api_versions: Arc<[Arc<str>]>,
    /// Its nodes.
    pub node_pools: Arc<[NodePool]>,
    /// Where its objects go.
    pub target: TargetSpec,
    /// What becomes of its objects when its document is removed.
    pub deletion: Deletion,
    /// Where its name stands.
    pub span: Span,
}

/// A profile that a cluster names.
#[derive(Clone, Debug)]
pub struct ProfileRef {
    /// The profile's name.
    pub name: ProfileName,
    /// The profile's version; the only one there is when missing.
    pub version: Option<semver::Version>,
    /// Values for this profile's variables, before the cluster's own.
    pub variables: BTreeMap<Arc<str>, Spanned<BindingSource>>,
    /// Where it is named.
    pub span: Span,
}

/// What is known of a cluster that somebody else made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Its Kubernetes version.
    pub kubernetes_version: Version,
}

/// A cluster's change of one layer.
#[derive(Clone, Debug)]
pub struct LayerOverride {
    /// Values that are laid over the profile's.
    pub values: Option<Arc<Node>>,
    /// Presets in place of the profile's.
    pub presets: Option<Vec<Spanned<Arc<str>>>>,
    /// Whether and how long the layer is waited for, in place of what the profile says.
    pub waiting: WaitingWish,
    /// Where it stands.
    pub span: Span,
}

/// Nodes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodePool {
    /// Its name.
    pub name: Arc<str>,
    /// What its nodes do.
    pub role: PoolRole,
    /// How many nodes.
    pub count: u32,
    /// Processors of a node, in millicores.
    pub cpu: u64,
    /// Memory of a node, in MiB.
    pub memory: u64,
    /// Disk of a node, in GB.
    pub disk: u64,
}

/// What the nodes of a pool do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PoolRole {
    /// They run the control plane.
    ControlPlane,
    /// They run the work.
    Worker,
}

/// What becomes of a cluster's objects when its document is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deletion {
    /// They stay, and the state forgets them.
    #[default]
    Forget,
    /// They are deleted.
    Delete,
}

/// Something that had another name before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved<T> {
    /// The old name.
    pub from: T,
    /// The new name.
    pub to: T,
    /// Where it stands.
    pub span: Span,
}
