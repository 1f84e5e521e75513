//! Packs: Palette's format of deployable content.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{SourceId, Span};
use crate::yaml::Node;

use super::{Category, ChartFiles, Cloud, Digest, Version};

/// A pack as it was read from its folder. Everything that rendering needs is in it.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Its name.
    pub name: Arc<str>,
    /// What people see.
    pub display_name: Arc<str>,
    /// Its version.
    pub version: Version,
    /// What kind of layer it makes; of an add-on, its `addonType`, or `system-app` when it says none.
    pub category: Category,
    /// The clouds that it is for.
    pub cloud_types: CloudTypes,
    /// A digest of all files that count: metadata, values, presets, schema, manifests, charts.
    pub digest: Digest,
    /// The text of `values.yaml`, for people and for texts of macros.
    pub values_source: Option<SourceId>,
    /// The defaults; null when there are none.
    pub values: Arc<Node>,
    /// The presets, in file order.
    pub presets: Vec<Preset>,
    /// `schema.yaml` parsed as YAML: a map from value paths to schema texts.
    pub schema: Option<Arc<Node>>,
    /// Manifest templates, in the order of `kubeManifests`.
    pub manifests: Vec<Manifest>,
    /// Its charts, in the order of `charts`; their origin is the path that stands there.
    pub charts: Vec<ChartFiles>,
    /// What it demands of other packs.
    pub dependencies: Vec<Dependency>,
    /// What it demands of nodes.
    pub resources: Vec<Resource>,
    /// `annotations` of the metadata.
    pub annotations: BTreeMap<Arc<str>, Arc<str>>,
    /// The text of `pack.json`, where constraints point to.
    pub source: SourceId,
}

/// The clouds that a pack is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudTypes(pub Vec<Cloud>);

impl CloudTypes {
    /// Whether the pack may be used on this cloud. A profile for `all` clouds takes every pack.
    pub fn allow(&self, cloud: &Cloud) -> bool {
        self.0.is_empty() || cloud.is_all() || self.0.iter().any(|own| own.allows(cloud))
    }
}

/// A manifest file: a Go template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The file's name without its ending: its values stand under `manifests.<name>`.
    pub name: Arc<str>,
    /// The path inside the pack, or `<inline>`.
    pub path: Arc<str>,
    /// The text.
    pub text: Arc<str>,
    /// The text as a source, for messages.
    pub source: SourceId,
}

/// A named change of a pack's values that a user can choose.
#[derive(Clone, Debug)]
pub struct Preset {
    /// Its name within the group.
    pub name: Arc<str>,
    /// What people see.
    pub display_name: Option<Arc<str>>,
    /// Of one group at most one preset can be chosen.
    pub group: Arc<str>,
    /// Paths that are removed from the values.
    pub remove: Vec<Arc<str>>,
    /// Values that are laid over them; null when there are none.
    pub add: Arc<Node>,
}

/// What a pack demands of another pack.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// The other pack's name.
    pub pack: Arc<str>,
    /// Its `layer` as written (`addon`, `cni` ...), if the constraint names one.
    pub layer: Option<Arc<str>>,
    /// The lowest version that will do.
    pub min: Option<Version>,
    /// The highest version that will do; `1.27` goes up to the last 1.27.
    pub max: Option<Version>,
    /// What must hold.
    pub kind: DependencyKind,
    /// Where the constraint stands in `pack.json`.
    pub span: Span,
}

/// What a dependency demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyKind {
    /// Must be in the stack, within the bounds.
    Required,
    /// Checked if it is in the stack.
    Optional,
    /// Must not be in the stack within the bounds.
    NotSupported,
    /// The pack that this one takes over from.
    Upgrade,
}

/// What a pack demands of the nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Which resource.
    pub kind: ResourceKind,
    /// The least that must be there: millicores, MiB or GB. Not looked at when there are components.
    pub min: Option<u64>,
    /// Parts whose requests are added up.
    pub components: Vec<ResourceComponent>,
    /// Where the constraint stands in `pack.json`.
    pub span: Span,
}

/// A resource of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// Processors, in millicores.
    Cpu,
    /// Memory, in MiB.
    Memory,
    /// Disk, in GB.
    DiskSize,
}

/// A part of a pack that requests resources: request times replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceComponent {
    /// Path of the request in the pack's values.
    pub request_path: Arc<str>,
    /// Path of the number of replicas in the pack's values.
    pub replicas_path: Option<Arc<str>>,
    /// On which nodes it runs.
    pub schedule: ScheduleType,
}

/// The nodes that something runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleType {
    /// On every node.
    All,
    /// On the control plane (`master` or `control-plane`).
    ControlPlane,
    /// On the workers.
    Worker,
}
