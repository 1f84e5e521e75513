//! A profile in Palette's format.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::palette::{self, DISPLAY_NAME, Exporting, LayerText, PRIORITY, written};
use crate::model::{ChartFiles, LayerSource, Profile, RegistryKind, StackLayer, ValuesMode};
use crate::registry::builtin;
use crate::render::{lay, merged};
use crate::yaml::{self, Entry, Node, NodeKind, ScalarStyle, Value};

use super::Profiles;

impl Profiles {
    /// Writes a profile in Palette's format.
    pub fn export(&self, profile: &Arc<Profile>) -> Exporting {
        let layers = self.layers(profile);
        let renamed = same_names(&layers);
        let texts: Vec<LayerText> = layers
            .iter()
            .zip(renamed)
            .map(|(layer, renamed)| LayerText {
                values: if renamed {
                    written(&with_display_name(layer))
                } else {
                    self.complete_values(layer)
                },
                priority: priority(layer),
                version: version(layer),
                chart: layer.chart.as_ref().map(|files| {
                    about_chart(files, "name").unwrap_or_else(|| files.archive_name().to_owned())
                }),
            })
            .collect();
        let known = builtin(&self.project.sources);
        let registries = &self.documents().registries;
        let kind = |name: &str| -> Option<RegistryKind> {
            let mut all = registries.iter().chain(&known);
            let found = all.find(|known| known.name.as_str() == name);
            Some(found?.kind.clone())
        };
        palette::export(profile, &texts, &kind)
    }

    /// The values of a layer. A pack without any text gets its own defaults; so one that is to have none says that.
    fn complete_values(&self, layer: &StackLayer) -> String {
        let text = self.values(layer);
        if text.is_empty() && layer.pack.is_some() && layer.layer.values_mode == ValuesMode::Replace
        {
            return "{}\n".to_owned();
        }
        text
    }
}

/// Which layers have a name in Palette that another one has too.
fn same_names(layers: &[StackLayer]) -> Vec<bool> {
    let names: Vec<Option<String>> = layers.iter().map(their_name).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names.iter().flatten() {
        *counts.entry(name).or_default() += 1;
    }
    names
        .iter()
        .map(|name| name.as_ref().is_some_and(|name| counts[name.as_str()] > 1))
        .collect()
}

fn their_name(layer: &StackLayer) -> Option<String> {
    let LayerSource::Pack(pack) = &layer.layer.source else {
        return None;
    };
    let merged = merged(layer);
    let display = merged
        .get("pack")
        .and_then(|pack| pack.get(DISPLAY_NAME))
        .and_then(Node::as_str);
    Some(display.unwrap_or(&pack.name).to_owned())
}

/// The values of a layer with its name as display name.
fn with_display_name(layer: &StackLayer) -> Node {
    let span = layer.span;
    let map = |key: &str, value: NodeKind| Node {
        span,
        kind: NodeKind::Map(vec![Entry {
            key: key.to_owned(),
            key_span: span,
            value: Node { span, kind: value },
        }]),
    };
    let name = NodeKind::String(layer.name.to_string(), ScalarStyle::Quoted);
    let over = map("pack", map(DISPLAY_NAME, name).kind);
    lay(merged(layer), over)
}

/// When a layer is installed, as its values say it.
fn priority(layer: &StackLayer) -> Option<String> {
    let merged = merged(layer);
    match merged.get("pack")?.get(PRIORITY)?.to_value() {
        Value::String(text) => Some(text),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The version that a layer's pack or chart comes to.
fn version(layer: &StackLayer) -> Option<String> {
    let pack = layer.pack.as_ref().map(|pack| pack.version.to_string());
    pack.or_else(|| about_chart(layer.chart.as_ref()?, "version"))
}

/// A text that stands in `Chart.yaml`.
fn about_chart(files: &ChartFiles, key: &str) -> Option<String> {
    let file = files
        .files
        .iter()
        .find(|file| &*file.path == "Chart.yaml")?;
    let text = std::str::from_utf8(&file.data).ok()?;
    match yaml::parse_first(text).ok()?.at([key])? {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
