//! Cluster profiles: named, versioned lists of layers.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diag::{Span, Spanned};
use crate::yaml::Node;

use super::{
    Category, Cloud, Digest, IgnoreFields, Labels, LayerName, Manifest, Moved, ProfileName,
    RegistryName, Selector, Variable, Version, VersionReq, WaitingWish,
};

/// A cluster profile in one version.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name.
    pub name: ProfileName,
    /// Its version, strict semver.
    pub version: semver::Version,
    /// What it is for.
    pub description: Option<Arc<str>>,
    /// Its labels.
    pub labels: Labels,
    /// Its type.
    pub kind: ProfileKind,
    /// The cloud that it is for.
    pub cloud: Cloud,
    /// Clusters whose labels match get this add-on profile without naming it.
    pub cluster_selector: Option<Selector>,
    /// What clusters can set.
    pub variables: Vec<Variable>,
    /// Its layers, as written.
    pub layers: Vec<Layer>,
    /// Fields of its objects that are left to others.
    pub ignore_fields: Vec<IgnoreFields>,
    /// Layers that had other names before.
    pub moved: Vec<Moved<LayerName>>,
    /// A digest of its document, which shows an edit without a new version.
    pub digest: Digest,
    /// Where its name stands.
    pub span: Span,
}

/// What a profile may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileKind {
    /// Exactly the four core layers.
    Infra,
    /// No core layer.
    AddOn,
    /// The four core layers and any add-ons.
    Full,
}

impl ProfileKind {
    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Infra => "infra",
            Self::AddOn => "add-on",
            Self::Full => "full",
        }
    }
}

/// One layer of a profile.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name, unique in a stack.
    pub name: LayerName,
    /// What it is.
    pub category: Category,
    /// What it is made of.
    pub source: LayerSource,
    /// The presets that are chosen, `group:name` or `name`.
    pub presets: Vec<Spanned<Arc<str>>>,
    /// Values, `valuesFile` before `values`; laid over the pack's in this order.
    pub values: Vec<Arc<Node>>,
    /// How `values` meet the pack's own.
    pub values_mode: ValuesMode,
    /// Layers that must be there before.
    pub depends_on: Vec<Spanned<LayerName>>,
    /// Whether and how long it is waited for.
    pub waiting: WaitingWish,
    /// Fields of its objects that are left to others.
    pub ignore_fields: Vec<IgnoreFields>,
    /// Where its objects go when they name no namespace: a manifests layer's or a chart's namespace.
    pub namespace: Option<Arc<str>>,
    /// Where it stands.
    pub span: Span,
}

/// What a layer is made of.
#[derive(Clone, Debug)]
pub enum LayerSource {
    /// A pack.
    Pack(PackRef),
    /// A Helm chart.
    Chart(ChartRef),
    /// Manifests of its own, each a Go template whose `.Values` are the layer's values.
    Manifests(Vec<ManifestSource>),
}

/// A pack that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackRef {
    /// The registry; the project's only one when missing.
    pub registry: RegistryName,
    /// The pack's name.
    pub name: Arc<str>,
    /// Which versions will do.
    pub version: VersionReq,
    /// Where it is asked for.
    pub span: Span,
}

/// A Helm chart that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartRef {
    /// Where it comes from.
    pub place: ChartPlace,
    /// The name of the release; the layer's name when missing.
    pub release_name: Option<Arc<str>>,
    /// Whether its `crds/` are left out.
    pub skip_crds: bool,
    /// The pack that it is there in place of.
    pub stands_for: Option<StandsFor>,
    /// Where it is asked for.
    pub span: Span,
}

/// The pack that a chart is there in place of: packs that demand it find the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandsFor {
    /// The pack's name.
    pub pack: Arc<str>,
    /// Its version; the chart's own when missing.
    pub version: Option<Version>,
}

/// Where a chart comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChartPlace {
    /// A folder or an archive, relative to the project's root.
    Path(PathBuf),
    /// A registry.
    Registry {
        /// The registry.
        registry: RegistryName,
        /// The chart's name.
        name: Arc<str>,
        /// Which versions will do.
        version: VersionReq,
    },
}

impl fmt::Display for ChartPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(out, "{}", path.display()),
            Self::Registry { name, version, .. } => write!(out, "{name} {version}"),
        }
    }
}

/// A manifest of a layer.
#[derive(Clone, Debug)]
pub struct ManifestSource {
    /// The template. A manifest of a file has the file's name, an inline one its position.
    pub manifest: Manifest,
    /// Where it is named.
    pub span: Span,
}

/// How a layer's values meet the pack's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValuesMode {
    /// They are laid over the pack's.
    #[default]
    Merge,
    /// They are all there is, as in Palette's exports.
    Replace,
}
