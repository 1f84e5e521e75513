//! Every cluster's stack.

use std::sync::Arc;

use rayon::prelude::*;

use crate::config::documents::Documents;
use crate::diag::Diagnostic;
use crate::model::{Capabilities, Cluster, Stack};

use super::catalog::Catalog;
use super::compositions::Compositions;
use super::contents::Contents;
use super::environment::Environment;
use super::problems::Problems;
use super::profiles::choose;
use super::resources;
use super::variables::{Bindings, Reader, bind};

/// What the documents say of a cluster's API server.
fn capabilities(assumed: &Arc<Capabilities>, cluster: &Cluster) -> Arc<Capabilities> {
    if cluster.api_versions.is_empty() {
        return Arc::clone(assumed);
    }
    let further = cluster.api_versions.iter().map(|version| &**version);
    let kube_version = assumed.kube_version.clone();
    Arc::new(Capabilities::assumed(kube_version, further))
}

/// Builds the stack of each cluster, in the order of the documents, and finds all problems, each told once with the
/// clusters that have it. A cluster whose profiles do not come to a stack gets none; the others get theirs even when they
/// have problems, so ask [`crate::diag::has_errors`] before using them.
///
/// A pack or chart that is not in `contents` counts as one that could not be read, and was told by whoever tried.
pub fn build(
    documents: &Documents,
    contents: &Contents,
    environment: &dyn Environment,
) -> (Vec<Stack>, Vec<Diagnostic>) {
    let mut problems = Problems::default();
    let mut found = Vec::new();
    let catalog = Catalog::new(documents, contents, &mut found);
    for problem in found {
        problems.add(problem);
    }
    let mut compositions = Compositions::new(&catalog);
    let clusters: Vec<(&Arc<Cluster>, usize)> = documents
        .clusters
        .iter()
        .filter_map(|cluster| {
            let mut found = Vec::new();
            let profiles = choose(&catalog, cluster, &mut found);
            for problem in found {
                problems.add_for(&cluster.name, problem);
            }
            Some((cluster, compositions.number_for(cluster, profiles?)))
        })
        .collect();
    let composed = compositions.all;
    let reader = Reader::new(environment);
    let finished: Vec<(Option<Bindings>, Vec<Diagnostic>)> = clusters
        .par_iter()
        .map(|(cluster, number)| {
            let mut found = Vec::new();
            let composed = &composed[*number];
            let bindings = composed.composition.as_ref().map(|composition| {
                resources::check(&composed.demands, cluster, &mut found);
                bind(cluster, composition, &reader, &mut found)
            });
            (bindings, found)
        })
        .collect();
    let mut stacks = Vec::with_capacity(clusters.len());
    for ((cluster, number), (bindings, found)) in clusters.into_iter().zip(finished) {
        let composed = &composed[number];
        for problem in composed.problems.iter().cloned().chain(found) {
            problems.add_for(&cluster.name, problem);
        }
        if let (Some(composition), Some(bindings)) = (&composed.composition, bindings) {
            stacks.push(Stack {
                cluster: Arc::clone(cluster),
                infra: composition.infra.clone(),
                layers: Arc::clone(&composition.layers),
                edges: Arc::clone(&composition.edges),
                bindings,
                capabilities: capabilities(&composition.capabilities, cluster),
            });
        }
    }
    (stacks, problems.finish())
}
