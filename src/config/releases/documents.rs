//! Releases written as documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::model::{ClusterName, Kubeconfig, KubernetesSpec, LayerName, Version};
use crate::yaml::{self, Map, Value};

use super::conceal::conceal;
use super::read::{Release, decoded};

/// What the documents need beside the releases.
#[derive(Debug)]
pub struct Given<'a> {
    /// The cluster's name, and that of its profile.
    pub name: &'a ClusterName,
    /// Where the cluster is.
    pub target: &'a KubernetesSpec,
    /// Its version of Kubernetes.
    pub version: &'a Version,
    /// The registries that charts come from, by the release's name; the other charts are written into the project.
    pub registries: &'a BTreeMap<String, String>,
    /// Secrets that come out differently whenever their charts are rendered, by layer: they stay as they are.
    pub kept: &'a BTreeMap<LayerName, BTreeSet<String>>,
}

/// Documents and what they name.
#[derive(Debug, Default)]
pub struct ImportedReleases {
    /// Files with what is in them; those that name others come last.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// Files for the user's eyes only.
    pub secrets: Vec<(PathBuf, String)>,
    /// The layers, each with its release's name and namespace.
    pub layers: Vec<(LayerName, String, String)>,
    /// What people should know.
    pub notes: Vec<String>,
}

/// Writes releases as documents.
pub fn documents(releases: &[Release], given: &Given<'_>) -> ImportedReleases {
    let mut imported = ImportedReleases::default();
    let mut layers = Vec::new();
    let mut variables = Vec::new();
    let mut bound = Map::default();
    for release in releases {
        let Some(name) = layer_name(release, releases) else {
            imported.notes.push(format!(
                "release {} in {} is left out: its name is not one that a layer can have",
                release.name, release.namespace
            ));
            continue;
        };
        let registry = given.registries.get(&release.name);
        if registry.is_none() && release.has_subcharts() {
            imported.notes.push(format!(
                "release {} in {} is left out: its chart {} has subcharts, which Helm does not keep; name the registry that it comes from with --registry {}=NAME",
                release.name, release.namespace, release.chart_text("name"), release.name
            ));
            continue;
        }
        let mut values = release.config.clone().unwrap_or_default();
        for secret in conceal(name.as_str(), &mut values) {
            let file = format!("secrets/{}-{}", given.name, secret.variable);
            imported.notes.push(format!(
                "`{}` of release {} looks like a secret: it is in {file}, which only you can read",
                secret.path, release.name
            ));
            variables.push(map([
                ("name", secret.variable.as_str().into()),
                ("required", true.into()),
                ("sensitive", true.into()),
            ]));
            let from = map([("fromFile", file.as_str().into())]);
            bound.insert(secret.variable, from);
            imported.secrets.push((file.into(), secret.value));
        }
        let mut layer = Map::default();
        put(&mut layer, "name", name.as_str());
        put(&mut layer, "category", "system-app");
        let chart = chart(release, registry, given.name, &mut imported);
        layer.insert("chart".to_owned(), chart);
        if values.as_map().is_some_and(|map| !map.is_empty()) {
            layer.insert("values".to_owned(), values);
        }
        if let Some(kept) = given.kept.get(&name) {
            let ignored = kept.iter().map(|secret| {
                map([
                    ("kind", "Secret".into()),
                    ("name", secret.as_str().into()),
                    (
                        "paths",
                        Value::List(vec!["data".into(), "stringData".into()]),
                    ),
                ])
            });
            layer.insert("ignoreFields".to_owned(), Value::List(ignored.collect()));
        }
        layers.push(Value::Map(layer));
        let (release, namespace) = (release.name.clone(), release.namespace.clone());
        imported.layers.push((name, release, namespace));
    }
    let mut spec = Map::default();
    put(&mut spec, "type", "add-on");
    if !variables.is_empty() {
        spec.insert("variables".to_owned(), Value::List(variables));
    }
    spec.insert("layers".to_owned(), Value::List(layers));
    let profile = document("ClusterProfile", given.name.as_str(), spec);
    let why = if given.kept.is_empty() {
        ""
    } else {
        "# Charts make up what the Secrets under `ignoreFields` hold anew whenever they are rendered: what is there stays.\n"
    };
    let file = |folder: &str| PathBuf::from(format!("{folder}/{}.yaml", given.name));
    imported
        .files
        .push((file("profiles"), format!("{why}{profile}").into_bytes()));
    let cluster = cluster(given, bound);
    imported
        .files
        .push((file("clusters"), cluster.into_bytes()));
    imported
}

/// The release's name; where another namespace has a release of the same name, with its own before it.
fn layer_name(release: &Release, all: &[Release]) -> Option<LayerName> {
    let same = all.iter().filter(|other| other.name == release.name);
    let name = if same.count() > 1 {
        format!("{}-{}", release.namespace, release.name)
    } else {
        release.name.clone()
    };
    LayerName::new(&name).ok()
}

/// The chart of a layer; its files are written unless it comes from a registry.
fn chart(
    release: &Release,
    registry: Option<&String>,
    cluster: &ClusterName,
    imported: &mut ImportedReleases,
) -> Value {
    let mut chart = Map::default();
    if let Some(registry) = registry {
        put(&mut chart, "registry", registry.as_str());
        put(&mut chart, "name", release.chart_text("name"));
        put(&mut chart, "version", release.chart_text("version"));
    } else {
        let folder = format!("charts/{cluster}/{}/{}", release.namespace, release.name);
        files(release, &folder, imported);
        put(&mut chart, "path", folder.as_str());
    }
    put(&mut chart, "namespace", release.namespace.as_str());
    put(&mut chart, "releaseName", release.name.as_str());
    Value::Map(chart)
}

fn files(release: &Release, folder: &str, imported: &mut ImportedReleases) {
    let mut add = |name: &str, bytes: Vec<u8>| {
        imported
            .files
            .push((PathBuf::from(format!("{folder}/{name}")), bytes));
    };
    add(
        "Chart.yaml",
        yaml::write(&release.chart.metadata).into_bytes(),
    );
    if let Some(values) = &release.chart.values {
        add("values.yaml", yaml::write(values).into_bytes());
    }
    if let Some(schema) = release.chart.schema.as_deref().and_then(decoded) {
        add("values.schema.json", schema);
    }
    let templates = release.chart.templates.iter().flatten();
    let all = templates.chain(release.chart.files.iter().flatten());
    for file in all.filter(|file| is_below(&file.name)) {
        if let Some(bytes) = file.bytes() {
            add(&file.name, bytes);
        }
    }
}

/// Whether a file's name stays below its chart. Whoever may write releases on a cluster may not write files elsewhere.
fn is_below(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('/')
        && !name.contains('\\')
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn cluster(given: &Given<'_>, bound: Map) -> String {
    let mut spec = Map::default();
    let version = given.version.as_str().trim_start_matches('v');
    spec.insert(
        "existing".to_owned(),
        map([("kubernetesVersion", version.into())]),
    );
    let profile = map([("name", given.name.as_str().into())]);
    spec.insert("profiles".to_owned(), Value::List(vec![profile]));
    if !bound.is_empty() {
        spec.insert("variables".to_owned(), Value::Map(bound));
    }
    let mut target = Map::default();
    match &given.target.kubeconfig {
        Kubeconfig::Usual => {}
        Kubeconfig::File(path) => {
            put(&mut target, "kubeconfig", &path.to_string_lossy());
        }
        Kubeconfig::Environment(name) => {
            let from = map([("fromEnv", (&**name).into())]);
            target.insert("kubeconfigFrom".to_owned(), from);
        }
        Kubeconfig::InCluster => {
            target.insert("inCluster".to_owned(), true.into());
        }
    }
    if let Some(context) = &given.target.context {
        put(&mut target, "context", context);
    }
    spec.insert(
        "target".to_owned(),
        map([("kubernetes", Value::Map(target))]),
    );
    document("Cluster", given.name.as_str(), spec)
}

fn document(kind: &str, name: &str, spec: Map) -> String {
    yaml::write_ordered(&map([
        ("apiVersion", "stratiform/v1".into()),
        ("kind", kind.into()),
        ("metadata", map([("name", name.into())])),
        ("spec", Value::Map(spec)),
    ]))
}

fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value));
    Value::Map(fields.collect())
}

fn put(map: &mut Map, key: &str, text: &str) {
    map.insert(key.to_owned(), text.into());
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn files_of_charts_stay_below_them() {
        for name in ["templates/a.yaml", "README.md", "crds/a/b.yaml"] {
            assert!(is_below(name), "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../a",
            "a/../../b",
            "a//b",
            "a\\b",
            "./a",
        ] {
            assert!(!is_below(name), "{name}");
        }
    }
}
