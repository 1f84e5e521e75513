//! Generated charts with charts in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::pieces;
use super::values;
use crate::support::project::Dice;

/// A chart, with those in its `charts/` folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Its folder's name.
    pub name: String,
    /// Whether it stands in its parent's `charts/` as an archive.
    pub packed: bool,
    /// Its own files.
    pub files: BTreeMap<String, String>,
    /// The charts in `charts/`.
    pub subcharts: Vec<Chart>,
}

/// What a parent says about a chart in its `charts/` folder.
struct Dependency {
    key: String,
    listed: String,
}

/// Names for charts by how deep they are. `common` is a library wherever it is.
const NAMES: [&[&str]; 3] = [
    &["front", "back", "store"],
    &["cache", "queue", "common"],
    &["disk", "common"],
];

const METADATA: [&str; 11] = [
    "appVersion: 1.10\n",
    "appVersion: \"2023.1\"\n",
    "description: A chart, generated\n",
    "type: application\n",
    "kubeVersion: \">=1.20.0-0\"\n",
    "keywords: [a, 1, yes]\n",
    "annotations: {a/b: 1, c: \"x\"}\n",
    "home: https://example.com\nsources: [https://example.com/a]\n",
    "maintainers:\n  - {name: Ann, email: ann@example.com}\n",
    "icon: https://example.com/i.png\ndeprecated: false\n",
    "condition: unused\ntags: unused\n",
];

impl Chart {
    /// The chart that is rendered: subcharts up to three deep.
    pub fn generate(dice: &mut Dice) -> Self {
        Self::named(dice, "app", 0)
    }

    fn named(dice: &mut Dice, name: &str, depth: usize) -> Self {
        let library = name == "common";
        let mut subcharts = Vec::new();
        if !library && depth < NAMES.len() {
            for name in NAMES[depth] {
                if dice.chance([60, 40, 40][depth]) {
                    let mut chart = Self::named(dice, name, depth + 1);
                    chart.packed = dice.chance(25);
                    subcharts.push(chart);
                }
            }
        }
        let mut listed = Vec::new();
        let mut aliases = vec!["face", "again"];
        for chart in &subcharts {
            if dice.chance(80) {
                let alias = dice.chance(12).then(|| aliases.pop()).flatten();
                listed.push(dependency(dice, &chart.name, alias));
                if let Some(alias) = dice.chance(20).then(|| aliases.pop()).flatten() {
                    listed.push(dependency(dice, &chart.name, Some(alias)));
                }
            }
        }
        if dice.below(400) == 0 {
            listed.push(dependency(dice, "missing", None));
        }
        let mut chart = Self {
            name: name.to_owned(),
            packed: false,
            files: BTreeMap::new(),
            subcharts,
        };
        chart.metadata(dice, library, &listed);
        chart.values(dice, depth, &listed);
        chart.templates(dice, library);
        chart.other_files(dice);
        chart
    }

    fn put(&mut self, path: &str, text: impl Into<String>) {
        self.files.insert(path.to_owned(), text.into());
    }

    fn metadata(&mut self, dice: &mut Dice, library: bool, listed: &[Dependency]) {
        let old = !library && dice.chance(12);
        let mut text = format!(
            "apiVersion: {}\nname: {}\nversion: 1.2.3\n",
            if old { "v1" } else { "v2" },
            self.name
        );
        for line in METADATA {
            if dice.chance(15) && !(library && line.starts_with("type")) {
                text.push_str(line);
            }
        }
        if library {
            text.push_str("type: library\n");
        }
        let mut dependencies = String::new();
        if !listed.is_empty() {
            dependencies.push_str("dependencies:\n");
            for dependency in listed {
                dependencies.push_str(&dependency.listed);
            }
        }
        if old {
            self.put("requirements.yaml", dependencies);
        } else {
            text.push_str(&dependencies);
        }
        self.put("Chart.yaml", text);
    }

    fn values(&mut self, dice: &mut Dice, depth: usize, listed: &[Dependency]) {
        let mut more = self.for_subcharts(dice, listed);
        if dice.chance(40) {
            let data = format!(
                "{{alpha: {}, exported: {}}}",
                values::value(dice, 1),
                values::value(dice, 1)
            );
            more.push(("exports".to_owned(), format!("{{data: {data}}}")));
        }
        if depth == 0 && dice.chance(40) {
            more.push(("tags".to_owned(), tags(dice)));
        }
        if dice.chance(95) {
            let text = values::lines(dice, &more);
            self.put("values.yaml", text);
        }
    }

    /// Values for the charts below, and for all of them.
    fn for_subcharts(&self, dice: &mut Dice, listed: &[Dependency]) -> Vec<(String, String)> {
        let keys = listed.iter().map(|dependency| dependency.key.clone());
        let keys: Vec<String> = keys
            .chain(self.subcharts.iter().map(|chart| chart.name.clone()))
            .collect();
        let mut more: Vec<(String, String)> = Vec::new();
        for key in keys {
            if dice.chance(60) && more.iter().all(|(there, _)| *there != key) {
                let value = for_chart(dice, 2);
                more.push((key, value));
            }
        }
        if dice.chance(40) {
            let on = dice.pick(&["true", "false", "x"]);
            let global = format!(
                "{{alpha: {}, nested: {}, \"on\": {on}}}",
                values::value(dice, 1),
                values::value(dice, 2)
            );
            more.push(("global".to_owned(), global));
        }
        more
    }

    fn templates(&mut self, dice: &mut Dice, library: bool) {
        let text = pieces::helpers(dice, &self.name);
        self.put("templates/_helpers.tpl", text);
        self.put("templates/first.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: first-{}}}\ndata: {{at: {{{{ .Template.Name | quote }}}}}}\n", self.name));
        if library {
            return;
        }
        let paths = [
            "templates/b.yaml",
            "templates/a/web.yaml",
            "templates/z.yml",
            "templates/a.tpl",
            "templates/tests/test.yaml",
        ];
        for path in paths {
            if dice.chance(45) {
                let name = format!("{}-{}", self.name, path.len());
                let text = pieces::template(dice, &name);
                self.put(path, text);
            }
        }
        if dice.chance(25) {
            self.put(
                "templates/NOTES.txt",
                "Thanks for {{ .Chart.Name }}\n{{ .Values.text }}\n",
            );
        }
        if dice.chance(10) {
            self.put(
                "templates/_partials/more.yaml",
                "{{ define \"more\" }}1{{ end }}\nkind: Ignored\n",
            );
        }
    }

    fn other_files(&mut self, dice: &mut Dice) {
        if dice.chance(40) {
            self.put("data/one.txt", "one: {{ not a template }}\n");
            self.put("data/two.txt", "first\n second \n\nlast");
            self.put("data/deep/three.txt", "three\u{feff}é");
        }
        if dice.chance(25) {
            let crd = |name: &str| {
                format!(
                    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {name}}}\nspec: {{note: \"{{{{ raw }}}}\"}}\n"
                )
            };
            let two = format!("# two\n{}---\n{}", crd("widgets"), crd("anvils"));
            self.put("crds/one.yaml", two);
            self.put("crds/deep/two.yml", crd("saws"));
            self.put("crds/readme.md", "none");
        }
        if dice.chance(20) {
            let rules = [
                "# nothing\n",
                "data/\n",
                "*.txt\n*.md # no comment\n",
                "/crds\ntemplates/b.yaml\n",
                "data/t*\n*.bak\n",
            ];
            let rules = if dice.chance(5) {
                // Ignores whatever it does not match.
                "!templates/**\n"
            } else {
                *dice.pick(&rules)
            };
            self.put(".helmignore", rules);
        }
        if dice.chance(10) {
            self.put("README.md", "# read me\n");
            self.put("LICENSE", "free\n");
        }
        if dice.chance(2) {
            let schema = "{\"type\": \"object\", \"properties\": {\"count\": {\"type\": [\"number\", \"string\", \"null\", \"boolean\"]}}}";
            self.put("values.schema.json", schema);
        }
    }

    /// Writes the chart as a folder.
    pub fn write(&self, folder: &Path) {
        for (path, data) in self.tree("") {
            let path = folder.join(path);
            let above = path.parent().expect("a file is in a folder");
            std::fs::create_dir_all(above).expect("folders can be made");
            std::fs::write(&path, data).expect("files can be written");
        }
    }

    /// All files, with those of the charts below.
    fn tree(&self, prefix: &str) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = self
            .files
            .iter()
            .map(|(path, text)| (format!("{prefix}{path}"), text.clone().into_bytes()))
            .collect();
        for chart in &self.subcharts {
            if chart.packed {
                files.push((
                    format!("{prefix}charts/{}-1.2.3.tgz", chart.name),
                    chart.archive(),
                ));
            } else {
                files.extend(chart.tree(&format!("{prefix}charts/{}/", chart.name)));
            }
        }
        files
    }

    fn archive(&self) -> Vec<u8> {
        let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut archive = tar::Builder::new(encoder);
        for (path, data) in self.tree(&format!("{}/", self.name)) {
            let mut header = tar::Header::new_gnu();
            header.set_size(data.len() as u64);
            header.set_mode(0o644);
            archive
                .append_data(&mut header, path, data.as_slice())
                .expect("memory takes it");
        }
        let encoder = archive.into_inner().expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    /// All files as text, for people.
    pub fn show(&self, prefix: &str) -> String {
        let mut text = String::new();
        for (path, content) in &self.files {
            let _ = writeln!(text, "=== {prefix}{path}\n{content}");
        }
        for chart in &self.subcharts {
            let packed = if chart.packed { "-1.2.3.tgz" } else { "" };
            text.push_str(&chart.show(&format!("{prefix}charts/{}{packed}/", chart.name)));
        }
        text
    }
}

/// Values for a chart below: what it has itself, and what is below it in turn.
pub fn for_chart(dice: &mut Dice, depth: u32) -> String {
    if dice.chance(1) {
        return (*dice.pick(&["null", "text", "[1]", "{}"])).to_owned();
    }
    let mut entries = Vec::new();
    if dice.chance(50) {
        entries.push(format!(
            "enabled: {}",
            dice.pick(&["true", "false", "yes", "text", "null"])
        ));
    }
    for key in ["alpha", "count", "nested", "text", "list"] {
        if dice.chance(25) {
            entries.push(format!("{key}: {}", values::value(dice, 2)));
        }
    }
    if depth > 0 {
        for key in ["cache", "queue", "common", "disk", "again", "global"] {
            if dice.chance(20) {
                entries.push(format!("{key}: {}", for_chart(dice, depth - 1)));
            }
        }
    }
    format!("{{{}}}", entries.join(", "))
}

/// Values for `tags`.
pub fn tags(dice: &mut Dice) -> String {
    format!(
        "{{web: {}, data: {}}}",
        dice.pick(&["true", "false"]),
        dice.pick(&["true", "false", "text"])
    )
}

fn dependency(dice: &mut Dice, name: &str, alias: Option<&str>) -> Dependency {
    let versions = [
        "1.2.3",
        "^1.0.0",
        "~1.2",
        "\"*\"",
        "\">=1.0.0 <2\"",
        "1.x.x",
        "\">1.0 || 3\"",
        "\"\"",
    ];
    let version = if dice.below(400) == 0 {
        "2.0.0"
    } else {
        *dice.pick(&versions)
    };
    let mut listed = format!("  - name: {name}\n    version: {version}\n");
    let mut key = name.to_owned();
    if let Some(alias) = alias {
        let _ = writeln!(listed, "    alias: {alias}");
        alias.clone_into(&mut key);
    }
    if dice.chance(50) {
        listed.push_str("    repository: https://example.com/charts\n");
    }
    if dice.chance(45) {
        let condition = match dice.below(4) {
            0 => format!("{key}.count,{key}.enabled"),
            1 => "global.on".to_owned(),
            2 => format!("nested.alpha,{key}.enabled"),
            _ => format!("{key}.enabled"),
        };
        let _ = writeln!(listed, "    condition: {condition}");
    }
    if dice.chance(30) {
        let _ = writeln!(
            listed,
            "    tags: {}",
            dice.pick(&["[web]", "[data]", "[web, data]"])
        );
    }
    if dice.chance(35) {
        let imports = [
            "[data]",
            "[{child: nested, parent: imported}]",
            "[data, {child: nested, parent: .}]",
            "[{child: exports.data, parent: nested.alpha}]",
            "[none]",
        ];
        let _ = writeln!(listed, "    import-values: {}", dice.pick(&imports));
    }
    Dependency { key, listed }
}
