//! The words of the trade as plain types: names, versions, packs, profiles, clusters, stacks, objects.
//!
//! Nothing here reads, writes or decides. Rooms above hand these types to each other; what is cheap to clone says so.

mod capabilities;
mod category;
mod chart;
mod cluster;
mod digest;
mod ignore;
mod key;
mod lookup;
mod name;
mod object;
mod pack;
mod profile;
mod project;
mod registry;
mod seed;
mod selector;
mod stack;
mod target;
mod variable;
mod version;
mod version_req;
mod waiting;

pub use capabilities::{Capabilities, HELM_KUBE_VERSION};
pub use category::{Category, Cloud, InvalidCategory};
pub use chart::{ChartFile, ChartFiles, LONGEST_RELEASE};
pub use cluster::{
    Cluster, Deletion, Existing, LayerOverride, Moved, NodePool, PoolRole, ProfileRef,
};
pub use digest::{Digest, InvalidDigest};
pub use ignore::{FieldPath, IgnoreFields, InvalidFieldPath, PathStep};
pub use key::Key;
pub use lookup::Lookup;
pub use name::{ClusterName, InvalidName, LayerName, ProfileName, RegistryName};
pub use object::{HookDeletion, HookEvent, HookOutput, Keep, Object, ObjectKey, Plane};
pub use pack::{
    CloudTypes, Dependency, DependencyKind, Manifest, Pack, Preset, Resource, ResourceComponent,
    ResourceKind, ScheduleType,
};
pub use profile::{
    ChartPlace, ChartRef, Layer, LayerSource, ManifestSource, PackRef, Profile, ProfileKind,
    StandsFor, ValuesMode,
};
pub use project::{Project, RefreshPolicy, VersionPolicy};
pub use registry::{Access, GitReference, InvalidSha256, Registry, RegistryKind, Sha256};
pub use seed::Seed;
pub use selector::{Expression, Labels, Operator, Selector};
pub use stack::{Stack, StackLayer, StandsAs, kubernetes_version};
pub use target::{Kubeconfig, KubernetesSpec, SecretPolicy, Seen, TargetSpec};
pub use variable::{Binding, BindingSource, Format, Pattern, VarOption, Variable};
pub use version::{InvalidVersion, Version};
pub use version_req::VersionReq;
pub use waiting::{Waiting, WaitingWish, duration};
