//! What a cluster, the template of a group and each entry of a group have in common.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::model::{
    Cloud, Cluster, ClusterName, Deletion, Existing, Labels, LayerName, LayerOverride, NodePool,
    ProfileRef, Version,
};
use crate::yaml::{Node, NodeKind};

use super::binding::{BINDINGS, Bindings, PROFILE_REF, bindings, profile_refs};
use super::check::Check;
use super::common::{WAITING, waiting};
use super::fields::Fields;
use super::layer::texts;
use super::pool::{self, POOL};
use super::shape::{Choice, Field, Shape, Type, may, must};
use super::target::{self, Part};

const EXISTING: Shape = Shape {
    name: "existing cluster",
    doc: "A cluster that somebody else made: it takes add-on profiles only",
    fields: &[&[must(
        "kubernetesVersion",
        Type::Text,
        "its Kubernetes version, such as \"1.33.1\"",
    )]],
    ..Shape::PLAIN
};

const OVERRIDE: Shape = Shape {
    name: "override",
    doc: "A cluster's change of one layer",
    fields: &[
        &[
            may(
                "values",
                Type::Values,
                "values that are laid over the profile's",
            ),
            may(
                "presets",
                Type::List(&Type::Text),
                "presets in place of the profile's",
            ),
        ],
        WAITING,
    ],
    hints: &[(
        "version",
        "a cluster cannot change a layer's version: make a new version of the profile",
    )],
    ..Shape::PLAIN
};

const DELETIONS: Choice = Choice {
    words: &[
        ("forget", "the objects stay, and the state forgets them"),
        ("delete", "the objects are deleted"),
    ],
    ..Choice::PLAIN
};

/// The fields that all three have.
pub(super) const PARTS: &[Field] = &[
    may(
        "cloud",
        Type::Text,
        "the cloud (`aws`, `azure`, `vsphere`, `edge-native` ...); `all` when left out",
    ),
    may(
        "profiles",
        Type::List(&Type::Shape(&PROFILE_REF)),
        "the profiles: exactly one of type infra or full, and any number of add-on profiles",
    ),
    may(
        "existing",
        Type::Shape(&EXISTING),
        "set when somebody else made the cluster, in place of an infra profile",
    ),
    may(
        "variables",
        BINDINGS,
        "values for variables of the profiles: a literal, `{fromEnv: NAME}` or `{fromFile: PATH}`",
    ),
    may(
        "overrides",
        Type::NameMap(&Type::Shape(&OVERRIDE)),
        "changes of single layers, by layer name",
    ),
    may("region", Type::Text, "what macros read as `cloud.region`"),
    may(
        "endpoint",
        Type::Text,
        "what macros read as `cluster.kubevip`",
    ),
    may(
        "cloudAccount",
        Type::Text,
        "what macros read as `cloudaccount.name`",
    ),
    may(
        "apiVersions",
        Type::List(&Type::Text),
        "API versions that charts find beside Kubernetes' own, such as `monitoring.coreos.com/v1`",
    ),
    may("nodePools", Type::List(&Type::Shape(&POOL)), "the nodes"),
    may(
        "deletion",
        Type::Choice(&DELETIONS),
        "what becomes of the objects when the cluster is removed from the documents; `forget` when left out",
    ),
];

/// Fields that people look for in a cluster.
pub(super) const HINTS: &[(&str, &str)] = &[
    (
        "metadata",
        "in a group, `name` and `labels` stand without `metadata` around them",
    ),
    (
        "spec",
        "in a group, the fields stand without `spec` around them",
    ),
    ("labels", "labels stand under `metadata`"),
    (
        "layers",
        "layers stand in profiles; a cluster names profiles, and changes single layers under `overrides`",
    ),
    (
        "values",
        "values of a layer stand under `overrides: {<layer>: {values: ...}}`",
    ),
    ("profile", "profiles are a list: `profiles: [{name: ...}]`"),
    (
        "kubernetesVersion",
        "it stands under `existing`, for a cluster that somebody else made",
    ),
];

/// Keeps one copy of what many clusters have in common.
#[derive(Default)]
pub(super) struct Shared {
    texts: HashSet<Arc<str>>,
    pools: HashSet<Arc<[NodePool]>>,
}

impl Shared {
    /// The one copy of a text.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        new
    }

    /// The labels under `labels`.
    pub fn labels(&mut self, fields: Fields<'_>) -> Labels {
        fields
            .texts("labels")
            .map(|(key, value)| (self.text(key), self.text(value)))
            .collect()
    }

    fn pools(&mut self, pools: Vec<NodePool>) -> Arc<[NodePool]> {
        if let Some(known) = self.pools.get(pools.as_slice()) {
            return Arc::clone(known);
        }
        let new: Arc<[NodePool]> = pools.into();
        self.pools.insert(Arc::clone(&new));
        new
    }
}

/// What was said of a cluster in one place; what was not said is missing.
pub(super) struct Parts {
    cloud: Option<Cloud>,
    profiles: Option<Arc<[ProfileRef]>>,
    existing: Option<Existing>,
    variables: Bindings,
    overrides: Option<Arc<BTreeMap<LayerName, LayerOverride>>>,
    region: Option<Arc<str>>,
    endpoint: Option<Arc<str>>,
    cloud_account: Option<Arc<str>>,
    api_versions: Option<Arc<[Arc<str>]>>,
    node_pools: Option<Arc<[NodePool]>>,
    /// Where the objects go.
    pub target: Part,
    deletion: Option<Deletion>,
    /// Whether everything that was said can be used.
    usable: bool,
}

/// Decodes what is said of a cluster in one place.
pub(super) fn decode(fields: Fields<'_>, shared: &mut Shared, check: &mut Check<'_>) -> Parts {
    let before = check.found.len();
    let profiles = fields
        .get("profiles")
        .and_then(Node::as_list)
        .and_then(|nodes| profile_refs(nodes, check));
    let existing = fields.get("existing").and_then(|node| {
        let text = Fields::of(node).spanned("kubernetesVersion")?;
        let version = Version::new(text.value).ok();
        match version {
            Some(version) if !version.numbers().is_empty() => Some(Existing {
                kubernetes_version: version,
            }),
            _ => {
                check.report(
                    Diagnostic::error(format!("`{}` is not a Kubernetes version", text.value))
                        .at(text.span)
                        .help("write it as `1.33.1`"),
                );
                None
            }
        }
    });
    let node_pools = fields
        .get("nodePools")
        .and_then(Node::as_list)
        .and_then(|nodes| pool::decode_all(nodes, check))
        .map(|pools| shared.pools(pools));
    let variables = bindings(fields.map("variables"), |name| shared.text(name), check);
    let target = target::decode(fields, check);
    Parts {
        cloud: fields.text("cloud").map(Cloud::new),
        profiles: profiles.map(Into::into),
        existing,
        variables,
        overrides: fields.get("overrides").map(|_| Arc::new(overrides(fields))),
        region: fields.text("region").map(|text| shared.text(text)),
        endpoint: fields.text("endpoint").map(|text| shared.text(text)),
        cloud_account: fields.text("cloudAccount").map(|text| shared.text(text)),
        api_versions: fields
            .get("apiVersions")
            .and_then(Node::as_list)
            .map(|nodes| {
                nodes
                    .iter()
                    .filter_map(Node::as_str)
                    .map(Arc::from)
                    .collect()
            }),
        node_pools,
        target,
        deletion: match fields.text("deletion") {
            Some("forget") => Some(Deletion::Forget),
            Some("delete") => Some(Deletion::Delete),
            _ => None,
        },
        usable: check.found.len() == before,
    }
}

fn overrides(fields: Fields<'_>) -> BTreeMap<LayerName, LayerOverride> {
    fields
        .map("overrides")
        .iter()
        .filter_map(|entry| {
            let inner = Fields::of(&entry.value);
            let layer = LayerOverride {
                values: inner.get("values").map(|node| Arc::new(node.clone())),
                presets: inner.get("presets").and_then(Node::as_list).map(texts),
                waiting: waiting(inner),
                span: entry.key_span,
            };
            Some((LayerName::new(&entry.key).ok()?, layer))
        })
        .collect()
}

impl Parts {
    /// Makes a cluster of what was said of it, and of what a template says of all.
    pub fn cluster(
        self,
        name: ClusterName,
        labels: Labels,
        span: Span,
        template: Option<&Parts>,
    ) -> Option<Cluster> {
        let target = self
            .target
            .spec(&name, template.map(|template| &template.target))?;
        if !self.usable || template.is_some_and(|template| !template.usable) {
            return None;
        }
        let of = |pick: fn(&Parts) -> Option<Arc<str>>| pick(&self).or_else(|| pick(template?));
        Some(Cluster {
            labels,
            cloud: self
                .cloud
                .clone()
                .or_else(|| template?.cloud.clone())
                .unwrap_or_default(),
            profiles: self
                .profiles
                .clone()
                .or_else(|| template?.profiles.clone())
                .unwrap_or_default(),
            existing: self.existing.clone().or_else(|| template?.existing.clone()),
            overrides: merge_overrides(
                template.and_then(|t| t.overrides.as_ref()),
                self.overrides.as_ref(),
            ),
            region: of(|parts| parts.region.clone()),
            endpoint: of(|parts| parts.endpoint.clone()),
            cloud_account: of(|parts| parts.cloud_account.clone()),
            api_versions: self
                .api_versions
                .clone()
                .or_else(|| template?.api_versions.clone())
                .unwrap_or_default(),
            node_pools: self
                .node_pools
                .clone()
                .or_else(|| template?.node_pools.clone())
                .unwrap_or_default(),
            target,
            deletion: self
                .deletion
                .or_else(|| template?.deletion)
                .unwrap_or_default(),
            variables: merge_maps(template.map(|template| &template.variables), self.variables),
            name,
            span,
        })
    }
}

/// Lays a map over another: its own entries win.
pub(super) fn merge_maps<V: Clone>(
    under: Option<&BTreeMap<Arc<str>, V>>,
    mut over: BTreeMap<Arc<str>, V>,
) -> BTreeMap<Arc<str>, V> {
    match under {
        None => over,
        Some(under) if over.is_empty() => under.clone(),
        Some(under) => {
            for (key, value) in under {
                if !over.contains_key(key) {
                    over.insert(Arc::clone(key), value.clone());
                }
            }
            over
        }
    }
}

fn merge_overrides(
    under: Option<&Arc<BTreeMap<LayerName, LayerOverride>>>,
    over: Option<&Arc<BTreeMap<LayerName, LayerOverride>>>,
) -> Arc<BTreeMap<LayerName, LayerOverride>> {
    let (under, over) = match (under, over) {
        (None, None) => return Arc::default(),
        (Some(only), None) | (None, Some(only)) => return Arc::clone(only),
        (Some(under), Some(over)) => (under, over),
    };
    let mut all = BTreeMap::clone(under);
    for (layer, own) in over.iter() {
        let Some(base) = all.get_mut(layer) else {
            all.insert(layer.clone(), own.clone());
            continue;
        };
        base.span = own.span;
        base.waiting = own.waiting.or(base.waiting);
        if own.presets.is_some() {
            base.presets.clone_from(&own.presets);
        }
        base.values = match (base.values.take(), &own.values) {
            (Some(under), Some(over)) => Some(Arc::new(merge_nodes(&under, over))),
            (under, over) => over.clone().or(under),
        };
    }
    Arc::new(all)
}

/// Lays values over others: mappings merge, everything else replaces. A null stays, for the last merge to see.
fn merge_nodes(under: &Node, over: &Node) -> Node {
    let (NodeKind::Map(lower), NodeKind::Map(upper)) = (&under.kind, &over.kind) else {
        return over.clone();
    };
    let mut all = lower.clone();
    for entry in upper {
        match all.iter_mut().rev().find(|known| known.key == entry.key) {
            Some(known) => {
                known.value = merge_nodes(&known.value, &entry.value);
                known.key_span = entry.key_span;
            }
            None => all.push(entry.clone()),
        }
    }
    Node {
        span: over.span,
        kind: NodeKind::Map(all),
    }
}
