//! What is recorded before the first step of a run.

use crate::model::ClusterName;
use crate::plan::{ClusterAction, Plan};
use crate::state::{ClusterRecord, Record, Snapshot};

/// What is recorded before the first step: names and facts of clusters.
pub(super) fn prelude(plan: &Plan, snapshot: &Snapshot) -> Vec<Record> {
    let mut records = Vec::new();
    let mut moved = |from: &ClusterName, to: &ClusterName| {
        records.push(Record::ClusterMoved {
            from: from.clone(),
            to: to.clone(),
        });
    };
    for cluster in &plan.clusters {
        match &cluster.action {
            ClusterAction::Rename { from } => moved(from, &cluster.cluster),
            ClusterAction::Retarget { was, retired, .. } => moved(was, retired),
            _ => {}
        }
    }
    for cluster in &plan.clusters {
        let name = cluster.cluster.clone();
        match &cluster.action {
            ClusterAction::Forget => records.push(Record::ClusterRemoved { cluster: name }),
            action => {
                let index = match action {
                    // A run with steps writes the index at its end; until then the old one tells nothing.
                    _ if !cluster.layers.is_empty() => None,
                    ClusterAction::Update | ClusterAction::Delete => snapshot.clusters.get(&name),
                    ClusterAction::Rename { from } => snapshot.clusters.get(from),
                    _ => None,
                };
                // What was kept for layers that went stays with the cluster's name, not with its former place.
                let seeds = match action {
                    ClusterAction::Retarget { was, .. } => snapshot.clusters.get(was),
                    _ => None,
                };
                let record = ClusterRecord {
                    uid: cluster.uid,
                    target: cluster.target.clone(),
                    delete_when_removed: cluster.delete_when_removed,
                    layers: Default::default(),
                    seeds: seeds.map_or_else(Default::default, |record| record.seeds.clone()),
                    index: index.and_then(|record| record.index),
                    hooks_ran: Vec::new(),
                    sighting: None,
                    in_flight: Vec::new(),
                };
                records.push(Record::Cluster {
                    cluster: name,
                    record,
                });
            }
        }
    }
    records
}
