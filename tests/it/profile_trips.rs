//! Generated profiles, exported in Palette's format and imported again: the layers are the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use stratiform::config::palette::{self, Given};
use stratiform::diag::{Sources, Style, render};
use stratiform::engine::{EngineError, Profiles, load_project};
use stratiform::model::{LayerSource, Profile, RegistryName, StackLayer, Variable};
use stratiform::registry::{Outside, Supply};
use stratiform::render::merged;
use stratiform::yaml::{Node, NodeKind, ScalarStyle, write};

use crate::support::project::Folder;

/// Values as they are written, since how a scalar is written matters.
#[derive(Clone, Debug)]
enum Written {
    Scalar(&'static str),
    Map(Vec<(&'static str, Option<&'static str>, Written)>),
}

const SCALARS: [&str; 26] = [
    "1",
    "-0.50",
    "\"1\"",
    "'x'",
    "null",
    "~",
    "yes",
    "\"yes\"",
    "0123",
    "1e3",
    "2001-01-01",
    "123456789012",
    "\"{{ .spectro.var.n }}\"",
    "'1{{ .spectro.var.n }}'",
    "1{{ .spectro.var.n }}",
    "\"{{ .Values.x }} {{ .spectro.system.cluster.name }}\"",
    "\"two\\nlines {{ .spectro.var.n }}\"",
    "\"é 😀 \\t\"",
    "\"# no comment\"",
    "\"a: b\"",
    "\" lead and trail \"",
    "[]",
    "{}",
    "[1, {a: \"{{ .spectro.var.n }}\"}, 'x']",
    "plain words that are quite long, so long that a writer would like to fold them somewhere in the middle",
    "\"\"",
];

const KEYS: [&str; 7] = [
    "a",
    "b.c/d",
    "\"on\"",
    "\"1\"",
    "key with space",
    "c",
    "\"{{ .spectro.var.n }}\"",
];

fn written() -> impl Strategy<Value = Written> {
    let scalar = proptest::sample::select(&SCALARS[..]).prop_map(Written::Scalar);
    scalar.prop_recursive(3, 12, 4, |inner| {
        let comment = proptest::option::of(proptest::sample::select(vec![
            "note",
            "quote: \"x\"",
            "- x",
        ]));
        let keys = proptest::sample::subsequence(&KEYS[..], 1..4);
        (keys, vec((comment, inner), 4)).prop_map(|(keys, values)| {
            let entries = keys.into_iter().zip(values);
            Written::Map(
                entries
                    .map(|(key, (comment, value))| (key, comment, value))
                    .collect(),
            )
        })
    })
}

fn emit(value: &Written, indent: usize, out: &mut String) {
    match value {
        Written::Scalar(text) => {
            let _ = writeln!(out, " {text}");
        }
        Written::Map(entries) => {
            out.push('\n');
            let blanks = " ".repeat(indent);
            for (key, comment, value) in entries {
                if let Some(comment) = comment {
                    let _ = writeln!(out, "{blanks}# {comment}");
                }
                let _ = write!(out, "{blanks}{key}:");
                emit(value, indent + 2, out);
            }
        }
    }
}

/// A mapping with this below one key.
fn below(key: &str, value: &Written, indent: usize) -> String {
    let mut text = format!("{}{key}:", " ".repeat(indent));
    emit(value, indent + 2, &mut text);
    text
}

#[derive(Clone, Debug)]
struct Layer {
    source: Source,
    values: Option<Written>,
    in_file: bool,
    needs_first: bool,
    early: bool,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Pack {
        version: &'static str,
        replace: bool,
        preset: bool,
    },
    Manifests {
        namespace: bool,
    },
    Chart {
        release: bool,
    },
}

fn layer() -> impl Strategy<Value = Layer> {
    let version = proptest::sample::select(vec!["1.0.0", "1.x", "^1.0"]);
    let source = prop_oneof![
        3 => (version, any::<bool>(), any::<bool>())
            .prop_map(|(version, replace, preset)| Source::Pack { version, replace, preset }),
        1 => any::<bool>().prop_map(|namespace| Source::Manifests { namespace }),
        1 => any::<bool>().prop_map(|release| Source::Chart { release }),
    ];
    let values = proptest::option::of(written());
    (
        source,
        values,
        any::<bool>(),
        any::<bool>(),
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(source, values, in_file, needs_first, early)| Layer {
            source,
            values,
            in_file,
            needs_first,
            early,
        })
}

/// Variables as they are written, without their names.
const VARIABLES: [&str; 7] = [
    "format: string",
    "format: string, default: \"\"",
    "format: number, default: 7, required: true, description: \"how many: seven\"",
    "format: number, default: \"0.50\"",
    "format: boolean, default: true, readOnly: true, hidden: true",
    "format: string, regex: \"^[a-z]+$\", default: abc, displayName: Letters",
    "format: string, default: a, options: [{value: a, label: A}, {value: \"2\"}]",
];

#[derive(Clone, Debug)]
struct Trial {
    defaults: Written,
    layers: Vec<Layer>,
    variables: Vec<&'static str>,
}

fn trial() -> impl Strategy<Value = Trial> {
    let variables = proptest::sample::subsequence(&VARIABLES[..], 0..=VARIABLES.len());
    (written(), vec(layer(), 1..5), variables).prop_map(|(defaults, layers, variables)| Trial {
        defaults,
        layers,
        variables,
    })
}

impl Trial {
    /// A project with one registry, one pack, one chart, and the profile if it is wanted.
    fn project(&self, with_profile: bool) -> Folder {
        let folder = Folder::new("{}");
        folder.put(
            "registry.yaml",
            "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: own}\nspec: {directory: {path: packs}}\n",
        );
        let defaults = below(
            "manifests",
            &Written::Map(vec![("web", None, self.defaults.clone())]),
            0,
        );
        folder.put(
            "packs/web/values.yaml",
            format!("# defaults\npack:\n  namespace: web\n{defaults}extra: {{a: 1, b: [2]}}\n"),
        );
        folder.put("packs/web/pack.json", r#"{"name": "web", "displayName": "Web", "version": "1.0.0", "layer": "addon", "addonType": "ingress", "kubeManifests": ["manifests/web.yaml"]}"#);
        folder.put("packs/web/manifests/web.yaml", "kind: ConfigMap\n");
        folder.put("packs/web/presets.yaml", "presets:\n- name: small\n  displayName: Small\n  group: size\n  remove: [extra.a]\n  add: |\n    extra: {c: \"{{ .spectro.var.n }}\"}\n");
        folder.put(
            "charts/own/Chart.yaml",
            "apiVersion: v2\nname: named\nversion: 0.1.0\n",
        );
        folder.put("charts/own/values.yaml", "a: 1\n");
        if with_profile {
            self.profile(&folder);
        }
        folder
    }

    fn profile(&self, folder: &Folder) {
        let mut text = String::from(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: trial, version: 1.2.3, labels: {a: \"1\"}}\nspec:\n  type: add-on\n  cloud: aws\n",
        );
        if !self.variables.is_empty() {
            text += "  variables:\n";
        }
        for (at, variable) in self.variables.iter().enumerate() {
            let _ = writeln!(text, "    - {{name: v{at}, {variable}}}");
        }
        text += "  layers:\n";
        for (at, layer) in self.layers.iter().enumerate() {
            let _ = write!(text, "    - name: l{at}\n      category: ingress\n");
            layer.emit(at, folder, &mut text);
        }
        folder.put("profiles/trial.yaml", text);
    }
}

impl Layer {
    fn emit(&self, at: usize, folder: &Folder, text: &mut String) {
        match self.source {
            Source::Pack {
                version,
                replace,
                preset,
            } => {
                let _ = writeln!(text, "      pack: {{name: web, version: \"{version}\"}}");
                if replace {
                    *text += "      valuesMode: replace\n";
                }
                if preset {
                    *text += "      presets: [\"size:small\"]\n";
                }
            }
            Source::Manifests { namespace } => {
                *text += "      manifests:\n        - {name: One, inline: \"a: {{ .Values.a }}\\n\"}\n        - {name: two, inline: \"kind: b\"}\n";
                if namespace {
                    *text += "      namespace: some\n";
                }
            }
            Source::Chart { release } => {
                *text += "      chart:\n        path: charts/own\n        skipCrds: true\n";
                if release {
                    *text += "        releaseName: other\n        namespace: some\n";
                }
            }
        }
        if self.needs_first && at > 0 {
            *text += "      dependsOn: [l0]\n";
        }
        if self.early {
            *text += "      values: {pack: {spectrocloud.com/install-priority: \"-5\"}}\n";
            return;
        }
        let Some(values) = &self.values else { return };
        if self.in_file {
            let _ = writeln!(text, "      valuesFile: values/own-{at}.yaml");
            folder.put(&format!("values/own-{at}.yaml"), below("extra", values, 0));
        } else {
            *text += "      values:\n";
            *text += &below("extra", values, 8);
        }
    }
}

fn open(folder: &Folder) -> Profiles {
    let sources = Arc::new(Sources::default());
    let outside = Outside::new(folder.root(), true);
    let supply = Supply {
        supplier: &outside,
        locked: false,
        watch: &|_| {},
    };
    let opened = load_project(folder.root(), Arc::clone(&sources))
        .and_then(|project| Profiles::open(project, supply));
    opened.unwrap_or_else(|error| match error {
        EngineError::Documents(problems) => {
            panic!("{}", render(&problems, &sources, Style::Plain))
        }
        other => panic!("{other}"),
    })
}

/// Values with everything that counts: a text that macros are in is another one with quotes than without.
fn canonical(node: &Node) -> String {
    match &node.kind {
        NodeKind::String(text, style) if text.contains("{{") => {
            format!("{:?} {text:?}", *style == ScalarStyle::Plain)
        }
        NodeKind::List(list) => format!("{:?}", list.iter().map(canonical).collect::<Vec<_>>()),
        NodeKind::Map(entries) => {
            // Two layers of one pack are told apart by it in Palette; so an export adds it.
            let added = |key: &str| key == "spectrocloud.com/display-name";
            let empty = |node: &Node| {
                node.as_map()
                    .is_some_and(|map| map.iter().all(|entry| added(&entry.key)))
            };
            let entries = entries.iter();
            let entries = entries
                .filter(|entry| !(added(&entry.key) || entry.key == "pack" && empty(&entry.value)));
            let entries = entries.map(|entry| (&entry.key, canonical(&entry.value)));
            format!("{:?}", entries.collect::<Vec<_>>())
        }
        _ => write(&node.to_value()),
    }
}

fn about_layer(layer: &StackLayer) -> String {
    let source = match &layer.layer.source {
        LayerSource::Pack(pack) => format!("{}/{} {}", pack.registry, pack.name, pack.version),
        LayerSource::Chart(chart) => {
            let release = chart.release_name.as_deref().unwrap_or(layer.name.as_str());
            format!("{} {release} {}", chart.place, chart.skip_crds)
        }
        LayerSource::Manifests(all) => {
            let texts = all
                .iter()
                .map(|one| (&one.manifest.name, &one.manifest.text));
            format!("{:?}", texts.collect::<Vec<_>>())
        }
    };
    let (namespace, needs) = (&layer.layer.namespace, &layer.depends_on);
    format!(
        "{} {} {source} {namespace:?} {needs:?}\n{}",
        layer.name,
        layer.category,
        canonical(&merged(layer))
    )
}

fn about_variable(variable: &Variable) -> String {
    // A number is the same with quotes and without.
    let bare = |value| write(value).trim().trim_matches('"').to_owned();
    let default = variable.default.as_ref().map(bare);
    let options: Vec<_> = variable
        .options
        .iter()
        .map(|option| (bare(&option.value), &option.label, &option.description))
        .collect();
    let flags = (
        variable.required,
        variable.sensitive,
        variable.hidden,
        variable.read_only,
    );
    let texts = (
        &variable.name,
        &variable.display_name,
        &variable.description,
    );
    let regex = variable.regex.as_ref().map(|regex| regex.0.as_str());
    format!(
        "{texts:?} {:?} {regex:?} {default:?} {options:?} {flags:?}",
        variable.format
    )
}

fn about(profiles: &Profiles) -> Vec<String> {
    let profile: &Arc<Profile> = &profiles.documents().profiles[0];
    let head = (
        &profile.name,
        &profile.version,
        &profile.labels,
        profile.kind,
        &profile.cloud,
    );
    let mut all = vec![format!("{head:?}")];
    all.extend(profile.variables.iter().map(about_variable));
    all.extend(profiles.layers(profile).iter().map(about_layer));
    all
}

fn import(exported: &str, folder: &Folder) {
    let exported = palette::read(exported).expect("it can be read");
    let known = [RegistryName::new("own").expect("it is a name")];
    let sources = Sources::default();
    let given = Given {
        folder: Path::new(""),
        registries: &BTreeMap::new(),
        known: &known,
        category: &|_, _| None,
        values: &BTreeMap::new(),
        sources: &sources,
    };
    let imported = palette::import(&exported, &given)
        .unwrap_or_else(|problems| panic!("{}", render(&problems, &sources, Style::Plain)));
    assert_eq!(imported.wanted, []);
    for file in imported.files {
        folder.put(file.path.to_str().expect("paths are UTF-8"), file.text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_generated_profile_comes_back_as_it_was(trial in trial()) {
        let before = trial.project(true);
        let profiles = open(&before);
        let exporting = profiles.export(&profiles.documents().profiles[0]);
        let exported = serde_json::to_string(&exporting.exported).expect("it can be written");
        let after = trial.project(false);
        import(&exported, &after);
        prop_assert_eq!(about(&profiles), about(&open(&after)));
    }
}
