//! Clusters and packs rendered for people to look at: nothing is compared, planned or written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::diag::{Diagnostic, Sources};
use crate::model::{
    Binding, Capabilities, Category, Cloud, Cluster, ClusterName, Deletion, Existing, Key, Layer,
    LayerName, LayerSource, Object, Pack, PackRef, Preset, Profile, ProfileKind, ProfileName,
    Project, RefreshPolicy, RegistryName, SecretPolicy, Seed, Stack, StackLayer, StandsAs,
    TargetSpec, ValuesMode, VersionPolicy, VersionReq, WaitingWish,
};
use crate::registry;
use crate::render::chart::Charts;
use crate::render::template::Limits;
use crate::render::{
    Chance, Context, NamespaceWish, Prepared, images_of_values, join, render, values,
};
use crate::state::{Mode, Snapshot, Store};
use crate::yaml::{Node, Value};

use super::desired::namespaces_layer;
use super::error::EngineError;
use super::seeds::{Seeds, now};
use super::selection::Selection;
use super::workspace::Workspace;

/// A cluster's objects in clear, layer by layer.
#[derive(Debug)]
pub struct RenderedCluster {
    /// The cluster.
    pub cluster: ClusterName,
    /// Its layers in their order, the one of its namespaces first.
    pub layers: Vec<(LayerName, Vec<Object>)>,
    /// The images that packs say they bring along, of layers that say so.
    pub images: BTreeMap<LayerName, BTreeSet<String>>,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
}

/// The state as far as rendering depends on it: uids of clusters and seeds of random values. Nothing is in it before the
/// first apply.
///
/// # Errors
/// When the state cannot be read.
pub fn rendering_state(workspace: &Workspace) -> Result<Snapshot, EngineError> {
    let mut store = workspace.project.store(Mode::Read, &workspace.key)?;
    Ok(store.snapshot()?)
}

/// Renders what one cluster should be. Random values are those that were applied; a layer that was never applied gets
/// others each time.
///
/// # Errors
/// When something that the user wrote is wrong.
pub fn render_cluster(
    workspace: &Workspace,
    stack: &Stack,
    snapshot: &Snapshot,
    selection: &Selection,
) -> Result<RenderedCluster, EngineError> {
    let prepared = workspace.prepared(stack).map_err(EngineError::Documents)?;
    let name = &stack.cluster.name;
    let known = snapshot.clusters.get(name);
    let uid = known.map_or_else(|| workspace.cluster_uid(name), |known| known.uid);
    let none = Seeds::new();
    let parts = Parts {
        cx: Context::new(
            stack,
            &prepared,
            &workspace.project.documents.project,
            workspace.project_uid(),
            uid,
        ),
        prepared: &prepared,
        seeds: known.map_or(&none, |known| &known.seeds),
        key: &workspace.key,
        now: now(),
    };
    parts
        .render(&|layer| selection.has_layer(layer))
        .map_err(EngineError::Documents)
}

struct Parts<'a> {
    cx: Context<'a>,
    prepared: &'a [Arc<Prepared>],
    seeds: &'a Seeds,
    key: &'a Key,
    now: Timestamp,
}

impl Parts<'_> {
    fn render(
        &self,
        wanted: &dyn Fn(&LayerName) -> bool,
    ) -> Result<RenderedCluster, Vec<Diagnostic>> {
        let mut layers = Vec::with_capacity(self.prepared.len() + 1);
        let mut wishes: Vec<NamespaceWish> = Vec::new();
        let mut images = BTreeMap::new();
        let mut warnings = Vec::new();
        let mut problems = Vec::new();
        for prepared in self.prepared {
            let layer = &prepared.layer().name;
            if !wanted(layer) {
                continue;
            }
            let seed = self.seeds.get(layer).cloned();
            let seed = seed.unwrap_or_else(|| Seed::first(layer, self.seeds, self.now));
            let chance = Chance::new(&seed, self.key, &self.cx);
            let rendered = values(prepared, &self.cx).and_then(|values| {
                let named = images_of_values(&values);
                if !named.is_empty() {
                    images.insert(layer.clone(), named);
                }
                render(prepared, &values, &self.cx, &chance)
            });
            match rendered {
                Ok(rendered) => {
                    layers.push((layer.clone(), rendered.objects));
                    wishes.extend(rendered.namespaces);
                    warnings.extend(rendered.warnings);
                }
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let namespaces = join(wishes.iter())?;
        if !namespaces.is_empty() && wanted(&namespaces_layer()) {
            layers.insert(0, (namespaces_layer(), namespaces));
        }
        Ok(RenderedCluster {
            cluster: self.cx.stack().cluster.name.clone(),
            layers,
            images,
            warnings,
        })
    }
}

/// A pack that is rendered without a project.
#[derive(Debug)]
pub struct PackRequest<'a> {
    /// The pack's folder.
    pub folder: &'a Path,
    /// The presets that are chosen, `group:name` or `name`.
    pub presets: Vec<String>,
    /// Values over the pack's own, in their order.
    pub values: Vec<Arc<Node>>,
    /// What macros read as variables of the profile.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// What macros read as the cluster's name.
    pub cluster: ClusterName,
    /// The namespace of objects that name none, where the pack does not say so itself.
    pub namespace: Option<Arc<str>>,
    /// What templates see of the cluster.
    pub capabilities: Capabilities,
    /// What its templates may use.
    pub limits: Limits,
    /// Random values are made from it.
    pub key: Key,
    /// The time that templates see.
    pub now: Timestamp,
}

/// Renders a pack the way a layer of it would be.
///
/// # Errors
/// What is wrong with the pack or with the values.
pub fn render_pack(
    request: &PackRequest<'_>,
    sources: &Arc<Sources>,
) -> Result<RenderedCluster, Vec<Diagnostic>> {
    let pack = registry::read(request.folder, request.folder, sources)?;
    let layer = layer_of(pack, request)?;
    let charts = Arc::new(Charts::new(Arc::clone(sources), request.limits));
    let prepared = [Arc::new(Prepared::new(&layer, &charts)?)];
    let stack = stack_of(&layer, request);
    let project = lone_project();
    let (project_uid, cluster_uid) = (Uuid::nil(), Uuid::nil());
    let parts = Parts {
        cx: Context::new(&stack, &prepared, &project, project_uid, cluster_uid),
        prepared: &prepared,
        seeds: &Seeds::new(),
        key: &request.key,
        now: request.now,
    };
    parts.render(&|_| true)
}

fn layer_of(pack: Pack, request: &PackRequest<'_>) -> Result<Arc<StackLayer>, Vec<Diagnostic>> {
    let span = crate::diag::Span {
        source: pack.source,
        start: 0,
        end: 0,
    };
    let wrong = |what: String| vec![Diagnostic::error(what).at(span)];
    let name = pack.name.to_lowercase().replace(['_', ' '], "-");
    let name = LayerName::new(&name).map_err(|error| wrong(error.to_string()))?;
    let version =
        VersionReq::new(pack.version.as_str()).map_err(|error| wrong(error.to_string()))?;
    let registry = RegistryName::new("folder").map_err(|error| wrong(error.to_string()))?;
    let presets = presets(&pack, &request.presets).map_err(wrong)?;
    let layer = Layer {
        name: name.clone(),
        category: pack.category.clone(),
        source: LayerSource::Pack(PackRef {
            registry,
            name: Arc::clone(&pack.name),
            version,
            span,
        }),
        presets: Vec::new(),
        values: request.values.clone(),
        values_mode: ValuesMode::Merge,
        depends_on: Vec::new(),
        waiting: WaitingWish::default(),
        ignore_fields: Vec::new(),
        namespace: request.namespace.clone(),
        span,
    };
    let profile = Profile {
        name: ProfileName::new("pack").map_err(|error| wrong(error.to_string()))?,
        version: semver::Version::new(1, 0, 0),
        description: None,
        labels: BTreeMap::new(),
        kind: ProfileKind::AddOn,
        cloud: Cloud::all(),
        cluster_selector: None,
        variables: Vec::new(),
        layers: Vec::new(),
        ignore_fields: Vec::new(),
        moved: Vec::new(),
        digest: pack.digest,
        span,
    };
    Ok(Arc::new(StackLayer {
        name,
        category: Category::clone(&layer.category),
        profile: Arc::new(profile),
        values: layer.values.clone(),
        stands_as: StandsAs::of(&layer.source, Some(&pack), None),
        layer: Arc::new(layer),
        pack: Some(Arc::new(pack)),
        chart: None,
        presets,
        depends_on: Vec::new(),
        ignore_fields: Arc::default(),
        span,
    }))
}

/// The positions of presets, in file order.
fn presets(pack: &Pack, wanted: &[String]) -> Result<Vec<usize>, String> {
    let mut found = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let is_it = |preset: &Preset| {
            *preset.name == **wanted || format!("{}:{}", preset.group, preset.name) == **wanted
        };
        match pack.presets.iter().position(is_it) {
            Some(at) => found.push(at),
            None => return Err(format!("pack `{}` has no preset `{wanted}`", pack.name)),
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn stack_of(layer: &Arc<StackLayer>, request: &PackRequest<'_>) -> Stack {
    let cluster = Cluster {
        name: request.cluster.clone(),
        labels: BTreeMap::new(),
        cloud: Cloud::all(),
        profiles: [].into(),
        existing: Some(Existing {
            kubernetes_version: request.capabilities.kube_version.clone(),
        }),
        variables: BTreeMap::new(),
        overrides: Arc::default(),
        region: None,
        endpoint: None,
        cloud_account: None,
        api_versions: [].into(),
        node_pools: [].into(),
        target: TargetSpec::Directory {
            path: request.folder.to_owned(),
            secrets: SecretPolicy::Write,
        },
        deletion: Deletion::Forget,
        span: layer.span,
    };
    let variables = request.variables.iter();
    let bindings = variables.map(|(name, value)| {
        let (value, sensitive) = (value.clone(), false);
        (Arc::clone(name), Binding { value, sensitive })
    });
    let bindings = bindings.collect();
    Stack {
        cluster: Arc::new(cluster),
        infra: None,
        layers: [Arc::clone(layer)].into(),
        edges: [].into(),
        bindings: [(layer.profile.name.clone(), bindings)].into(),
        capabilities: Arc::new(request.capabilities.clone()),
    }
}

/// The project of a pack that has none.
fn lone_project() -> Project {
    Project {
        name: "pack".into(),
        documents: Vec::new(),
        state: std::path::PathBuf::new(),
        macros: BTreeMap::new(),
        ignore_fields: Vec::new(),
        versions: VersionPolicy::Mutable,
        moved: Vec::new(),
        delete_limit: 0,
        refresh: RefreshPolicy::default(),
    }
}
