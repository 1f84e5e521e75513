//! Which clusters there are to plan, from the documents and the state, renames and new targets included.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use crate::model::{ClusterName, Deletion, TargetSpec};
use crate::plan::ClusterAction;
use crate::state::{ClusterRecord, Snapshot};

use super::selection::Selection;
use super::workspace::Workspace;

/// A cluster to plan.
#[derive(Debug)]
pub(super) struct Candidate {
    pub name: ClusterName,
    pub uid: Uuid,
    pub target: TargetSpec,
    pub delete_when_removed: bool,
    /// What is done with it, if that does not follow from what the state knows.
    pub action: Option<ClusterAction>,
    /// The name by which the state knows it; nothing when it is new.
    pub known_as: Option<ClusterName>,
    /// Where its stack is; nothing when it goes.
    pub stack: Option<usize>,
}

impl Candidate {
    /// A cluster as the state knows it, without a stack: it goes, unless somebody says what it should be.
    pub(super) fn known(name: &ClusterName, record: &ClusterRecord) -> Self {
        Self {
            name: name.clone(),
            uid: record.uid,
            target: record.target.clone(),
            delete_when_removed: record.delete_when_removed,
            action: None,
            known_as: Some(name.clone()),
            stack: None,
        }
    }
}

/// The clusters of the documents, then those that only the state knows.
pub(super) fn candidates(
    workspace: &Workspace,
    snapshot: &Snapshot,
    selection: &Selection,
) -> Vec<Candidate> {
    let moved: BTreeMap<&ClusterName, &ClusterName> = workspace
        .project
        .documents
        .project
        .moved
        .iter()
        .map(|moved| (&moved.to, &moved.from))
        .collect();
    let mut claimed: HashSet<&ClusterName> = HashSet::new();
    let mut found = Vec::new();
    for (at, stack) in workspace.stacks.iter().enumerate() {
        let cluster = &stack.cluster;
        let old_name = moved
            .get(&cluster.name)
            .copied()
            .filter(|old| snapshot.clusters.contains_key(*old));
        let known = match snapshot.clusters.get_key_value(&cluster.name) {
            Some(known) => Some(known),
            None => old_name.and_then(|old| snapshot.clusters.get_key_value(old)),
        };
        claimed.extend(known.map(|(name, _)| name));
        if !selection.has_cluster(&cluster.name, Some(&cluster.labels)) {
            continue;
        }
        let mut candidate = Candidate {
            name: cluster.name.clone(),
            uid: known.map_or_else(
                || workspace.cluster_uid(&cluster.name),
                |(_, record)| record.uid,
            ),
            target: cluster.target.clone(),
            delete_when_removed: cluster.deletion == Deletion::Delete,
            action: None,
            known_as: known.map(|(name, _)| name.clone()),
            stack: Some(at),
        };
        if let Some((was, record)) = known {
            if same_place(&record.target, &cluster.target) {
                candidate.action =
                    (*was != cluster.name).then(|| ClusterAction::Rename { from: was.clone() });
            } else {
                let retired = retired_name(&cluster.name, snapshot);
                candidate.action = Some(ClusterAction::Retarget {
                    from: record.target.clone(),
                    was: was.clone(),
                    retired: retired.clone(),
                });
                candidate.known_as = None;
                found.push(Candidate {
                    name: retired,
                    uid: record.uid,
                    target: record.target.clone(),
                    delete_when_removed: true,
                    action: Some(ClusterAction::Delete),
                    known_as: Some(was.clone()),
                    stack: None,
                });
            }
        }
        found.push(candidate);
    }
    for (name, record) in &snapshot.clusters {
        if claimed.contains(name) || !selection.has_cluster(name, None) || selection.names_layers()
        {
            continue;
        }
        found.push(Candidate {
            action: Some(if record.delete_when_removed {
                ClusterAction::Delete
            } else {
                ClusterAction::Forget
            }),
            ..Candidate::known(name, record)
        });
    }
    found
}

/// Whether two targets are the same place; how Secrets are treated there does not matter.
fn same_place(one: &TargetSpec, other: &TargetSpec) -> bool {
    match (one, other) {
        (TargetSpec::Directory { path: one, .. }, TargetSpec::Directory { path: other, .. }) => {
            one == other
        }
        (one, other) => one == other,
    }
}

/// A name for what a cluster left at its old target, until it is deleted there.
fn retired_name(name: &ClusterName, snapshot: &Snapshot) -> ClusterName {
    let mut number = snapshot.serial;
    loop {
        let text = format!("{name}.retired-{number}");
        match ClusterName::new(&text) {
            Ok(retired) if !snapshot.clusters.contains_key(&retired) => return retired,
            Ok(_) => number += 1,
            // Only a name of nearly 253 characters comes here.
            Err(_) => {
                return ClusterName::new(format!("retired-{number}"))
                    .expect("a short name is a name");
            }
        }
    }
}
