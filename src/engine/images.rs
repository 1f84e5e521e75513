//! The container images that clusters need, and who needs them.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::model::{ClusterName, LayerName};
use crate::render::images_of_object;
use crate::state::Snapshot;

use super::error::EngineError;
use super::renderer::{RenderedCluster, render_cluster};
use super::selection::Selection;
use super::workspace::Workspace;

/// So many clusters are held in memory at the same time.
const CHUNK: usize = 64;

/// Images, each with the layers that use it, each of these with its clusters.
pub type Images = BTreeMap<String, BTreeMap<LayerName, BTreeSet<ClusterName>>>;

/// The images of all clusters: what packs say that they bring along, and what the rendered objects name. Who makes images up
/// while running is not seen.
///
/// # Errors
/// When something that the user wrote is wrong.
pub fn images(workspace: &Workspace, snapshot: &Snapshot) -> Result<Images, EngineError> {
    let everything = Selection::default();
    let mut images = Images::new();
    for chunk in workspace.stacks.chunks(CHUNK) {
        let named: Vec<_> = chunk
            .par_iter()
            .map(|stack| {
                let rendered = render_cluster(workspace, stack, snapshot, &everything)?;
                Ok::<_, EngineError>((rendered.cluster.clone(), named(rendered)))
            })
            .collect();
        for named in named {
            let (cluster, layers) = named?;
            for (layer, found) in layers {
                for image in found {
                    let layers = images.entry(image).or_default();
                    let clusters = layers.entry(layer.clone()).or_default();
                    clusters.insert(cluster.clone());
                }
            }
        }
    }
    Ok(images)
}

/// The images of a cluster by layer.
fn named(rendered: RenderedCluster) -> BTreeMap<LayerName, BTreeSet<String>> {
    let mut named = rendered.images;
    for (layer, objects) in &rendered.layers {
        let found = objects.iter().flat_map(images_of_object);
        let found: BTreeSet<String> = found.collect();
        if !found.is_empty() {
            named.entry(layer.clone()).or_default().extend(found);
        }
    }
    named
}
