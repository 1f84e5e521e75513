//! Pieces of templates that look at all that a chart can see.

use std::fmt::Write as _;

use super::values::KEYS;
use crate::support::project::Dice;

/// Entries of a ConfigMap. Few of them fail for some values; a chart where one fails is of no use for the others.
const ENTRIES: [&str; 46] = [
    "  values: |-\n{{ .Values | toYaml | indent 4 }}\n",
    "  values.json: {{ toJson .Values | quote }}\n",
    "  values.pretty: {{ toPrettyJson .Values | quote }}\n",
    "  values.print: {{ printf \"%v\" .Values | quote }}\n",
    "  chart: {{ toJson .Chart | quote }}\n",
    "  chart.short: {{ .Chart.Name }}-{{ .Chart.Version | replace \"+\" \"_\" }}{{ if .Chart.IsRoot }}-root{{ end }}\n",
    "  release: {{ toJson .Release | quote }}\n",
    "  template: {{ .Template.Name }} {{ .Template.BasePath }}\n",
    "{{- $told := \"\" }}{{ range $name, $sub := .Subcharts }}{{ $told = print $told $name \"=\" (toJson $sub.Values) \";\" }}{{ end }}\n  subcharts: {{ $told | quote }}\n",
    "  global: {{ toJson .Values.global | quote }}\n",
    "  name: {{ include \"shared.name\" . | quote }}\n",
    "  labels: {{- include \"shared.labels\" . | nindent 4 }}\n",
    "  own: {{ include \"shared.own\" (dict \"root\" $ \"extra\" .Values.alpha) | trim | quote }}\n",
    "  tpl: {{ tpl (toString .Values.text) . | quote }}\n",
    "  tpl.include: {{ tpl \"{{ include \\\"shared.name\\\" . }}{{ define \\\"x\\\" }}1{{ end }}{{ template \\\"x\\\" }}\" $ | quote }}\n",
    "{{- with .Files.Glob \"data/*\" }}{{ .AsConfig | nindent 2 }}{{ end }}\n",
    "{{- with .Files.Glob \"data/**.txt\" }}{{ .AsSecrets | nindent 2 }}{{ end }}\n",
    "  file: {{ .Files.Get \"data/one.txt\" | quote }}\n  nofile: {{ .Files.Get \"none\" | quote }}\n",
    "{{- range $at, $line := .Files.Lines \"data/two.txt\" }}\n  line{{ $at }}: {{ $line | quote }}\n{{- end }}\n",
    "{{- range $path, $data := .Files.Glob \"**\" }}\n  {{ $path | replace \"/\" \"_\" }}: {{ len $data }}\n{{- end }}\n",
    "{{- if .Values.alpha }}\n  alpha: {{ .Values.alpha | toJson | quote }}\n{{- else if .Values.count }}\n  count: yes\n{{- else }}\n  neither: \"\"\n{{- end }}\n",
    "{{- with .Values.nested }}\n  nested: {{ . | toYaml | quote }}\n{{- else }}\n  nested: {}\n{{- end }}\n",
    "{{- if kindIs \"map\" .Values.nested }}{{ range $key, $value := .Values.nested }}\n  nested.{{ $key }}: {{ $value | toString | quote }}\n{{- end }}{{ end }}\n",
    "{{- if kindIs \"slice\" .Values.list }}{{ range $at, $item := .Values.list }}\n  item{{ $at }}: {{ $item | quote }} # {{ kindOf $item }}\n{{- end }}{{ end }}\n",
    "{{- $_ := set .Values \"seen\" (append (.Values.seen | default list) .Template.Name) }}\n  seen: {{ toJson .Values.seen | quote }}\n",
    "{{- if kindIs \"map\" .Values.global }}{{ $_ := set .Values.global \"touched\" (print (.Values.global.touched | default \"\") .Chart.Name \",\") }}{{ end }}\n  touched: {{ toJson .Values.global | quote }}\n",
    "  merged: {{ mergeOverwrite (dict \"nested\" (dict \"zeta\" 1)) (deepCopy .Values) | toJson | quote }}\n",
    "  merged.other: {{ merge (dict \"alpha\" \"\" \"nested\" nil) .Values | toJson | quote }}\n",
    "  number: {{ print .Values.count \" \" (int .Values.count) (float64 .Values.count) (toString .Values.count) | quote }}\n",
    "  image: {{ .Values.image | default \"none\" | quote }} # {{ typeOf .Values.image }}\n",
    "{{- /* a comment */}}\n  trimmed: a {{- \" x \" | trim -}} \n b\n",
    "  checksum: {{ include (print $.Template.BasePath \"/first.yaml\") . | sha256sum }}\n",
    "  capabilities: {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.APIVersions.Has \"apps/v1\" }}{{ .Capabilities.APIVersions.Has \"x/v1\" }} {{ .Capabilities.HelmVersion.Version }}\n",
    "  lookup: {{ lookup \"v1\" \"Secret\" .Release.Namespace \"x\" | toJson | quote }}\n",
    "  dig: {{ dig \"alpha\" \"count\" \"fallback\" (dict \"alpha\" (dict \"count\" .Values.count)) | toJson | quote }}\n",
    "  keys: {{ keys .Values | sortAlpha | join \",\" | quote }}\n",
    "  picked: {{ pick .Values \"alpha\" \"count\" | toYaml | quote }} # {{ omit .Values \"alpha\" | len }}\n",
    "  ternary: {{ ternary \"has\" \"has not\" (hasKey .Values \"image\") }} {{ coalesce .Values.alpha .Values.image \"none\" | toJson | quote }}\n",
    "  semver: {{ semverCompare \">=1.20-0\" .Capabilities.KubeVersion.Version }} {{ if .Chart.AppVersion }}{{ .Chart.AppVersion | quote }}{{ end }}\n",
    "  again: {{ .Values | toYaml | fromYaml | toJson | quote }}\n",
    "  strings: {{ .Values.text | toString | trunc 7 | trimSuffix \"-\" | b64enc }} {{ .Values.text | toString | upper | regexReplaceAll \"[^A-Z]\" \"x\" | quote }}\n",
    "  toml: {{ .Values | toToml | quote }}\n",
    "  pretty: |\n{{ .Values | toYamlPretty | indent 4 }}\n",
    "  annotations: {{ .Chart.Annotations | toJson | quote }} {{- range .Chart.Keywords }} # {{ . }}{{ end }}\n",
    "  sub.values: {{ range $name, $sub := .Subcharts }}{{ $sub.Chart.Name }}/{{ $sub.Release.Name }}{{ end }}.\n",
    "  alpha.equal: {{ eq (toString .Values.alpha) (toString .Values.count) }} {{ empty .Values.image }} {{ not .Values.list }}\n",
];

/// Entries that fail unless the values are of the right kind.
const RISKY: [&str; 6] = [
    "  nested.alpha: {{ .Values.nested.alpha | quote }}\n",
    "  required: {{ required \"alpha is needed\" .Values.alpha | toJson | quote }}\n",
    "{{- range .Values.list }}\n  item-{{ . | toString | sha1sum | trunc 8 }}: x\n{{- end }}\n",
    "  image.raw: {{ .Values.image }}\n",
    "  global.alpha: {{ .Values.global.alpha.count }}\n",
    "  plus: {{ add .Values.count 1 }} {{ mul .Values.count 2 }} {{ upper .Values.text }}\n",
];

const KINDS: [(&str, &str); 14] = [
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "Namespace"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "Job"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("example.com/v1", "Widget"),
    ("example.com/v1", "Anvil"),
    ("networking.k8s.io/v1", "Ingress"),
    ("policy/v1", "PodDisruptionBudget"),
    ("v1", "PersistentVolumeClaim"),
];

const HOOKS: [&str; 12] = [
    "helm.sh/hook: pre-install",
    "helm.sh/hook: pre-install,post-upgrade\n    helm.sh/hook-weight: \"5\"",
    "helm.sh/hook: post-install\n    helm.sh/hook-weight: \"-3\"",
    "helm.sh/hook: test",
    "\"helm.sh/hook\": test-success",
    "helm.sh/hook: crd-install",
    "helm.sh/hook: bogus",
    "helm.sh/hook: pre-delete, pre-rollback\n    helm.sh/hook-delete-policy: hook-succeeded,before-hook-creation",
    "helm.sh/hook: \"\"",
    "helm.sh/hook: post-delete\n    helm.sh/hook-weight: 4",
    "helm.sh/resource-policy: keep",
    "other: {{ .Release.Name }}",
];

const SEPARATORS: [&str; 7] = [
    "---\n",
    "---\n",
    "---\n",
    "--- \n",
    "---\n---\n",
    "\n---\n# a comment\n---\n",
    "--- # why\n",
];

/// A template file of one or more documents.
pub fn template(dice: &mut Dice, name: &str) -> String {
    let mut text = String::new();
    if dice.chance(20) {
        text.push_str("{{- /*\nAbout this file\n*/ -}}\n");
    }
    if dice.chance(20) {
        text.push_str("---\n");
    }
    for at in 0..=dice.below(3) {
        if at > 0 {
            text.push_str(dice.pick::<&str>(&SEPARATORS));
        }
        if dice.chance(20) {
            let key = dice.pick(&KEYS[..5]);
            let _ = write!(
                text,
                "{{{{- if .Values.{key} }}}}\n{}{{{{- end }}}}\n",
                document(dice, name)
            );
        } else {
            text.push_str(&document(dice, name));
        }
    }
    text
}

fn document(dice: &mut Dice, name: &str) -> String {
    match dice.below(40) {
        0 => return "# only a comment {{ .Chart.Name }}\n".to_owned(),
        1 => return "{{- $unused := .Values }}\n".to_owned(),
        2 => {
            let (version, kind) = dice.pick(&KINDS);
            return format!(
                "apiVersion: v1\nkind: List\nitems:\n  - {{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}}}}}\n"
            );
        }
        3 if dice.chance(4) => return "- a list\n- is no object\n".to_owned(),
        _ => {}
    }
    let (version, kind) = *dice.pick(&KINDS);
    let mut text = String::new();
    let _ = write!(
        text,
        "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {{{{ .Release.Name }}}}-{name}-{}\n",
        dice.below(3)
    );
    if dice.chance(25) {
        let _ = writeln!(text, "  annotations:\n    {}", dice.pick(&HOOKS));
    }
    if dice.chance(10) {
        text.push_str("  namespace: {{ .Release.Namespace }}\n");
    }
    text.push_str("data:\n");
    for _ in 0..=dice.below(4) {
        let entries: &[&str] = if dice.below(400) == 0 {
            &RISKY
        } else {
            &ENTRIES
        };
        text.push_str(dice.pick::<&str>(entries));
    }
    text
}

/// The `_helpers.tpl` of a chart: names that all charts define, each in its own way.
pub fn helpers(dice: &mut Dice, chart: &str) -> String {
    let mut text = format!(
        "{{{{/* Names of {chart} */}}}}\n{{{{- define \"shared.name\" -}}}}\n{chart}-{{{{ .Release.Name }}}}-{{{{ .Chart.Name }}}}\n{{{{- end -}}}}\n"
    );
    if dice.chance(30) {
        // A body of nothing does not replace another one.
        text.push_str("{{ define \"shared.name\" }} {{/* nothing */}} {{ end }}\n");
    }
    let _ = write!(
        text,
        "{{{{ define \"shared.labels\" }}}}\nfrom: {chart}\nchart: {{{{ .Chart.Name }}}}\n{{{{- with .Values.nested }}}}\nnested: {{{{ toJson . | quote }}}}\n{{{{- end }}}}\n{{{{ end }}}}\n"
    );
    let _ = writeln!(
        text,
        "{{{{- define \"shared.own\" }}}}{chart} {{{{ .root.Chart.Name }}}} {{{{ .extra | toJson }}}}{{{{ template \"shared.name\" .root }}}}{{{{ end }}}}"
    );
    text
}
