//! A chart with a bit of everything, and projects that use it.

use std::fs::File;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::project::Folder;

/// The chart `web`: helpers, notes, hooks, a generated password, a CRD, and a subchart `db` that is called `store` and is
/// off unless it is asked for.
pub const WEB: [(&str, &str); 11] = [
    (
        "Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: \"2.5\"\ndependencies:\n  \
         - {name: db, version: 1.x, alias: store, condition: store.enabled}\n",
    ),
    (
        "values.yaml",
        "replicas: 1\ngreeting: hello\nstore: {enabled: false}\n",
    ),
    (
        "templates/_helpers.tpl",
        "{{- define \"web.labels\" -}}\napp: {{ .Chart.Name }}\nrelease: {{ .Release.Name }}\n{{- end -}}\n",
    ),
    (
        "templates/NOTES.txt",
        "{{ .Release.Name }} is up: [not YAML\n",
    ),
    (
        "templates/web.yaml",
        r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:{{ .Chart.AppVersion }}"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-web}
data:
  greeting: {{ .Values.greeting | quote }}
  namespace: {{ .Release.Namespace }}
  widgets: {{ .Capabilities.APIVersions.Has "example.com/v1" | quote }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
"#,
    ),
    (
        "templates/login.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}-login}\nstringData:\n  \
         password: {{ randAlphaNum 24 | quote }}\n",
    ),
    (
        "templates/hooks.yaml",
        r#"apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: "web:1"}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: probe, annotations: {helm.sh/hook: test}}
spec: {restartPolicy: Never, containers: [{name: probe, image: "probe:1"}]}
"#,
    ),
    (
        "crds/widgets.yaml",
        r"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
",
    ),
    (
        "charts/db/Chart.yaml",
        "apiVersion: v2\nname: db\nversion: 1.2.0\n",
    ),
    ("charts/db/values.yaml", "size: 1Gi\n"),
    (
        "charts/db/templates/db.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-{{ .Chart.Name }}}\ndata: {size: {{ .Values.size }}}\n",
    ),
];

/// Documents of one layer `site` with the chart, on the cluster `c0`.
pub const DOCUMENTS: &str = r"apiVersion: stratiform/v1
kind: ClusterProfile
metadata: {name: stuff}
spec:
  type: add-on
  layers:
    - name: site
      category: system-app
      chart: {path: charts/web, namespace: shop}
      values: {replicas: 3}
---
apiVersion: stratiform/v1
kind: Cluster
metadata: {name: c0}
spec:
  existing: {kubernetesVersion: 1.33.1}
  profiles: [{name: stuff}]
  target: {directory: {path: out/c0, secrets: write}}
";

/// Writes the chart into a folder.
pub fn write(folder: &Folder, at: &str) {
    for (path, text) in WEB {
        folder.put(&format!("{at}/{path}"), text);
    }
}

/// The chart and its documents.
pub fn project() -> Folder {
    let folder = Folder::new("{}");
    write(&folder, "charts/web");
    folder.put("site.yaml", DOCUMENTS);
    folder
}

/// Packs a chart's folder as `helm package` does.
pub fn pack(folder: &Folder, from: &str, to: &str) {
    let file = File::create(folder.path(to)).expect("files can be made");
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
    archive
        .append_dir_all("web", folder.path(from))
        .expect("folders can be packed");
    let done = archive.into_inner().and_then(GzEncoder::finish);
    done.expect("archives can be written");
}

/// The value behind `name:` in a file.
#[track_caller]
pub fn field(folder: &Folder, file: &str, name: &str) -> String {
    let text = folder.text(file);
    let line = text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix(name)?;
        rest.strip_prefix(':')
    });
    let value = line.unwrap_or_else(|| panic!("{file} has no {name}:\n{text}"));
    value.trim().trim_matches('"').to_owned()
}
