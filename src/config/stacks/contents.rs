//! The packs and charts that documents ask for.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::documents::Documents;
use crate::model::{
    ChartFiles, ChartPlace, ChartRef, Layer, LayerSource, Pack, PackRef, RegistryName,
};

/// Packs and charts by what was asked for: registry, name and requirement on the version, or a path.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    packs: HashMap<(RegistryName, Arc<str>, Arc<str>), Arc<Pack>>,
    charts: HashMap<PathBuf, ChartFiles>,
}

impl Contents {
    /// Keeps the pack that a reference comes to.
    pub fn insert_pack(&mut self, reference: &PackRef, pack: Arc<Pack>) {
        self.packs.insert(key(reference), pack);
    }

    /// Keeps the chart at a path.
    pub fn insert_chart(&mut self, path: &Path, files: ChartFiles) {
        self.charts.insert(path.to_owned(), files);
    }

    /// The pack that a reference comes to. Where the reference stands makes no difference.
    pub fn pack(&self, reference: &PackRef) -> Option<&Arc<Pack>> {
        self.packs.get(&key(reference))
    }

    /// The chart that a reference comes to.
    pub fn chart(&self, reference: &ChartRef) -> Option<&ChartFiles> {
        match &reference.place {
            ChartPlace::Path(path) => self.charts.get(path),
            ChartPlace::Registry { .. } => None,
        }
    }
}

fn key(reference: &PackRef) -> (RegistryName, Arc<str>, Arc<str>) {
    (
        reference.registry.clone(),
        Arc::clone(&reference.name),
        reference.version.as_str().into(),
    )
}

fn layers(documents: &Documents) -> impl Iterator<Item = &Layer> {
    documents
        .profiles
        .iter()
        .flat_map(|profile| &profile.layers)
}

/// The packs that profiles ask for, each distinct one once, at the first place that asks for it. Profiles that no cluster
/// uses are among them, since they are checked too.
pub fn pack_refs(documents: &Documents) -> Vec<&PackRef> {
    let mut seen = HashSet::new();
    layers(documents)
        .filter_map(|layer| match &layer.source {
            LayerSource::Pack(reference) => Some(reference),
            LayerSource::Chart(_) | LayerSource::Manifests(_) => None,
        })
        .filter(|reference| {
            seen.insert((
                &reference.registry,
                &reference.name,
                reference.version.as_str(),
            ))
        })
        .collect()
}

/// The charts that profiles ask for, as [`pack_refs`].
pub fn chart_refs(documents: &Documents) -> Vec<&ChartRef> {
    let mut seen: Vec<&ChartPlace> = Vec::new();
    let mut found = Vec::new();
    for layer in layers(documents) {
        if let LayerSource::Chart(reference) = &layer.source
            && !seen.contains(&&reference.place)
        {
            seen.push(&reference.place);
            found.push(reference);
        }
    }
    found
}
