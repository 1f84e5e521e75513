//! Stacks out of a few lines of text, for the tests of this room.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::diag::{Diagnostic, Sources, Style};
use crate::model::*;
use crate::yaml::{self, Node, Value};

use super::chance::Chance;
use super::context::Context;
use super::inputs::values;
use super::layer::{Rendered, render};
use super::prepared::Prepared;

/// A cluster `prod-1` with the layers that a test gives it, all from profile `base`.
pub struct World {
    pub sources: Sources,
    pub layers: Vec<StackLayer>,
    pub bindings: BTreeMap<Arc<str>, Binding>,
    pub project: Project,
    pub cluster: Cluster,
}

impl World {
    pub fn new() -> Self {
        let sources = Sources::default();
        let span = node(&sources, "cluster", "{}").span;
        Self {
            sources,
            layers: Vec::new(),
            bindings: BTreeMap::new(),
            project: Project {
                name: "fleet".into(),
                documents: Vec::new(),
                state: PathBuf::new(),
                macros: BTreeMap::new(),
                ignore_fields: Vec::new(),
                versions: VersionPolicy::Mutable,
                moved: Vec::new(),
                delete_limit: 0,
                refresh: crate::model::RefreshPolicy::default(),
            },
            cluster: Cluster {
                name: ClusterName::new("prod-1").unwrap(),
                labels: BTreeMap::new(),
                cloud: Cloud::new("aws"),
                profiles: [].into(),
                existing: Some(Existing {
                    kubernetes_version: Version::new("v1.33.2").unwrap(),
                }),
                variables: BTreeMap::new(),
                overrides: Arc::default(),
                region: None,
                endpoint: None,
                cloud_account: None,
                api_versions: [].into(),
                node_pools: [].into(),
                target: TargetSpec::Directory {
                    path: PathBuf::from("out"),
                    secrets: SecretPolicy::Refuse,
                },
                deletion: Deletion::Forget,
                span,
            },
        }
    }

    /// Adds a layer of a pack of the same name; gives it to be changed further.
    pub fn pack(
        &mut self,
        name: &str,
        values: &str,
        manifests: &[(&str, &str)],
    ) -> &mut StackLayer {
        let manifests: Vec<Manifest> = manifests
            .iter()
            .map(|(name, text)| self.manifest(name, text))
            .collect();
        let values = node(&self.sources, "values.yaml", values);
        let pack = Pack {
            name: name.into(),
            display_name: name.into(),
            version: Version::new("1.0.0").unwrap(),
            category: Category::Addon("system-app".into()),
            cloud_types: CloudTypes(Vec::new()),
            digest: Digest::of(name.as_bytes()),
            values_source: None,
            values: values.clone(),
            presets: Vec::new(),
            schema: None,
            manifests,
            charts: Vec::new(),
            dependencies: Vec::new(),
            resources: Vec::new(),
            annotations: BTreeMap::new(),
            source: values.span.source,
        };
        let source = LayerSource::Pack(PackRef {
            registry: RegistryName::new("local").unwrap(),
            name: name.into(),
            version: VersionReq::new("1.0.0").unwrap(),
            span: values.span,
        });
        let layer = self.layer(name, source, values.span);
        self.layers.push(StackLayer {
            stands_as: StandsAs::of(&layer.layer.source, Some(&pack), None),
            pack: Some(Arc::new(pack)),
            ..layer
        });
        self.layers.last_mut().unwrap()
    }

    /// Adds a layer of manifests.
    pub fn manifests(&mut self, name: &str, manifests: &[(&str, &str)]) -> &mut StackLayer {
        let manifests: Vec<ManifestSource> = manifests
            .iter()
            .map(|(name, text)| ManifestSource {
                manifest: self.manifest(name, text),
                span: self.cluster.span,
            })
            .collect();
        let layer = self.layer(name, LayerSource::Manifests(manifests), self.cluster.span);
        self.layers.push(layer);
        self.layers.last_mut().unwrap()
    }

    fn manifest(&self, name: &str, text: &str) -> Manifest {
        let path = format!("manifests/{name}.yaml");
        Manifest {
            name: name.into(),
            source: self.sources.add(path.as_str(), text),
            path: path.into(),
            text: text.into(),
        }
    }

    fn layer(&self, name: &str, source: LayerSource, span: crate::diag::Span) -> StackLayer {
        let category = Category::Addon("system-app".into());
        StackLayer {
            name: LayerName::new(name).unwrap(),
            category: category.clone(),
            profile: Arc::new(Profile {
                name: ProfileName::new("base").unwrap(),
                version: semver::Version::new(1, 2, 3),
                description: None,
                labels: BTreeMap::new(),
                kind: ProfileKind::AddOn,
                cloud: Cloud::all(),
                cluster_selector: None,
                variables: Vec::new(),
                layers: Vec::new(),
                ignore_fields: Vec::new(),
                moved: Vec::new(),
                digest: Digest::of(b"base"),
                span,
            }),
            layer: Arc::new(Layer {
                name: LayerName::new(name).unwrap(),
                category,
                source,
                presets: Vec::new(),
                values: Vec::new(),
                values_mode: ValuesMode::Merge,
                depends_on: Vec::new(),
                waiting: WaitingWish::default(),
                ignore_fields: Vec::new(),
                namespace: None,
                span,
            }),
            pack: None,
            chart: None,
            stands_as: StandsAs::default(),
            values: Vec::new(),
            presets: Vec::new(),
            depends_on: Vec::new(),
            ignore_fields: [].into(),
            span,
        }
    }

    pub fn node(&self, text: &str) -> Arc<Node> {
        node(&self.sources, "profile.yaml", text)
    }

    pub fn bind(&mut self, name: &str, value: impl Into<Value>, sensitive: bool) {
        let value = value.into();
        self.bindings
            .insert(name.into(), Binding { value, sensitive });
    }

    /// Works with the layers, prepared, on the cluster.
    pub fn with<T>(&self, work: impl FnOnce(&[Arc<Prepared>], &Context<'_>) -> T) -> T {
        let layers: Vec<Arc<StackLayer>> = self.layers.iter().cloned().map(Arc::new).collect();
        let prepared: Vec<Arc<Prepared>> = layers
            .iter()
            .map(|layer| match Prepared::new(layer, &Arc::default()) {
                Ok(prepared) => Arc::new(prepared),
                Err(problems) => panic!("{}", self.show(&problems)),
            })
            .collect();
        let profile = ProfileName::new("base").unwrap();
        let stack = Stack {
            cluster: Arc::new(self.cluster.clone()),
            infra: None,
            layers: layers.into(),
            edges: [].into(),
            bindings: BTreeMap::from([(profile, self.bindings.clone())]),
            capabilities: Arc::new(Capabilities {
                kube_version: Version::new("1.33.2").unwrap(),
                api_versions: ["apps/v1".into()].into(),
            }),
        };
        let cx = Context::new(&stack, &prepared, &self.project, Uuid::nil(), Uuid::max());
        work(&prepared, &cx)
    }

    /// What preparing the first layer finds wrong.
    pub fn unprepared(&self) -> String {
        let layer = Arc::new(self.layers[0].clone());
        self.show(&Prepared::new(&layer, &Arc::default()).unwrap_err())
    }

    /// The values of the first layer as YAML, or what is wrong with them.
    pub fn values(&self) -> String {
        self.with(|prepared, cx| match values(&prepared[0], cx) {
            Ok(values) => yaml::write(&values),
            Err(problems) => self.show(&problems),
        })
    }

    /// What the first layer renders to.
    pub fn render(&self) -> Result<Rendered, String> {
        self.with(|prepared, cx| {
            let values = values(&prepared[0], cx).map_err(|problems| self.show(&problems))?;
            let chance = Chance::new(&seed(), &Key::from_bytes([7; 32]), cx);
            render(&prepared[0], &values, cx, &chance).map_err(|problems| self.show(&problems))
        })
    }

    pub fn show(&self, problems: &[Diagnostic]) -> String {
        crate::diag::render(problems, &self.sources, Style::Plain)
    }
}

/// What the random values of the layer are derived from.
fn seed() -> Seed {
    Seed {
        generation: 1,
        made: Timestamp::from_second(1_700_000_000).unwrap(),
        layer: LayerName::new("web").unwrap(),
    }
}

/// Changes the pack of a layer.
pub fn edit_pack(layer: &mut StackLayer, edit: impl FnOnce(&mut Pack)) {
    let mut pack = (**layer.pack.as_ref().unwrap()).clone();
    edit(&mut pack);
    layer.stands_as = StandsAs::of(&layer.layer.source, Some(&pack), None);
    layer.pack = Some(Arc::new(pack));
}

/// The only document of a text.
pub fn node(sources: &Sources, name: &str, text: &str) -> Arc<Node> {
    let source = sources.add(name, text);
    let mut all = yaml::read(source, text, yaml::Limits::default()).unwrap();
    Arc::new(all.remove(0))
}
