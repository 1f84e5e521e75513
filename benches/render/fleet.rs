//! A fleet of clusters with layers of charts.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::measure;
use super::packs::Pack;

/// How many layers a cluster has.
const LAYERS: usize = 6;

/// The peak memory that is asked for, in megabytes.
const ASKED: f64 = 500.0;

/// A pack that a layer can be made of.
struct Layer {
    name: String,
    version: String,
    /// The key of its chart's values.
    chart: String,
    /// How large its archive is.
    size: u64,
}

/// Prints how long a first plan takes.
pub fn plan(packs: &[Pack], clusters: usize) {
    let scratch = tempfile::tempdir().unwrap();
    let mut layers: Vec<Layer> = packs
        .iter()
        .filter_map(|pack| usable(pack, scratch.path()))
        .collect();
    if layers.len() < LAYERS {
        println!("charts of our own, since there are no {LAYERS} packs that need nothing more");
        layers = (0..LAYERS).map(|at| own(scratch.path(), at)).collect();
    }
    // As many small as large ones.
    layers.sort_by_key(|layer| layer.size);
    let count = layers.len();
    let chosen: Vec<&Layer> = (0..LAYERS)
        .map(|at| &layers[(2 * at + 1) * count / (2 * LAYERS)])
        .collect();
    let names: Vec<&str> = chosen.iter().map(|layer| layer.name.as_str()).collect();
    project(scratch.path(), &chosen, clusters);
    let measured = measure::program(scratch.path(), &["plan"], &[]);
    let rendered = (clusters * LAYERS) as f64;
    println!("layers: {}", names.join(", "));
    println!(
        "| first plan | time | a layer | peak memory | asked for |\n| --- | --- | --- | --- | --- |"
    );
    println!(
        "| {clusters} clusters, {LAYERS} charts each | {:.1} s | {:.2} ms | {:.0} MB | {ASKED:.0} MB |",
        measured.seconds,
        measured.seconds / rendered * 1e3,
        measured.megabytes
    );
}

/// The pack as a layer, copied into the project, if a cluster needs nothing more for it.
fn usable(pack: &Pack, root: &Path) -> Option<Layer> {
    let [chart] = pack.charts.as_slice() else {
        return None;
    };
    if pack.text("layer") != "addon" {
        return None;
    }
    let values = std::fs::read_to_string(pack.folder.join("values.yaml")).ok()?;
    let below = values
        .lines()
        .skip_while(|line| !line.starts_with("charts:"));
    let key = below.skip(1).find_map(|line| {
        let key = line.trim().strip_suffix(':')?;
        (!key.starts_with('#')).then(|| key.to_owned())
    })?;
    let layer = Layer {
        name: pack.text("name").to_owned(),
        version: pack.text("version").to_owned(),
        chart: key,
        size: std::fs::metadata(chart).ok()?.len(),
    };
    let trial = root.join("trial");
    let folder = pack.folder.file_name().unwrap();
    let _ = std::fs::remove_dir_all(&trial);
    copy(&pack.folder, &trial.join("packs").join(folder));
    project(&trial, &[&layer], 1);
    let status = Command::new(env!("CARGO_BIN_EXE_stratiform"))
        .arg("-C")
        .arg(&trial)
        .arg("plan")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let target = root.join("packs").join(folder);
    (status.unwrap().success() && !known(root, &layer.name)).then(|| {
        copy(&pack.folder, &target);
        layer
    })
}

/// Whether there is a pack of that name already, of another version.
fn known(root: &Path, name: &str) -> bool {
    let entries = std::fs::read_dir(root.join("packs")).into_iter().flatten();
    let mut texts = entries.filter_map(|entry| {
        let path = entry.ok()?.path().join("pack.json");
        serde_json::from_slice::<serde_json::Value>(&std::fs::read(path).ok()?).ok()
    });
    texts.any(|pack| pack["name"] == name)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn project(root: &Path, layers: &[&Layer], clusters: usize) {
    write(root, "stratiform.yaml", PROJECT);
    let mut profile = PROFILE.to_owned();
    for layer in layers {
        let Layer {
            name,
            version,
            chart,
            ..
        } = layer;
        write!(
            profile,
            "    - name: {name}\n      category: system-app\n      pack: {{registry: packs, name: {name}, version: {version}}}\n      \
             values: {{charts: {{{chart}: {{fullnameOverride: \"{chart}-{{{{ .spectro.system.cluster.name }}}}\", cluster: \"{{{{ .spectro.system.cluster.uid }}}}\"}}}}}}\n"
        )
        .unwrap();
    }
    let mut group = GROUP.to_owned();
    for number in 0..clusters {
        writeln!(group, "    - {{name: edge-{number:04}}}").unwrap();
    }
    write(root, "fleet.yaml", &(profile + &group));
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

const PROJECT: &str = "\
apiVersion: stratiform/v1
kind: Project
metadata: {name: fleet}
spec: {documents: [fleet.yaml]}
---
apiVersion: stratiform/v1
kind: Registry
metadata: {name: packs}
spec: {directory: {path: packs}}
";

const PROFILE: &str = "\
apiVersion: stratiform/v1
kind: ClusterProfile
metadata: {name: apps}
spec:
  type: add-on
  layers:
";

const GROUP: &str = "\
---
apiVersion: stratiform/v1
kind: ClusterGroup
metadata: {name: fleet}
spec:
  template:
    existing: {kubernetesVersion: 1.33.1}
    profiles: [{name: apps}]
    target: {directory: {path: \"rendered/{name}\"}}
  clusters:
";

/// A pack with a chart of our own.
fn own(root: &Path, at: usize) -> Layer {
    let name = format!("own-{at}");
    let pack = format!("packs/{name}-1.0.0");
    let chart = format!("{pack}/charts/{name}");
    let metadata = format!(
        r#"{{"name": "{name}", "displayName": "{name}", "version": "1.0.0", "layer": "addon", "cloudTypes": ["all"], "charts": ["charts/{name}"]}}"#
    );
    write(root, &format!("{pack}/pack.json"), &metadata);
    let values = format!("pack:\n  namespace: apps\ncharts:\n  {name}:\n    replicas: 2\n");
    write(root, &format!("{pack}/values.yaml"), &values);
    let metadata = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    write(root, &format!("{chart}/Chart.yaml"), &metadata);
    write(
        root,
        &format!("{chart}/values.yaml"),
        "replicas: 1\nresources: {limits: {cpu: 1, memory: 1Gi}}\nconfig: {a: 1, b: [x, y]}\n",
    );
    write(root, &format!("{chart}/templates/_helpers.tpl"), HELPERS);
    for part in 0..=at * 2 {
        let text = TEMPLATE.replace("PART", &part.to_string());
        write(root, &format!("{chart}/templates/part-{part}.yaml"), &text);
    }
    Layer {
        name: name.clone(),
        version: "1.0.0".to_owned(),
        chart: name,
        size: at as u64,
    }
}

const HELPERS: &str = "\
{{- define \"name\" -}}{{ .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix \"-\" }}{{- end }}
{{- define \"labels\" -}}
app.kubernetes.io/name: {{ include \"name\" . }}
helm.sh/chart: {{ printf \"%s-%s\" .Chart.Name .Chart.Version | quote }}
{{- end }}
";

const TEMPLATE: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include \"name\" . }}-PART
  labels: {{- include \"labels\" . | nindent 4 }}
data:
  cluster: {{ .Values.cluster | quote }}
  config.yaml: | {{- toYaml .Values.config | nindent 4 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include \"name\" . }}-PART
  labels: {{- include \"labels\" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {{- include \"labels\" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include \"labels\" . | nindent 8 }}
      annotations: {checksum/config: {{ toYaml .Values.config | sha256sum }}}
    spec:
      containers:
        - name: main
          image: registry.example.com/main:1.0.0
          resources: {{- toYaml .Values.resources | nindent 12 }}
";
