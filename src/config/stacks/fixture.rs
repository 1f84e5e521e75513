//! Documents and packs out of a few lines of text, so that tests read as what they are about.
//!
//! Each line is a word that says what it is, then further words; what belongs to a profile, layer, pack or cluster follows
//! it. Spans point into the text, so that messages show the lines.
//!
//! ```text
//! pack NAME VERSION CATEGORY [clouds=A,B]
//!   needs|optional|conflicts|replaces NAME [min=V] [max=V] [layer=L]
//!   preset GROUP:NAME [remove=PATH] [add=PATH]
//!   least cpu|memory|disk AMOUNT
//!   component cpu|memory|disk PATH [replicas=PATH] [on=all|worker|control-plane]
//! profile NAME VERSION infra|add-on|full CLOUD [select=KEY:VALUE]
//!   variable NAME FORMAT [required] [sensitive] [hidden] [readonly] [default=TEXT]
//!   layer NAME CATEGORY manifests|chart|PACK:VERSION [after=A,B] [presets=A,B] [replace] [stands=PACK:VERSION]
//! cluster NAME CLOUD [PROFILE[@VERSION]]... [label=KEY:VALUE] [existing=VERSION]
//!   set NAME TEXT|env:NAME|file:PATH
//!   give PROFILE NAME TEXT|env:NAME|file:PATH
//!   override LAYER [presets=A,B]
//!   pool control-plane|worker COUNT CPU MEMORY DISK
//! value KEY:KEY:KEY TEXT      (of the pack, layer or override before it)
//! ```

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::documents::Documents;
use crate::diag::{Diagnostic, SourceId, Sources, Span, Spanned, Style, render};
use crate::model::{self, *};
use crate::yaml::{Entry, Node, NodeKind, ScalarStyle, Value};

use super::{Contents, Environment, ReadError, build, pack_refs};

/// A project as a test wrote it.
pub(super) struct Project {
    pub documents: Documents,
    pub packs: Contents,
    pub sources: Sources,
    pub environment: FakeEnvironment,
}

/// Environment variables and files out of a map.
#[derive(Default)]
pub(super) struct FakeEnvironment {
    pub variables: HashMap<String, String>,
    pub files: HashMap<PathBuf, String>,
}

impl Environment for FakeEnvironment {
    fn variable(&self, name: &str) -> Result<String, ReadError> {
        self.variables.get(name).cloned().ok_or(ReadError::Unset)
    }

    fn file(&self, path: &Path) -> Result<String, ReadError> {
        self.files.get(path).cloned().ok_or(ReadError::Missing)
    }
}

/// Core layers for aws, and a cluster of them: what most tests begin with.
pub(super) const BASE: &str = "\
pack ubuntu 22.04 os clouds=aws
pack kubernetes 1.31.4 k8s
pack cilium 1.16.0 cni
pack ebs 1.30.0 csi
profile base 1.0.0 infra aws
  layer os os ubuntu:22.04
  layer k8s k8s kubernetes:1.31.4
  layer cni cni cilium:1.16.0
  layer csi csi ebs:1.30.0
";

/// What `build` says of a text, after [`BASE`].
pub(super) fn problems(text: &str) -> String {
    project(&format!("{BASE}{text}")).problems()
}

/// The order of the first cluster's stack, after [`BASE`]; there must be no problems.
pub(super) fn order(text: &str) -> String {
    let project = project(&format!("{BASE}{text}"));
    let (stacks, problems) = project.build();
    assert_eq!(project.render(&problems), "");
    let names: Vec<&str> = stacks[0]
        .layers
        .iter()
        .map(|layer| layer.name.as_str())
        .collect();
    names.join(" ")
}

impl Project {
    pub(super) fn build(&self) -> (Vec<Stack>, Vec<Diagnostic>) {
        build(&self.documents, &self.packs, &self.environment)
    }

    pub(super) fn problems(&self) -> String {
        self.render(&self.build().1)
    }

    pub(super) fn render(&self, problems: &[Diagnostic]) -> String {
        render(problems, &self.sources, Style::Plain)
    }
}

/// Reads a text.
pub(super) fn project(text: &str) -> Project {
    let sources = Sources::default();
    let source = sources.add("test", text);
    let mut reader = Reader {
        source,
        packs: Vec::new(),
        profiles: Vec::new(),
        clusters: Vec::new(),
        last: Last::Nothing,
    };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        reader.line(&Line::new(line.trim_end(), start, source));
        start += line.len();
    }
    let documents = Documents {
        root: PathBuf::from("/"),
        project: Arc::new(model::Project {
            name: "test".into(),
            documents: Vec::new(),
            state: PathBuf::new(),
            macros: BTreeMap::new(),
            ignore_fields: Vec::new(),
            versions: VersionPolicy::Mutable,
            moved: Vec::new(),
            delete_limit: 0,
            refresh: model::RefreshPolicy::default(),
        }),
        registries: Vec::new(),
        profiles: reader.profiles.into_iter().map(Arc::new).collect(),
        clusters: reader.clusters.into_iter().map(Arc::new).collect(),
    };
    let mut packs = Contents::default();
    for reference in pack_refs(&documents) {
        let found = reader.packs.iter().find(|pack| {
            pack.name == reference.name && pack.version.as_str() == reference.version.as_str()
        });
        if let Some(pack) = found {
            packs.insert_pack(reference, Arc::new(pack.clone()));
        }
    }
    Project {
        documents,
        packs,
        sources,
        environment: FakeEnvironment::default(),
    }
}

/// What a `value` line belongs to.
enum Last {
    Nothing,
    Pack,
    Layer,
    Override(LayerName),
}

struct Reader {
    source: SourceId,
    packs: Vec<Pack>,
    profiles: Vec<Profile>,
    clusters: Vec<Cluster>,
    last: Last,
}

/// A line of words with their places, and of options `key=value`.
struct Line<'t> {
    words: Vec<(&'t str, Span)>,
    options: HashMap<&'t str, (&'t str, Span)>,
}

impl<'t> Line<'t> {
    fn new(text: &'t str, start: usize, source: SourceId) -> Self {
        let mut line = Line {
            words: Vec::new(),
            options: HashMap::new(),
        };
        for word in text.split_whitespace() {
            let at = start + word.as_ptr().addr() - text.as_ptr().addr();
            let span = Span {
                source,
                start: at.try_into().unwrap(),
                end: (at + word.len()).try_into().unwrap(),
            };
            match word.split_once('=') {
                Some((key, value)) => {
                    line.options.insert(key, (value, span));
                }
                None => line.words.push((word, span)),
            }
        }
        line
    }

    fn word(&self, at: usize) -> &'t str {
        self.words[at].0
    }

    fn span(&self, at: usize) -> Span {
        self.words[at].1
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|(known, _)| *known == word)
    }

    fn option(&self, key: &str) -> Option<&'t str> {
        self.options.get(key).map(|(value, _)| *value)
    }

    fn list(&self, key: &str) -> Option<Vec<Spanned<Arc<str>>>> {
        let (value, span) = self.options.get(key)?;
        let words = value.split(',');
        Some(words.map(|word| Spanned::new(word.into(), *span)).collect())
    }

    fn version(&self, key: &str) -> Option<Version> {
        self.option(key).map(|text| Version::new(text).unwrap())
    }

    fn source_of_binding(&self, at: usize) -> Spanned<BindingSource> {
        let word = self.word(at);
        let source = if let Some(name) = word.strip_prefix("env:") {
            BindingSource::Env(name.into())
        } else if let Some(path) = word.strip_prefix("file:") {
            BindingSource::File(path.into())
        } else {
            BindingSource::Literal(Value::from(word))
        };
        Spanned::new(source, self.span(at))
    }
}

impl Reader {
    fn line(&mut self, line: &Line<'_>) {
        let Some((verb, span)) = line.words.first() else {
            return;
        };
        match *verb {
            "pack" => self.pack(line),
            "profile" => self.profile(line),
            "cluster" => self.cluster(line),
            "layer" => self.layer(line),
            "variable" => self.variable(line),
            "value" => self.value(line),
            "needs" => self.dependency(DependencyKind::Required, line),
            "optional" => self.dependency(DependencyKind::Optional, line),
            "conflicts" => self.dependency(DependencyKind::NotSupported, line),
            "replaces" => self.dependency(DependencyKind::Upgrade, line),
            "least" | "component" => self.resource(line),
            "preset" => {
                let (group, name) = line.word(1).split_once(':').unwrap();
                let null = self.null(*span);
                let add = line.option("add").map(|path| {
                    let value = self.text("added", *span);
                    nested(null.clone(), &path.split('.').collect::<Vec<_>>(), value)
                });
                self.packs.last_mut().unwrap().presets.push(Preset {
                    name: name.into(),
                    display_name: None,
                    group: group.into(),
                    remove: line.option("remove").map(Into::into).into_iter().collect(),
                    add: Arc::new(add.unwrap_or(null)),
                });
            }
            "set" => {
                let cluster = self.clusters.last_mut().unwrap();
                let binding = line.source_of_binding(2);
                cluster.variables.insert(line.word(1).into(), binding);
            }
            "give" => {
                let cluster = self.clusters.last_mut().unwrap();
                let profiles = Arc::get_mut(&mut cluster.profiles).unwrap();
                let named = |profile: &&mut ProfileRef| profile.name.as_str() == line.word(1);
                let binding = line.source_of_binding(3);
                let variables = &mut profiles.iter_mut().find(named).unwrap().variables;
                variables.insert(line.word(2).into(), binding);
            }
            "override" => {
                let name = LayerName::new(line.word(1)).unwrap();
                let change = LayerOverride {
                    values: None,
                    presets: line.list("presets"),
                    waiting: WaitingWish::default(),
                    span: line.span(1),
                };
                let cluster = self.clusters.last_mut().unwrap();
                let overrides = Arc::get_mut(&mut cluster.overrides).unwrap();
                overrides.insert(name.clone(), change);
                self.last = Last::Override(name);
            }
            "pool" => {
                let number = |at: usize| line.word(at).parse().unwrap();
                let cluster = self.clusters.last_mut().unwrap();
                let mut pools = cluster.node_pools.to_vec();
                pools.push(NodePool {
                    name: line.word(1).into(),
                    role: match line.word(1) {
                        "worker" => PoolRole::Worker,
                        _ => PoolRole::ControlPlane,
                    },
                    count: line.word(2).parse().unwrap(),
                    cpu: number(3),
                    memory: number(4),
                    disk: number(5),
                });
                cluster.node_pools = pools.into();
            }
            other => panic!("the fixture does not know `{other}`"),
        }
    }

    fn pack(&mut self, line: &Line<'_>) {
        let clouds = line.option("clouds").unwrap_or("all").split(',');
        self.last = Last::Pack;
        self.packs.push(Pack {
            name: line.word(1).into(),
            display_name: line.word(1).into(),
            version: Version::new(line.word(2)).unwrap(),
            category: line.word(3).parse().unwrap(),
            cloud_types: CloudTypes(clouds.map(Cloud::new).collect()),
            digest: Digest::of(b""),
            values_source: None,
            values: Arc::new(self.null(line.span(1))),
            presets: Vec::new(),
            schema: None,
            manifests: Vec::new(),
            charts: Vec::new(),
            dependencies: Vec::new(),
            resources: Vec::new(),
            annotations: BTreeMap::new(),
            source: self.source,
        });
    }

    fn profile(&mut self, line: &Line<'_>) {
        self.profiles.push(Profile {
            name: ProfileName::new(line.word(1)).unwrap(),
            version: line.word(2).parse().unwrap(),
            description: None,
            labels: Labels::new(),
            kind: match line.word(3) {
                "infra" => ProfileKind::Infra,
                "full" => ProfileKind::Full,
                _ => ProfileKind::AddOn,
            },
            cloud: Cloud::new(line.word(4)),
            cluster_selector: line.option("select").map(|label| Selector {
                match_labels: labels(label),
                match_expressions: Vec::new(),
            }),
            variables: Vec::new(),
            layers: Vec::new(),
            ignore_fields: Vec::new(),
            moved: Vec::new(),
            digest: Digest::of(b""),
            span: line.span(1),
        });
    }

    fn layer(&mut self, line: &Line<'_>) {
        let source = match line.word(3).split_once(':') {
            Some((name, version)) => LayerSource::Pack(PackRef {
                registry: RegistryName::new("r").unwrap(),
                name: name.into(),
                version: VersionReq::new(version).unwrap(),
                span: line.span(3),
            }),
            None if line.word(3) == "chart" => LayerSource::Chart(ChartRef {
                place: ChartPlace::Path("chart".into()),
                release_name: None,
                skip_crds: false,
                stands_for: line.option("stands").map(|stands| {
                    let (pack, version) = stands.split_once(':').unwrap();
                    StandsFor {
                        pack: pack.into(),
                        version: Version::new(version).ok(),
                    }
                }),
                span: line.span(3),
            }),
            None => LayerSource::Manifests(Vec::new()),
        };
        let after = line.list("after").unwrap_or_default();
        let layer_name = |name: Spanned<Arc<str>>| {
            Spanned::new(LayerName::new(&*name.value).unwrap(), name.span)
        };
        self.last = Last::Layer;
        self.profiles.last_mut().unwrap().layers.push(Layer {
            name: LayerName::new(line.word(1)).unwrap(),
            category: line.word(2).parse().unwrap(),
            source,
            presets: line.list("presets").unwrap_or_default(),
            values: Vec::new(),
            values_mode: match line.has("replace") {
                true => ValuesMode::Replace,
                false => ValuesMode::Merge,
            },
            depends_on: after.into_iter().map(layer_name).collect(),
            waiting: WaitingWish::default(),
            ignore_fields: Vec::new(),
            namespace: None,
            span: line.span(1),
        });
    }

    fn variable(&mut self, line: &Line<'_>) {
        self.profiles.last_mut().unwrap().variables.push(Variable {
            name: line.word(1).into(),
            display_name: None,
            description: None,
            format: match line.word(2) {
                "number" => Format::Number,
                "boolean" => Format::Boolean,
                "ipv4" => Format::Ipv4,
                _ => Format::String,
            },
            regex: None,
            required: line.has("required"),
            default: line.option("default").map(Value::from),
            options: Vec::new(),
            sensitive: line.has("sensitive"),
            hidden: line.has("hidden"),
            read_only: line.has("readonly"),
            span: line.span(1),
        });
    }

    fn cluster(&mut self, line: &Line<'_>) {
        let profile = |(word, span): &(&str, Span)| {
            let (name, version) = match word.split_once('@') {
                Some((name, version)) => (name, Some(version.parse().unwrap())),
                None => (*word, None),
            };
            ProfileRef {
                name: ProfileName::new(name).unwrap(),
                version,
                variables: BTreeMap::new(),
                span: *span,
            }
        };
        self.clusters.push(Cluster {
            name: ClusterName::new(line.word(1)).unwrap(),
            labels: line.option("label").map(labels).unwrap_or_default(),
            cloud: Cloud::new(line.word(2)),
            profiles: line.words[3..].iter().map(profile).collect(),
            existing: line
                .version("existing")
                .map(|kubernetes_version| Existing { kubernetes_version }),
            variables: BTreeMap::new(),
            overrides: Arc::default(),
            region: None,
            endpoint: None,
            cloud_account: None,
            api_versions: [].into(),
            node_pools: Arc::from([]),
            target: TargetSpec::Directory {
                path: PathBuf::from(line.word(1)),
                secrets: SecretPolicy::Refuse,
            },
            deletion: Deletion::Forget,
            span: line.span(1),
        });
    }

    fn dependency(&mut self, kind: DependencyKind, line: &Line<'_>) {
        self.packs
            .last_mut()
            .unwrap()
            .dependencies
            .push(Dependency {
                pack: line.word(1).into(),
                layer: line.option("layer").map(Into::into),
                min: line.version("min"),
                max: line.version("max"),
                kind,
                span: line.span(0),
            });
    }

    fn resource(&mut self, line: &Line<'_>) {
        let component = (line.word(0) == "component").then(|| ResourceComponent {
            request_path: line.word(2).into(),
            replicas_path: line.option("replicas").map(Into::into),
            schedule: match line.option("on") {
                Some("worker") => ScheduleType::Worker,
                Some("control-plane") => ScheduleType::ControlPlane,
                _ => ScheduleType::All,
            },
        });
        self.packs.last_mut().unwrap().resources.push(Resource {
            kind: match line.word(1) {
                "cpu" => ResourceKind::Cpu,
                "memory" => ResourceKind::Memory,
                _ => ResourceKind::DiskSize,
            },
            min: line.word(2).parse().ok(),
            components: component.into_iter().collect(),
            span: line.span(0),
        });
    }

    fn value(&mut self, line: &Line<'_>) {
        let keys: Vec<&str> = line.word(1).split(':').collect();
        let text = match line.word(2) {
            "null" => self.null(line.span(2)),
            text => self.text(text, line.span(2)),
        };
        let old = |values: Option<&Arc<Node>>| {
            values.map_or_else(|| self.null(line.span(1)), |values| Node::clone(values))
        };
        match &self.last {
            Last::Pack => {
                let node = nested(old(self.packs.last().map(|pack| &pack.values)), &keys, text);
                self.packs.last_mut().unwrap().values = Arc::new(node);
            }
            Last::Layer => {
                let layers = &self.profiles.last().unwrap().layers;
                let node = nested(old(layers.last().unwrap().values.last()), &keys, text);
                let layers = &mut self.profiles.last_mut().unwrap().layers;
                layers.last_mut().unwrap().values = vec![Arc::new(node)];
            }
            Last::Override(name) => {
                let overrides = &self.clusters.last().unwrap().overrides;
                let node = nested(old(overrides[name].values.as_ref()), &keys, text);
                let overrides = &mut self.clusters.last_mut().unwrap().overrides;
                let change = Arc::get_mut(overrides).unwrap().get_mut(name).unwrap();
                change.values = Some(Arc::new(node));
            }
            Last::Nothing => panic!("a value belongs to a pack, a layer or an override"),
        }
    }

    fn null(&self, span: Span) -> Node {
        Node {
            span,
            kind: NodeKind::Null,
        }
    }

    fn text(&self, text: &str, span: Span) -> Node {
        Node {
            span,
            kind: NodeKind::String(text.into(), ScalarStyle::Plain),
        }
    }
}

fn labels(text: &str) -> Labels {
    let (key, value) = text.split_once(':').unwrap();
    Labels::from([(key.into(), value.into())])
}

/// A mapping with a value put in at a path.
fn nested(node: Node, keys: &[&str], value: Node) -> Node {
    let Some(first) = keys.first() else {
        return value;
    };
    let span = node.span;
    let mut entries = match node.kind {
        NodeKind::Map(entries) => entries,
        _ => Vec::new(),
    };
    let null = Node {
        span,
        kind: NodeKind::Null,
    };
    match entries.iter_mut().find(|entry| entry.key == *first) {
        Some(entry) => {
            let old = std::mem::replace(&mut entry.value, null);
            entry.value = nested(old, &keys[1..], value);
        }
        None => entries.push(Entry {
            key: (*first).to_owned(),
            key_span: value.span,
            value: nested(null, &keys[1..], value),
        }),
    }
    Node {
        span,
        kind: NodeKind::Map(entries),
    }
}
