//! What the random values of layers are derived from: what is known, and what is asked for.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::model::{ClusterName, LayerName, Seed};
use crate::plan::{ClusterAction, Plan};
use crate::state::{ClusterRecord, Snapshot};

use super::error::EngineError;
use super::planner::PlanRequest;
use super::subjects::Candidate;
use super::workspace::Workspace;

/// The seeds of a cluster by layer.
pub(super) type Seeds = BTreeMap<LayerName, Seed>;

/// The time, in whole seconds.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The seeds that the state knows of a cluster. One that goes to another target takes them along.
pub(super) fn known<'a>(snapshot: &'a Snapshot, cluster: &Candidate) -> &'a Seeds {
    static NONE: Seeds = BTreeMap::new();
    let name = match &cluster.action {
        Some(ClusterAction::Retarget { was, .. }) => Some(was),
        _ => cluster.known_as.as_ref(),
    };
    let record = name.and_then(|name| snapshot.clusters.get(name));
    record.map_or(&NONE, |record: &ClusterRecord| &record.seeds)
}

/// The seeds that a plan's layers are rendered with when they are written: the plan's own, else those of the state.
pub(super) fn of_plan(plan: &Plan, snapshot: &Snapshot) -> HashMap<ClusterName, Seeds> {
    let of = |cluster: &crate::plan::ClusterPlan| {
        let known_as = match &cluster.action {
            ClusterAction::Rename { from } => from,
            ClusterAction::Retarget { was, .. } => was,
            _ => &cluster.cluster,
        };
        let known = snapshot.clusters.get(known_as);
        let mut seeds = known.map_or_else(Seeds::new, |known| known.seeds.clone());
        let planned = cluster.layers.iter();
        seeds.extend(planned.filter_map(|layer| Some((layer.layer.clone(), layer.seed.clone()?))));
        (cluster.cluster.clone(), seeds)
    };
    plan.clusters.iter().map(of).collect()
}

/// The first of the layers to rotate that none of the clusters has.
///
/// # Errors
/// When there is one.
pub(super) fn check_there(
    workspace: &Workspace,
    clusters: &[Candidate],
    request: &PlanRequest,
) -> Result<(), EngineError> {
    let has = |layer: &LayerName| {
        let mut stacks = clusters.iter().filter_map(|cluster| cluster.stack);
        stacks.any(|stack| {
            let mut layers = workspace.stacks[stack].layers.iter();
            layers.any(|known| known.name == *layer)
        })
    };
    let wrong = |what| Err(EngineError::Selection { what });
    for layer in &request.rotate {
        if !request.selection.has_layer(layer) {
            return wrong(format!(
                "layer `{layer}` is to be rotated, and --layer leaves it out"
            ));
        }
        if !has(layer) {
            return wrong(format!(
                "layer `{layer}` is to be rotated, and no cluster that was asked for has it"
            ));
        }
    }
    Ok(())
}

/// Looks whether every layer that should get other random values does so somewhere.
///
/// # Errors
/// The first one that does not.
pub(super) fn check_rotated(
    wanted: &[LayerName],
    rotated: &[&LayerName],
) -> Result<(), EngineError> {
    match wanted.iter().find(|layer| !rotated.contains(layer)) {
        None => Ok(()),
        Some(layer) => Err(EngineError::Selection {
            what: format!(
                "there is nothing to rotate in layer `{layer}`: it uses nothing random, or has not been applied yet"
            ),
        }),
    }
}
