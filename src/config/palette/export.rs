//! A profile into Palette's format.

use crate::model::{
    ChartPlace, ChartRef, Layer, LayerSource, Profile, ProfileKind, RegistryKind, Selector,
    Variable, WaitingWish,
};
use crate::yaml::Value;

use super::format::{
    Choice, Exported, ManifestEntry, Metadata, Own, OwnProfile, PRIORITY, PackEntry, RegistryEntry,
    RegistryMetadata, Spec, Template, VariableEntry,
};
use super::secret::MASK;

/// What is known of a layer besides what its profile says.
#[derive(Clone, Debug)]
pub struct LayerText {
    /// All its values as text; those of a pack with its own defaults and the presets, those of a chart without.
    pub values: String,
    /// When it is installed, as its values say it.
    pub priority: Option<String>,
    /// The version that its pack or chart comes to, where it is known.
    pub version: Option<String>,
    /// The name of its chart, as `Chart.yaml` has it.
    pub chart: Option<String>,
}

/// A profile in Palette's format.
#[derive(Clone, Debug)]
pub struct Exporting {
    /// The profile.
    pub exported: Exported,
    /// What Palette has no place for.
    pub notes: Vec<String>,
}

/// Writes a profile in Palette's format. Each of its layers comes with its text, in the order of the profile; `kind` tells
/// what a registry is.
pub fn export(
    profile: &Profile,
    texts: &[LayerText],
    kind: &dyn Fn(&str) -> Option<RegistryKind>,
) -> Exporting {
    let mut notes = Vec::new();
    let packs = profile
        .layers
        .iter()
        .zip(texts)
        .map(|(layer, text)| entry(layer, text, kind, &mut notes))
        .collect();
    if !profile.moved.is_empty() || !profile.ignore_fields.is_empty() {
        notes.push("`moved` and `ignoreFields` of the profile are left out".to_owned());
    }
    let masked = profile
        .variables
        .iter()
        .filter(|variable| variable.sensitive && variable.default.is_some());
    for variable in masked {
        notes.push(format!(
            "the default of the sensitive variable `{}` is masked; whoever imports the profile gives it anew",
            variable.name
        ));
    }
    let exported = Exported {
        metadata: Metadata {
            name: profile.name.to_string(),
            description: profile
                .description
                .as_deref()
                .unwrap_or_default()
                .to_owned(),
            labels: profile
                .labels
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
        },
        spec: Spec {
            version: profile.version.to_string(),
            template: Template {
                kind: match profile.kind {
                    ProfileKind::Full => "cluster",
                    kind => kind.as_str(),
                }
                .to_owned(),
                cloud_type: profile.cloud.to_string(),
                packs,
            },
            variables: profile.variables.iter().map(variable).collect(),
            stratiform: profile
                .cluster_selector
                .as_ref()
                .map(|selector| OwnProfile {
                    cluster_selector: cluster_selector(selector),
                }),
        },
    };
    Exporting { exported, notes }
}

fn entry(
    layer: &Layer,
    text: &LayerText,
    kind: &dyn Fn(&str) -> Option<RegistryKind>,
    notes: &mut Vec<String>,
) -> PackEntry {
    if !layer.ignore_fields.is_empty() {
        notes.push(format!(
            "`ignoreFields` of the layer `{}` are left out",
            layer.name
        ));
    }
    if layer.waiting != WaitingWish::default() {
        notes.push(format!(
            "`timeout` and `wait` of the layer `{}` are left out",
            layer.name
        ));
    }
    let own = Own {
        name: Some(layer.name.to_string()),
        category: (!layer.category.is_core()).then(|| layer.category.to_string()),
        depends_on: layer
            .depends_on
            .iter()
            .map(|name| name.value.to_string())
            .collect(),
        ..Own::default()
    };
    let base = PackEntry {
        layer: if layer.category.is_core() {
            layer.category.to_string()
        } else {
            "addon".to_owned()
        },
        version: text.version.clone().unwrap_or_default(),
        ..PackEntry::default()
    };
    match &layer.source {
        LayerSource::Pack(pack) => {
            let registry = registry(pack.registry.as_str(), kind);
            let oci = registry.metadata.kind == "oci";
            PackEntry {
                name: pack.name.to_string(),
                kind: if oci { "oci" } else { "spectro" }.to_owned(),
                tag: pack.version.to_string(),
                values: text.values.clone(),
                registry: Some(registry),
                stratiform: Some(own),
                ..base
            }
        }
        LayerSource::Chart(chart) => chart_entry(layer, chart, text, base, own, kind, notes),
        LayerSource::Manifests(manifests) => {
            let manifests: Vec<ManifestEntry> = manifests
                .iter()
                .map(|source| ManifestEntry {
                    name: source.manifest.name.to_string(),
                    content: source.manifest.text.to_string(),
                })
                .collect();
            let keys = manifests.iter().map(|manifest| manifest.name.as_str());
            PackEntry {
                name: layer.name.to_string(),
                kind: "manifest".to_owned(),
                values: installed(layer, text, None, "manifests", keys),
                manifests,
                stratiform: Some(own),
                ..base
            }
        }
    }
}

fn chart_entry(
    layer: &Layer,
    chart: &ChartRef,
    text: &LayerText,
    base: PackEntry,
    own: Own,
    kind: &dyn Fn(&str) -> Option<RegistryKind>,
    notes: &mut Vec<String>,
) -> PackEntry {
    let release = chart.release_name.as_deref().unwrap_or(layer.name.as_str());
    let mut own = Own {
        skip_crds: chart.skip_crds,
        ..own
    };
    let (name, tag, registry) = match &chart.place {
        ChartPlace::Registry {
            registry: from,
            name,
            version,
        } => {
            let from = registry(from.as_str(), kind);
            (name.to_string(), version.to_string(), Some(from))
        }
        ChartPlace::Path(path) => {
            notes.push(format!(
                "the chart of the layer `{}` is of no registry, so Palette will not find it",
                layer.name
            ));
            own.path = Some(path.to_string_lossy().into_owned());
            let name = text.chart.clone();
            let name = name.unwrap_or_else(|| layer.name.to_string());
            (name, base.version.clone(), None)
        }
    };
    PackEntry {
        kind: "helm".to_owned(),
        values: installed(
            layer,
            text,
            Some((&name, release)),
            "charts",
            [name.as_str()],
        ),
        name,
        tag,
        registry,
        stratiform: Some(own),
        ..base
    }
}

/// The values of a layer that is no pack, as a pack has them: below its charts or manifests, with what says how they are
/// installed before them.
fn installed<'k>(
    layer: &Layer,
    known: &LayerText,
    release: Option<(&str, &str)>,
    group: &str,
    keys: impl IntoIterator<Item = &'k str>,
) -> String {
    let mut text = String::new();
    let scalar = |text: &str| serde_json::Value::from(text).to_string();
    if layer.namespace.is_some() || release.is_some() || known.priority.is_some() {
        text += "pack:\n";
    }
    if let Some(namespace) = &layer.namespace {
        text += &format!("  namespace: {}\n", scalar(namespace));
    }
    if let Some((chart, release)) = release {
        let (chart, release) = (scalar(chart), scalar(release));
        text += &format!("  releaseNameOverride:\n    {chart}: {release}\n");
    }
    if let Some(priority) = &known.priority {
        text += &format!("  {PRIORITY}: {}\n", scalar(priority));
    }
    if known.values.trim().is_empty() {
        return text;
    }
    text += &format!("{group}:\n");
    for key in keys {
        text += &format!("  {}:\n", scalar(key));
        for line in known.values.lines() {
            if !line.is_empty() {
                text += "    ";
                text += line;
            }
            text.push('\n');
        }
    }
    text
}

fn registry(name: &str, kind: &dyn Fn(&str) -> Option<RegistryKind>) -> RegistryEntry {
    RegistryEntry {
        metadata: RegistryMetadata {
            name: name.to_owned(),
            kind: match kind(name) {
                Some(RegistryKind::Helm { .. }) => "helm",
                Some(RegistryKind::Oci { .. }) => "oci",
                Some(RegistryKind::Directory { .. } | RegistryKind::Git { .. }) | None => "pack",
            }
            .to_owned(),
            uid: String::new(),
        },
    }
}

fn variable(variable: &Variable) -> VariableEntry {
    let optional =
        |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    let default = variable.default.as_ref().map(text_of);
    VariableEntry {
        name: variable.name.to_string(),
        display_name: optional(&variable.display_name),
        description: optional(&variable.description),
        format: variable.format.as_str().to_owned(),
        options: variable
            .options
            .iter()
            .map(|option| Choice {
                value: text_of(&option.value),
                label: optional(&option.label),
                description: optional(&option.description),
                default: default.as_ref() == Some(&text_of(&option.value)),
            })
            .collect(),
        default_value: if variable.sensitive {
            default.map(|_| MASK.to_owned())
        } else {
            default
        },
        regex: variable
            .regex
            .as_ref()
            .map_or_else(String::new, |regex| regex.0.as_str().to_owned()),
        required: variable.required,
        immutable: variable.read_only,
        hidden: variable.hidden,
        is_sensitive: variable.sensitive,
        input_type: if variable.options.is_empty() {
            String::new()
        } else {
            "dropdown".to_owned()
        },
    }
}

/// The text of a scalar, as macros write it.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
    }
}

fn cluster_selector(selector: &Selector) -> serde_json::Value {
    let expressions: Vec<serde_json::Value> = selector
        .match_expressions
        .iter()
        .map(|expression| {
            let operator = expression.operator.as_str();
            let mut map = serde_json::json!({ "key": expression.key, "operator": operator });
            if !expression.values.is_empty() {
                map["values"] = serde_json::json!(expression.values);
            }
            map
        })
        .collect();
    let mut map = serde_json::Map::new();
    if !selector.match_labels.is_empty() {
        let labels = serde_json::json!(selector.match_labels);
        map.insert("matchLabels".to_owned(), labels);
    }
    if !expressions.is_empty() {
        map.insert("matchExpressions".to_owned(), expressions.into());
    }
    map.into()
}
