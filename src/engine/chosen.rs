//! Which of the clusters a plan is about.

use crate::model::ClusterName;
use crate::plan::ClusterAction;
use crate::state::Snapshot;

use super::error::EngineError;
use super::planner::{PlanRequest, Want};
use super::subjects::{Candidate, candidates};
use super::workspace::Workspace;

/// The clusters that a request is about.
pub(super) fn chosen(
    workspace: &Workspace,
    snapshot: &Snapshot,
    request: &PlanRequest,
) -> Result<Vec<Candidate>, EngineError> {
    let selection = &request.selection;
    let mut chosen: Vec<Candidate> = match &request.want {
        Want::Documents => candidates(workspace, snapshot, selection),
        Want::Nothing => {
            let labels =
                |name: &ClusterName| workspace.stack(name).map(|stack| &stack.cluster.labels);
            let wanted = snapshot
                .clusters
                .iter()
                .filter(|(name, _)| selection.has_cluster(name, labels(name)));
            wanted
                .map(|(name, record)| Candidate::known(name, record))
                .collect()
        }
        Want::Revision { cluster, .. } => {
            let known = snapshot.clusters.get(cluster);
            known
                .map(|record| Candidate::known(cluster, record))
                .into_iter()
                .collect()
        }
    };
    let retargeted =
        |candidate: &&Candidate| matches!(candidate.action, Some(ClusterAction::Retarget { .. }));
    if selection.names_layers()
        && let Some(candidate) = chosen.iter().find(retargeted)
    {
        return Err(EngineError::Selection {
            what: format!(
                "cluster {} goes to another target, and goes there as a whole: leave out --layer",
                candidate.name
            ),
        });
    }
    chosen.sort_by(|a, b| a.name.cmp(&b.name));
    if chosen.is_empty() && !selection.is_all() {
        return Err(EngineError::Selection {
            what: "no cluster matches what was asked for".to_owned(),
        });
    }
    Ok(chosen)
}
