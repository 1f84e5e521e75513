//! The packs and charts that documents ask for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::config::documents::Documents;
use crate::model::{
    ChartFiles, ChartPlace, ChartRef, Layer, LayerSource, Pack, PackRef, RegistryName, Version,
};

/// A chart that documents ask for.
#[derive(Clone, Debug)]
pub struct FoundChart {
    /// Its files.
    pub files: ChartFiles,
    /// The version that its registry has it under, or that a chart has which is named by its path.
    pub version: Option<Version>,
}

/// Packs and charts by what was asked for: registry, name and requirement on the version, or a path.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    packs: HashMap<(RegistryName, Arc<str>, Arc<str>), Arc<Pack>>,
    charts: HashMap<ChartPlace, FoundChart>,
}

impl Contents {
    /// Keeps the pack that a reference comes to.
    pub fn insert_pack(&mut self, reference: &PackRef, pack: Arc<Pack>) {
        self.packs.insert(key(reference), pack);
    }

    /// Keeps the chart that a reference comes to.
    pub fn insert_chart(&mut self, place: &ChartPlace, chart: FoundChart) {
        self.charts.insert(place.clone(), chart);
    }

    /// The pack that a reference comes to. Where the reference stands makes no difference.
    pub fn pack(&self, reference: &PackRef) -> Option<&Arc<Pack>> {
        self.packs.get(&key(reference))
    }

    /// The chart that a reference comes to.
    pub fn chart(&self, reference: &ChartRef) -> Option<&FoundChart> {
        self.charts.get(&reference.place)
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
    let mut seen = HashSet::new();
    layers(documents)
        .filter_map(|layer| match &layer.source {
            LayerSource::Chart(reference) => Some(reference),
            LayerSource::Pack(_) | LayerSource::Manifests(_) => None,
        })
        .filter(|reference| seen.insert(&reference.place))
        .collect()
}
