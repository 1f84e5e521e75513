//! Two profiles side by side, layer by layer.

use std::sync::Arc;

use crate::model::{ChartPlace, LayerName, LayerSource, Profile, StackLayer, Variable};

use super::sequence::{Step, sequence};

/// One of two profiles, with all that its layers are.
#[derive(Clone, Debug)]
pub struct ProfileSide {
    /// The profile.
    pub profile: Arc<Profile>,
    /// Its layers, as written, each with all its values as text.
    pub layers: Vec<(StackLayer, String)>,
}

/// A value that was one thing and is another; nothing on a side that does not have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What it is called: `version`, `dependsOn`, the name of a manifest.
    pub what: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

impl Change {
    fn of(what: &str, before: Option<String>, after: Option<String>) -> Option<Self> {
        (before != after).then(|| Self {
            what: what.to_owned(),
            before,
            after,
        })
    }
}

/// What two profiles differ in.
#[derive(Clone, Debug)]
pub struct ProfileDifference {
    /// The one.
    pub before: Arc<Profile>,
    /// The other.
    pub after: Arc<Profile>,
    /// Facts of the profile that differ: type, cloud, description, labels, selector.
    pub facts: Vec<Change>,
    /// The layers that differ: those of the new profile in its order, and where they stood those that are gone.
    pub layers: Vec<LayerDifference>,
    /// The variables that differ.
    pub variables: Vec<VariableDifference>,
}

impl ProfileDifference {
    /// Whether the two differ in nothing but their names and versions.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.layers.is_empty() && self.variables.is_empty()
    }
}

/// A layer that was added, removed, moved or changed.
#[derive(Clone, Debug)]
pub struct LayerDifference {
    /// Its name.
    pub name: LayerName,
    /// What it was made of.
    pub before: Option<String>,
    /// What it is made of.
    pub after: Option<String>,
    /// Its position, from 1, where other layers come before it now.
    pub moved: Option<(usize, usize)>,
    /// Facts that differ: category, namespace, presets, dependsOn ...
    pub facts: Vec<Change>,
    /// All its values, with the pack's own.
    pub values: Option<Change>,
    /// Its manifests that differ, of a layer of manifests.
    pub manifests: Vec<Change>,
}

impl LayerDifference {
    fn says_something(&self) -> bool {
        self.before != self.after
            || self.moved.is_some()
            || self.values.is_some()
            || !self.facts.is_empty()
            || !self.manifests.is_empty()
    }
}

/// A variable that was added, removed or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableDifference {
    /// Its name.
    pub name: Arc<str>,
    /// Whether the old profile has it.
    pub before: bool,
    /// Whether the new profile has it.
    pub after: bool,
    /// What differs, of one that both have. A sensitive default is never told.
    pub facts: Vec<Change>,
}

/// Compares two profiles. Layers are the same when they have the same name.
pub fn profiles(before: &ProfileSide, after: &ProfileSide) -> ProfileDifference {
    let (old, new) = (&before.profile, &after.profile);
    ProfileDifference {
        facts: profile_facts(old, new),
        layers: compare_layers(&before.layers, &after.layers),
        variables: compare_variables(&old.variables, &new.variables),
        before: Arc::clone(old),
        after: Arc::clone(new),
    }
}

type Side = (StackLayer, String);

fn compare_layers(before: &[Side], after: &[Side]) -> Vec<LayerDifference> {
    let names = |layers: &[Side]| -> Vec<LayerName> {
        layers.iter().map(|(layer, _)| layer.name.clone()).collect()
    };
    let (old, new) = (names(before), names(after));
    let mut found = Vec::new();
    for step in sequence(&old, &new) {
        let (one, other, moved) = match step {
            Step::Kept(one, other) => (Some(one), Some(other), false),
            // It comes again where it stands now.
            Step::Removed(one) if new.contains(&old[one]) => continue,
            Step::Removed(one) => (Some(one), None, false),
            Step::Added(other) => {
                let one = old.iter().position(|name| *name == new[other]);
                (one, Some(other), one.is_some())
            }
        };
        let moved = one.zip(other).filter(|_| moved);
        let layer = compare_layer(
            one.map(|at| &before[at]),
            other.map(|at| &after[at]),
            moved.map(|(one, other)| (one + 1, other + 1)),
        );
        found.extend(layer.filter(LayerDifference::says_something));
    }
    found
}

fn compare_layer(
    before: Option<&Side>,
    after: Option<&Side>,
    moved: Option<(usize, usize)>,
) -> Option<LayerDifference> {
    let (layer, _) = after.or(before)?;
    let mut difference = LayerDifference {
        name: layer.name.clone(),
        before: before.map(|(layer, _)| source(layer)),
        after: after.map(|(layer, _)| source(layer)),
        moved,
        facts: Vec::new(),
        values: None,
        manifests: Vec::new(),
    };
    if let (Some((old, before)), Some((new, after))) = (before, after) {
        let text = |values: &String| (!values.is_empty()).then(|| values.clone());
        difference.facts = layer_facts(old, new);
        difference.values = Change::of("values", text(before), text(after));
        difference.manifests = manifests(old, new);
    }
    Some(difference)
}

/// What a layer is made of, in a few words.
fn source(layer: &StackLayer) -> String {
    match &layer.layer.source {
        LayerSource::Pack(asked) => match &layer.pack {
            Some(pack) => format!("{} {}", asked.name, pack.version),
            None => format!("{} {}", asked.name, asked.version),
        },
        LayerSource::Chart(chart) => format!("chart {}", chart.place),
        LayerSource::Manifests(all) if all.len() == 1 => "1 manifest".to_owned(),
        LayerSource::Manifests(all) => format!("{} manifests", all.len()),
    }
}

fn profile_facts(before: &Profile, after: &Profile) -> Vec<Change> {
    type Fact = (&'static str, fn(&Profile) -> Option<String>);
    let facts: [Fact; 5] = [
        ("type", |profile| Some(profile.kind.as_str().to_owned())),
        ("cloud", |profile| Some(profile.cloud.to_string())),
        ("description", |profile| {
            profile.description.as_deref().map(str::to_owned)
        }),
        ("labels", |profile| {
            let labels = profile.labels.iter();
            list(labels.map(|(key, value)| format!("{key}={value}")))
        }),
        ("clusterSelector", |profile| {
            profile.cluster_selector.as_ref().map(|selector| {
                let labels = selector.match_labels.iter();
                let labels = labels.map(|(key, value)| format!("{key}={value}"));
                let expressions = selector.match_expressions.iter();
                let expressions = expressions.map(|expression| {
                    let values = expression.values.join(", ");
                    format!(
                        "{} {} ({values})",
                        expression.key,
                        expression.operator.as_str()
                    )
                });
                list(labels.chain(expressions)).unwrap_or_else(|| "all clusters".to_owned())
            })
        }),
    ];
    facts
        .into_iter()
        .filter_map(|(what, of)| Change::of(what, of(before), of(after)))
        .collect()
}

fn layer_facts(before: &StackLayer, after: &StackLayer) -> Vec<Change> {
    type Fact = (&'static str, fn(&StackLayer) -> Option<String>);
    let facts: [Fact; 7] = [
        ("category", |layer| Some(layer.category.to_string())),
        ("registry", |layer| match &layer.layer.source {
            LayerSource::Pack(pack) => Some(pack.registry.to_string()),
            LayerSource::Chart(chart) => match &chart.place {
                ChartPlace::Registry { registry, .. } => Some(registry.to_string()),
                ChartPlace::Path(_) => None,
            },
            LayerSource::Manifests(_) => None,
        }),
        ("asked for", |layer| match &layer.layer.source {
            LayerSource::Pack(pack) if !pack.version.is_exact() => Some(pack.version.to_string()),
            _ => None,
        }),
        ("namespace", |layer| {
            layer.layer.namespace.as_deref().map(str::to_owned)
        }),
        ("releaseName", |layer| match &layer.layer.source {
            LayerSource::Chart(chart) => chart.release_name.as_deref().map(str::to_owned),
            _ => None,
        }),
        ("presets", |layer| {
            list(
                layer
                    .layer
                    .presets
                    .iter()
                    .map(|preset| preset.value.to_string()),
            )
        }),
        ("dependsOn", |layer| {
            list(layer.depends_on.iter().map(ToString::to_string))
        }),
    ];
    facts
        .into_iter()
        .filter_map(|(what, of)| Change::of(what, of(before), of(after)))
        .collect()
}

fn list(texts: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = texts.collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn manifests(before: &StackLayer, after: &StackLayer) -> Vec<Change> {
    let of = |layer: &StackLayer| -> Vec<(String, String)> {
        match &layer.layer.source {
            LayerSource::Manifests(all) => all
                .iter()
                .map(|one| (one.manifest.name.to_string(), one.manifest.text.to_string()))
                .collect(),
            LayerSource::Pack(_) | LayerSource::Chart(_) => Vec::new(),
        }
    };
    let (old, new) = (of(before), of(after));
    let text = |all: &[(String, String)], name: &str| {
        let found = all.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.clone())
    };
    let gone = old
        .iter()
        .filter(|(name, _)| new.iter().all(|(known, _)| known != name));
    new.iter()
        .chain(gone)
        .filter_map(|(name, _)| Change::of(name, text(&old, name), text(&new, name)))
        .collect()
}

fn compare_variables(before: &[Variable], after: &[Variable]) -> Vec<VariableDifference> {
    let find = |all: &[Variable], name: &str| all.iter().position(|one| &*one.name == name);
    let gone = before
        .iter()
        .filter(|variable| find(after, &variable.name).is_none());
    after
        .iter()
        .chain(gone)
        .filter_map(|variable| {
            let old = find(before, &variable.name).map(|at| &before[at]);
            let new = find(after, &variable.name).map(|at| &after[at]);
            let facts = match (old, new) {
                (Some(old), Some(new)) => variable_facts(old, new),
                _ => Vec::new(),
            };
            let differs = old.is_none() || new.is_none() || !facts.is_empty();
            differs.then(|| VariableDifference {
                name: Arc::clone(&variable.name),
                before: old.is_some(),
                after: new.is_some(),
                facts,
            })
        })
        .collect()
}

fn variable_facts(before: &Variable, after: &Variable) -> Vec<Change> {
    type Fact = (&'static str, fn(&Variable) -> Option<String>);
    let facts: [Fact; 10] = [
        ("displayName", |one| {
            one.display_name.as_deref().map(str::to_owned)
        }),
        ("description", |one| {
            one.description.as_deref().map(str::to_owned)
        }),
        ("format", |one| Some(one.format.as_str().to_owned())),
        ("regex", |one| {
            one.regex.as_ref().map(|regex| regex.0.as_str().to_owned())
        }),
        ("default", |one| {
            let default = one.default.as_ref().filter(|_| !one.sensitive);
            default.map(|value| crate::yaml::write(value).trim_end().to_owned())
        }),
        ("options", |one| {
            let options = one.options.iter();
            list(options.map(|option| crate::yaml::write(&option.value).trim_end().to_owned()))
        }),
        ("required", |one| Some(one.required.to_string())),
        ("sensitive", |one| Some(one.sensitive.to_string())),
        ("hidden", |one| Some(one.hidden.to_string())),
        ("readOnly", |one| Some(one.read_only.to_string())),
    ];
    let mut found: Vec<Change> = facts
        .into_iter()
        .filter_map(|(what, of)| Change::of(what, of(before), of(after)))
        .collect();
    if before.sensitive && after.sensitive && before.default != after.default {
        found.push(Change {
            what: "default".to_owned(),
            before: Some("(sensitive)".to_owned()),
            after: Some("(sensitive, changed)".to_owned()),
        });
    }
    found
}
