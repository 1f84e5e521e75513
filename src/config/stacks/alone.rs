//! Profiles by themselves, whatever clusters make of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::documents::Documents;
use crate::model::{Profile, StackLayer};

use super::catalog::{Catalog, LayerEntry};
use super::contents::Contents;
use super::profiles::choose;

/// The layers of one profile in the order in which they are written, with the packs and presets that the profile names and
/// without anything of a cluster. A pack or chart that is not in `contents` is missing.
pub fn layers_of(
    documents: &Documents,
    profile: &Arc<Profile>,
    contents: &Contents,
) -> Vec<StackLayer> {
    // What is wrong with presets is told by whoever builds the stacks.
    let catalog = Catalog::new(documents, contents, &mut Vec::new());
    let same =
        |other: &Arc<Profile>| other.name == profile.name && other.version == profile.version;
    let entry = catalog.profiles.iter().find(|entry| same(entry.profile));
    entry.map_or_else(Vec::new, |entry| {
        let layers = entry.layers.iter();
        layers.map(|layer| alone(profile, layer)).collect()
    })
}

fn alone(profile: &Arc<Profile>, entry: &LayerEntry) -> StackLayer {
    let layer = &entry.layer;
    StackLayer {
        name: layer.name.clone(),
        category: layer.category.clone(),
        profile: Arc::clone(profile),
        layer: Arc::clone(layer),
        pack: entry.pack.clone(),
        chart: entry.chart.clone(),
        stands_as: entry.stands_as.clone(),
        values: layer.values.clone(),
        presets: entry.presets.clone(),
        depends_on: layer
            .depends_on
            .iter()
            .map(|name| name.value.clone())
            .collect(),
        ignore_fields: Arc::clone(&entry.ignore_fields),
        span: layer.span,
    }
}

/// How many clusters use each profile, by its position in the documents: those that name it, and those that it chooses.
/// Clusters whose profiles do not fit together count nowhere.
pub fn users(documents: &Documents) -> Vec<usize> {
    let catalog = Catalog::new(documents, &Contents::default(), &mut Vec::new());
    let mut users = HashMap::new();
    for cluster in &documents.clusters {
        let chosen = choose(&catalog, cluster, &mut Vec::new());
        for at in chosen.into_iter().flatten() {
            *users.entry(at).or_default() += 1;
        }
    }
    let positions = 0..documents.profiles.len();
    positions
        .map(|at| users.get(&at).copied().unwrap_or_default())
        .collect()
}
