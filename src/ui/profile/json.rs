//! Profiles for programs.

use serde_json::{Value, json};

use crate::diff::{Change, LayerDifference, ProfileDifference, VariableDifference};
use crate::model::{Layer, LayerSource, Profile, Variable};

use super::source;

/// A profile as JSON. `values` has the values of each layer as text, in the order of the layers, when they are wanted.
pub fn profile_json(profile: &Profile, values: Option<&[String]>) -> Value {
    let layers: Vec<Value> = profile
        .layers
        .iter()
        .enumerate()
        .map(|(at, layer)| {
            let mut value = one_layer(layer);
            if let Some(text) = values.and_then(|values| values.get(at)) {
                value["values"] = text.as_str().into();
            }
            value
        })
        .collect();
    json!({
        "name": profile.name,
        "version": profile.version,
        "type": profile.kind.as_str(),
        "cloud": profile.cloud,
        "description": profile.description,
        "labels": profile.labels,
        "layers": layers,
        "variables": profile.variables.iter().map(one_variable).collect::<Vec<_>>(),
    })
}

fn one_layer(layer: &Layer) -> Value {
    let needs: Vec<&str> = layer
        .depends_on
        .iter()
        .map(|name| name.value.as_str())
        .collect();
    let mut value = json!({
        "name": layer.name,
        "category": layer.category,
        "source": source(&layer.source),
        "namespace": layer.namespace,
        "dependsOn": needs,
    });
    if let LayerSource::Pack(pack) = &layer.source {
        value["pack"] = json!({
            "registry": pack.registry,
            "name": pack.name,
            "version": pack.version,
        });
    }
    value
}

fn one_variable(variable: &Variable) -> Value {
    let default = variable.default.as_ref().filter(|_| !variable.sensitive);
    let default = default.map(crate::yaml::to_json);
    json!({
        "name": variable.name,
        "displayName": variable.display_name,
        "description": variable.description,
        "format": variable.format.as_str(),
        "default": default.and_then(|text| serde_json::from_str::<Value>(&text).ok()),
        "required": variable.required,
        "sensitive": variable.sensitive,
        "hidden": variable.hidden,
        "readOnly": variable.read_only,
    })
}

/// What two profiles differ in, as JSON.
pub fn profile_diff_json(difference: &ProfileDifference) -> Value {
    let side = |profile: &Profile| json!({ "name": profile.name, "version": profile.version });
    json!({
        "before": side(&difference.before),
        "after": side(&difference.after),
        "changed": !difference.is_empty(),
        "facts": changes(&difference.facts),
        "layers": difference.layers.iter().map(layer_difference).collect::<Vec<_>>(),
        "variables": difference.variables.iter().map(variable_difference).collect::<Vec<_>>(),
    })
}

fn changes(all: &[Change]) -> Vec<Value> {
    all.iter().map(change).collect()
}

fn change(change: &Change) -> Value {
    json!({ "what": change.what, "before": change.before, "after": change.after })
}

fn action(before: bool, after: bool) -> &'static str {
    match (before, after) {
        (false, _) => "added",
        (_, false) => "removed",
        _ => "changed",
    }
}

fn layer_difference(layer: &LayerDifference) -> Value {
    let moved = layer.moved;
    json!({
        "name": layer.name,
        "action": action(layer.before.is_some(), layer.after.is_some()),
        "source": { "before": layer.before, "after": layer.after },
        "moved": moved.map(|(before, after)| json!({ "before": before, "after": after })),
        "facts": changes(&layer.facts),
        "values": layer.values.as_ref().map(change),
        "manifests": changes(&layer.manifests),
    })
}

fn variable_difference(variable: &VariableDifference) -> Value {
    json!({
        "name": variable.name,
        "action": action(variable.before, variable.after),
        "facts": changes(&variable.facts),
    })
}
