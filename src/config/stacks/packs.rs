//! The packs that documents ask for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::config::documents::Documents;
use crate::model::{LayerSource, Pack, PackRef, RegistryName};

/// Packs by what was asked for: registry, name and requirement on the version.
#[derive(Clone, Debug, Default)]
pub struct Packs(HashMap<(RegistryName, Arc<str>, Arc<str>), Arc<Pack>>);

impl Packs {
    /// Keeps the pack that a reference comes to.
    pub fn insert(&mut self, reference: &PackRef, pack: Arc<Pack>) {
        self.0.insert(key(reference), pack);
    }

    /// The pack that a reference comes to. Where the reference stands makes no difference.
    pub fn get(&self, reference: &PackRef) -> Option<&Arc<Pack>> {
        self.0.get(&key(reference))
    }
}

fn key(reference: &PackRef) -> (RegistryName, Arc<str>, Arc<str>) {
    (
        reference.registry.clone(),
        Arc::clone(&reference.name),
        reference.version.as_str().into(),
    )
}

/// The packs that profiles ask for, each distinct one once, at the first place that asks for it. Profiles that no cluster
/// uses are among them, since they are checked too.
pub fn pack_refs(documents: &Documents) -> Vec<&PackRef> {
    let mut seen = HashSet::new();
    documents
        .profiles
        .iter()
        .flat_map(|profile| &profile.layers)
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
