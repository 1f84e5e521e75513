//! Which of the clusters a plan is about.

use uuid::Uuid;

use crate::model::{ClusterName, TargetSpec};
use crate::plan::ClusterAction;
use crate::state::{ClusterRecord, Snapshot};

use super::error::EngineError;
use super::planner::{PlanRequest, Want};
use super::subjects::{Candidate, candidates};
use super::workspace::Workspace;

/// The clusters that a request is about.
pub(super) fn chosen(
    workspace: &Workspace,
    snapshot: &Snapshot,
    request: &PlanRequest,
) -> Result<Vec<Chosen>, EngineError> {
    let selection = &request.selection;
    let mut chosen: Vec<Chosen> = match &request.want {
        Want::Documents => candidates(workspace, snapshot, selection)
            .into_iter()
            .map(Chosen::of)
            .collect(),
        Want::Nothing => {
            let labels =
                |name: &ClusterName| workspace.stack(name).map(|stack| &stack.cluster.labels);
            let wanted = snapshot
                .clusters
                .iter()
                .filter(|(name, _)| selection.has_cluster(name, labels(name)));
            wanted
                .map(|(name, record)| Chosen::going(name, record))
                .collect()
        }
        Want::Revision { cluster, .. } => {
            let known = snapshot.clusters.get(cluster);
            known
                .map(|record| Chosen::going(cluster, record))
                .into_iter()
                .collect()
        }
    };
    chosen.sort_by(|a, b| a.name.cmp(&b.name));
    if chosen.is_empty() && !selection.is_all() {
        return Err(EngineError::Selection {
            what: "no cluster matches what was asked for".to_owned(),
        });
    }
    Ok(chosen)
}

/// A cluster to plan, without borrows, so that it can go to another thread.
pub(super) struct Chosen {
    pub name: ClusterName,
    pub uid: Uuid,
    pub target: TargetSpec,
    pub delete_when_removed: bool,
    pub action: Option<ClusterAction>,
    /// The name by which the state knows it.
    pub known_as: Option<ClusterName>,
    pub stack: Option<usize>,
}

impl Chosen {
    fn of(candidate: Candidate<'_>) -> Self {
        let known_as = match &candidate.action {
            _ if candidate.prior.is_none() => None,
            Some(ClusterAction::Rename { from }) => Some(from.clone()),
            _ => Some(candidate.known_as.unwrap_or_else(|| candidate.name.clone())),
        };
        Self {
            known_as,
            name: candidate.name,
            uid: candidate.uid,
            target: candidate.target,
            delete_when_removed: candidate.delete_when_removed,
            action: candidate.action,
            stack: candidate.stack,
        }
    }

    fn going(name: &ClusterName, record: &ClusterRecord) -> Self {
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
