//! All compositions of a fleet: each set of ingredients is composed once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::model::{Cloud, Cluster, LayerName, LayerOverride};

use super::catalog::Catalog;
use super::composition::{Composition, Ingredients, Shared, compose};
use super::profiles::cloud_of;
use super::resources::{self, Demand};

/// A composition with all that can be said of it without knowing the cluster.
#[derive(Debug)]
pub(super) struct Composed {
    /// The composition; nothing when the layers have no order.
    pub composition: Option<Composition>,
    /// What its packs demand of nodes.
    pub demands: Vec<Demand>,
    /// What is wrong with it.
    pub problems: Vec<Diagnostic>,
}

/// The compositions so far.
pub(super) struct Compositions<'d> {
    catalog: &'d Catalog<'d>,
    known: HashMap<Key, usize>,
    shared: Shared,
    /// The compositions by number.
    pub all: Vec<Composed>,
}

/// What makes one composition differ from another, for look-up.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    profiles: Vec<usize>,
    cloud: Cloud,
    existing: Option<String>,
    /// The address of the overrides, which all clusters of a group share; nothing when there are none.
    overrides: Option<*const BTreeMap<LayerName, LayerOverride>>,
}

impl<'d> Compositions<'d> {
    /// No compositions yet.
    pub(super) fn new(catalog: &'d Catalog<'d>) -> Self {
        Self {
            catalog,
            known: HashMap::new(),
            shared: Shared::new(),
            all: Vec::new(),
        }
    }

    /// The number of the composition that a cluster has, given the profiles that were chosen for it.
    pub(super) fn number_for(&mut self, cluster: &Cluster, profiles: Vec<usize>) -> usize {
        let cloud = cloud_of(self.catalog, cluster, profiles.iter().copied());
        let existing = cluster
            .existing
            .as_ref()
            .map(|known| &known.kubernetes_version);
        let key = Key {
            cloud: cloud.clone(),
            existing: existing.map(|version| version.as_str().to_owned()),
            overrides: (!cluster.overrides.is_empty()).then_some(Arc::as_ptr(&cluster.overrides)),
            profiles,
        };
        if let Some(number) = self.known.get(&key) {
            return *number;
        }
        let mut problems = Vec::new();
        let ingredients = Ingredients {
            profiles: &key.profiles,
            cloud,
            existing,
            overrides: &cluster.overrides,
        };
        let composition = compose(self.catalog, ingredients, &mut self.shared, &mut problems);
        let demands = composition.as_ref().map_or_else(Vec::new, |composition| {
            let layers = composition.layers.iter().map(|layer| &**layer);
            resources::demands(layers, &mut problems)
        });
        self.all.push(Composed {
            composition,
            demands,
            problems,
        });
        self.known.insert(key, self.all.len() - 1);
        self.all.len() - 1
    }
}
