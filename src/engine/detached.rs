//! Profiles that a cluster loses because their selectors no longer match it.

use crate::model::ProfileKind;
use crate::plan::{Approval, ApprovalKind, ClusterPlan, LayerPlan, Reason};
use crate::state::ClusterRecord;

use super::subjects::Candidate;
use super::workspace::Workspace;

/// Profiles whose layers go because their selector no longer matches the cluster.
pub(super) fn detached(
    workspace: &Workspace,
    cluster: &Candidate,
    plan: &ClusterPlan,
    prior: Option<&ClusterRecord>,
) -> Vec<Approval> {
    let (Some(stack), Some(prior)) = (cluster.stack, prior) else {
        return Vec::new();
    };
    let stack = &workspace.stacks[stack];
    let gone = |layer: &&LayerPlan| {
        layer.record.is_none() && layer.reasons.contains(&Reason::RemovedFromProfile)
    };
    let mut profiles: Vec<&str> = plan
        .layers
        .iter()
        .filter(gone)
        .filter_map(|layer| Some(&*prior.layers.get(&layer.layer)?.profile.name))
        .collect();
    profiles.sort_unstable();
    profiles.dedup();
    let selects = |name: &str| {
        let mut all = workspace.project.documents.profiles.iter();
        all.any(|profile| {
            profile.kind == ProfileKind::AddOn
                && profile.name.as_str() == name
                && profile.cluster_selector.is_some()
        })
    };
    let attached = |name: &str| {
        stack
            .layers
            .iter()
            .any(|layer| layer.profile.name.as_str() == name)
    };
    let approval = |profile: &str| Approval {
        cluster: cluster.name.clone(),
        layer: None,
        kind: ApprovalKind::Detached {
            profile: profile.to_owned(),
        },
    };
    profiles
        .into_iter()
        .filter(|name| selects(name) && !attached(name))
        .map(approval)
        .collect()
}
