//! A generated fleet: N clusters from one group, 6 layers of 2 objects each, values differing from cluster to cluster.

use std::fmt::Write;
use std::path::Path;

/// The layers: name, `layer` of the pack, category in the profile.
const LAYERS: [(&str, &str, &str); 6] = [
    ("linux", "os", "os"),
    ("kubernetes", "k8s", "k8s"),
    ("network", "cni", "cni"),
    ("storage", "csi", "csi"),
    ("ingress", "addon", "ingress"),
    ("logging", "addon", "logging"),
];

/// Writes the project.
pub fn project(root: &Path, clusters: usize) {
    write(root, "stratiform.yaml", PROJECT);
    for (name, layer, _) in LAYERS {
        pack(root, name, layer);
    }
    write(root, "profiles.yaml", &profiles());
    write(root, "fleet.yaml", &group(clusters));
}

/// Changes one layer of one cluster.
pub fn change_one_layer(root: &Path) {
    let path = root.join("fleet.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replacen("retention: 3}", "retention: 4}", 1);
    assert_ne!(
        text, changed,
        "the fleet has a cluster whose retention can change"
    );
    std::fs::write(&path, changed).unwrap();
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
spec: {documents: [profiles.yaml, fleet.yaml]}
---
apiVersion: stratiform/v1
kind: Registry
metadata: {name: packs}
spec: {directory: {path: packs}}
";

fn pack(root: &Path, name: &str, layer: &str) {
    let folder = format!("packs/{name}-1.30.0");
    let metadata = format!(
        r#"{{"name": "{name}", "displayName": "{name}", "version": "1.30.0", "layer": "{layer}", "cloudTypes": ["all"],
 "kubeManifests": ["manifests/{name}.yaml"]}}"#
    );
    write(root, &format!("{folder}/pack.json"), &metadata);
    let values = format!(
        "pack:\n  namespace: kube-system\nmanifests:\n  {name}:\n    cluster: \"{{{{ .spectro.system.cluster.name }}}}\"\n    \
         region: \"{{{{ .spectro.system.cloud.region }}}}\"\n    replicas: 2\n    retention: 7\n    image: registry.example.com/{name}:1.30.0\n"
    );
    write(root, &format!("{folder}/values.yaml"), &values);
    write(
        root,
        &format!("{folder}/manifests/{name}.yaml"),
        &MANIFEST.replace("NAME", name),
    );
}

const MANIFEST: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: NAME
  labels: {app.kubernetes.io/name: NAME, cluster: {{ .Values.cluster | quote }}}
data:
  region: {{ .Values.region | quote }}
  retention: {{ .Values.retention | quote }}
  settings.yaml: |
    cluster: {{ .Values.cluster }}
    retention: {{ .Values.retention }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  labels: {app.kubernetes.io/name: NAME}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app.kubernetes.io/name: NAME}}
  template:
    metadata: {labels: {app.kubernetes.io/name: NAME}}
    spec:
      containers:
        - name: NAME
          image: {{ .Values.image }}
          args: [\"--cluster={{ .Values.cluster }}\", \"--region={{ .Values.region }}\"]
          resources: {requests: {cpu: 50m, memory: 64Mi}}
";

fn profiles() -> String {
    let layer = |(name, _, category): &(&str, &str, &str), values: &str| {
        format!(
            "    - {{name: {name}, category: {category}, pack: {{name: {name}, version: 1.30.0}}{values}}}\n"
        )
    };
    let head = |name: &str, kind: &str| {
        format!(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: {name}}}\nspec:\n  type: {kind}\n"
        )
    };
    let mut text = head("base", "infra") + "  layers:\n";
    text.extend(LAYERS[..4].iter().map(|one| layer(one, "")));
    text += "---\n";
    text += &head("apps", "add-on");
    text += "  variables:\n    - {name: retention, format: number, default: 7}\n  layers:\n";
    text += &layer(&LAYERS[4], "");
    text += &layer(
        &LAYERS[5],
        ", values: {manifests: {logging: {retention: \"{{ .spectro.var.retention }}\"}}}",
    );
    text
}

fn group(clusters: usize) -> String {
    let mut text = "\
apiVersion: stratiform/v1
kind: ClusterGroup
metadata: {name: fleet}
spec:
  template:
    profiles: [{name: base}, {name: apps}]
    target: {directory: {path: \"rendered/{name}\"}}
  clusters:
"
    .to_owned();
    for number in 0..clusters {
        let (region, retention) = (number % 7, 3 + number % 5);
        writeln!(
            text,
            "    - {{name: edge-{number:05}, region: region-{region}, labels: {{wave: w{}}}, variables: {{retention: {retention}}}}}",
            number % 3
        )
        .unwrap();
    }
    text
}
