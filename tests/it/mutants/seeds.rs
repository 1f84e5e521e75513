//! What mutants are made of: small examples of our own, and what real packs have.

use std::path::PathBuf;

use stratiform::model::ChartFiles;
use stratiform::registry;

const TEMPLATES: [&str; 6] = [
    "{{- define \"a.name\" -}}{{ default .Chart.Name .Values.name | trunc 63 | trimSuffix \"-\" }}{{- end }}\n{{ include \"a.name\" . }}\n",
    "{{- range $key, $value := .Values.map }}\n{{ $key }}: {{ tpl ($value | toString) $ | quote }}\n{{- else }}\nnone: {}\n{{- end }}\n",
    "{{- $all := dict \"a\" (list 1 2.5 nil) }}{{ $_ := set $all \"b\" .Values }}\ndata:\n{{ toYaml $all | fromYaml | toJson | nindent 2 }}\n{{ with .Values.nested }}{{ .a.b }}{{ end }}\n",
    "{{ if and (semverCompare \">=1.2-0\" \"1.30.1\") (not (empty .Values.list)) }}{{ range untilStep 0 10 3 }}{{ . }},{{ end }}{{ else if .Values.on }}x{{ end }}\n",
    "{{ printf \"%5.2f|%-10s|%q|%v\" 1.5 \"a\" .Values.text .Values.list }}{{ regexReplaceAll \"(a+)b\" \"aab\" \"${1}\" }}{{/* why */}}\n",
    "{{ $x := 0 }}{{ range until 5 }}{{ $x = add $x . }}{{ if gt $x 3 }}{{ break }}{{ end }}{{ end }}{{ block \"b\" . }}{{ $x }}{{ end }}{{ dig \"a\" \"b\" \"c\" .Values.nested }}\n",
];

const VALUES: [&str; 4] = [
    "name: web\nlist: [1, two, 3.5, ~]\nmap: {a: \"{{ .Values.name }}\", b: |-\n  block\n}\n",
    "base: &base {a: 1, b: [x, y]}\nother:\n  <<: *base\n  c: !!binary aGk=\ntext: >+\n  folded\n  text\n\n? complex\n: yes\n",
    "# comment\nnested:\n  a:\n    b: 0x1F\n    c: 1e400\n  ? [k]\n  : v\n---\nnested: {a: null}\n...\n",
    "quoted: \"a\\u00e9\\x41\\n\"\nsingle: 'it''s'\nnumbers: [0755, 1_000, .5, -.inf, 12:30:45, 2024-01-01]\n",
];

/// A chart's values that the templates are rendered with.
pub const DOT: &str = "name: web\nlist: [1, two, 3.5, ~]\nmap: {a: \"{{ .Values.name }}\", b: 1}\nnested: {a: {b: 1}}\ntext: some text\non: true\n";

/// As much of one text is enough: what is wrong with a large one is wrong with a small one.
const LARGEST: usize = 20_000;

/// Texts of templates.
pub fn templates() -> Vec<Vec<u8>> {
    let own = TEMPLATES.iter().map(|text| text.as_bytes().to_vec());
    own.chain(files(|path| path.starts_with("templates/")))
        .collect()
}

/// Texts of values.
pub fn values() -> Vec<Vec<u8>> {
    let own = VALUES.iter().map(|text| text.as_bytes().to_vec());
    own.chain(files(|path| path == "values.yaml")).collect()
}

/// Some files of the charts of real packs. From each chart a few, so that no chart drowns the others.
fn files(wanted: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    charts()
        .iter()
        .flat_map(|chart| {
            let fits = |data: &[u8]| data.len() <= LARGEST;
            chart
                .files
                .iter()
                .filter(|file| wanted(&file.path) && fits(&file.data))
                .take(8)
                .map(|file| file.data.to_vec())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The charts of real packs, if there are any.
pub fn charts() -> Vec<ChartFiles> {
    let read = |path: &PathBuf| registry::read_chart(path, "chart").ok();
    archives().iter().filter_map(read).collect()
}

/// The paths of the archives of real packs.
pub fn archives() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("STRATIFORM_PACKS").map(PathBuf::from) else {
        return Vec::new();
    };
    let below = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path())
    };
    let mut found: Vec<PathBuf> = below(folder)
        .flat_map(|pack| below(pack.join("charts")))
        .filter(|path| path.extension().is_some_and(|ending| ending == "tgz"))
        .collect();
    found.sort();
    found
}
