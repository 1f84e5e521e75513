//! A profile in Palette's format.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::palette::{self, Exporting, LayerText, written};
use crate::model::{ChartFiles, LayerSource, Profile, RegistryKind, StackLayer, ValuesMode};
use crate::render::{lay, merged};
use crate::yaml::{Entry, Node, NodeKind, ScalarStyle};

use super::Profiles;

/// How Palette tells two layers of the same pack apart: a value below `pack`.
const DISPLAY_NAME: &str = "spectrocloud.com/display-name";

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
                version: layer.pack.as_ref().map(|pack| pack.version.to_string()),
                chart: layer.chart.as_ref().map(chart_name),
            })
            .collect();
        let registries = &self.documents().registries;
        let kind = |name: &str| -> Option<RegistryKind> {
            let found = registries.iter().find(|known| known.name.as_str() == name);
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

/// The name that stands in `Chart.yaml`, or else that of the archive.
fn chart_name(files: &ChartFiles) -> String {
    let file = files.files.iter().find(|file| &*file.path == "Chart.yaml");
    let text = file.and_then(|file| std::str::from_utf8(&file.data).ok());
    let about = text.and_then(|text| crate::yaml::parse_first(text).ok());
    let name = about.as_ref().and_then(|about| match about {
        crate::yaml::Value::Map(map) => match map.get("name") {
            Some(crate::yaml::Value::String(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    });
    name.unwrap_or_else(|| files.archive_name().to_owned())
}
