//! What a plan may not do, and what it must be allowed.
//!
//! Kubernetes goes up one minor version at a time (its own version skew policy) and never down; a change of the network
//! or of the operating system's family is not an update; a change of the os or k8s layer replaces nodes.

use crate::model::{Category, ObjectKey, Version};
use crate::state::{ClusterRecord, Content, LayerRecord};
use crate::target::{Manner, Owner};

use super::desired::Desired;
use super::rehearsal::is_new;
use super::{
    Action, Approval, ApprovalKind, ClusterAction, ClusterPlan, ObjectAction, ObjectChange, Reason,
    Refusal,
};

/// What one cluster's plan must be allowed, and what it may not do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What must be allowed.
    pub approvals: Vec<Approval>,
    /// What may not be done.
    pub refusals: Vec<Refusal>,
}

/// Judges a cluster's plan, and marks the layers that replace nodes as repaves.
pub fn judge(
    plan: &mut ClusterPlan,
    prior: Option<&ClusterRecord>,
    desired: Option<&Desired>,
) -> Verdict {
    let mut verdict = Verdict::default();
    if let (Some(prior), Some(desired)) = (prior, desired) {
        upgrades(plan, prior, desired, &mut verdict);
        repaves(plan, prior, desired, &mut verdict);
    }
    conflicts(plan, &mut verdict);
    replaces(plan, &mut verdict);
    deletes(plan, &mut verdict);
    verdict
}

/// The layer of a core category; a cluster has one of each.
fn core<'a>(prior: &'a ClusterRecord, category: &Category) -> Option<&'a LayerRecord> {
    prior
        .layers
        .values()
        .find(|record| record.category == *category)
}

fn upgrades(plan: &ClusterPlan, prior: &ClusterRecord, desired: &Desired, verdict: &mut Verdict) {
    for layer in &desired.layers {
        let Some(before) = core(prior, &layer.category) else {
            continue;
        };
        let refusal = match layer.category {
            Category::K8s => kubernetes(&before.content, &layer.content),
            Category::Cni => family("network", &before.content, &layer.content),
            Category::Os => family("operating system", &before.content, &layer.content),
            Category::Csi | Category::Addon(_) => None,
        };
        if let Some((what, instead)) = refusal {
            let (cluster, layer) = (plan.cluster.clone(), Some(layer.layer.clone()));
            verdict.refusals.push(Refusal {
                cluster,
                layer,
                what,
                instead,
            });
        }
    }
}

/// Kubernetes goes up one minor version at a time.
fn kubernetes(before: &Content, after: &Content) -> Option<(String, String)> {
    let (Some(old), Some(new)) = (&before.version, &after.version) else {
        return None;
    };
    if before.name != after.name {
        return None;
    }
    let ((old_major, old_minor), (new_major, new_minor)) = (minor(old)?, minor(new)?);
    if new < old {
        let what = format!("Kubernetes cannot go back from {old} to {new}");
        return Some((
            what,
            format!("keep {old}, or make a new cluster with {new}"),
        ));
    }
    if old_major != new_major || new_minor <= old_minor + 1 {
        return None;
    }
    let path: Vec<String> = (old_minor + 1..=new_minor)
        .map(|minor| format!("{old_major}.{minor}"))
        .collect();
    let what = format!("Kubernetes cannot go from {old} to {new} in one step");
    Some((
        what,
        format!(
            "go one minor version at a time: {old} -> {}",
            path.join(" -> ")
        ),
    ))
}

fn minor(version: &Version) -> Option<(u64, u64)> {
    version.major_minor()
}

/// Another network or another family of operating systems is another cluster.
fn family(word: &str, before: &Content, after: &Content) -> Option<(String, String)> {
    (before.name != after.name).then(|| {
        let what = format!(
            "the {word} cannot change from {} to {} in a running cluster",
            before.name, after.name
        );
        (
            what,
            format!(
                "keep {}, or make a new cluster with {}",
                before.name, after.name
            ),
        )
    })
}

/// A change of the os layer or of the Kubernetes version replaces all nodes; other settings of Kubernetes only those of
/// the control plane.
fn repaves(
    plan: &mut ClusterPlan,
    prior: &ClusterRecord,
    desired: &Desired,
    verdict: &mut Verdict,
) {
    let mut replaced = 0;
    let mut because = None;
    for layer in &mut plan.layers {
        let Some(before) = core(prior, &layer.category) else {
            continue;
        };
        let content = layer
            .after
            .as_ref()
            .is_some_and(|after| *after != before.content);
        let nodes = match layer.category {
            _ if layer.after.is_none() => continue,
            Category::Os if content || layer.values.is_some() => desired.nodes,
            Category::K8s if content => desired.nodes,
            Category::K8s if layer.values.is_some() => desired.control_plane_nodes,
            _ => continue,
        };
        layer.action = Action::Repave;
        if because.is_none() || nodes > replaced {
            (replaced, because) = (nodes, Some(layer.layer.clone()));
        }
    }
    if because.is_some() {
        let kind = ApprovalKind::Repave { nodes: replaced };
        verdict.approvals.push(Approval {
            cluster: plan.cluster.clone(),
            layer: because,
            kind,
        });
    }
}

/// What is somebody else's, and what the server refuses.
fn conflicts(plan: &ClusterPlan, verdict: &mut Verdict) {
    for layer in &plan.layers {
        for object in &layer.objects {
            let server = object.server.as_ref().filter(|_| !is_new(object));
            let refused = server.and_then(|says| says.refused.as_ref());
            let (what, instead) = match (&object.action, refused) {
                (ObjectAction::Conflict, _) => conflict(object),
                (_, Some(message)) => (
                    format!("the server refuses {}: {message}", object.key),
                    "mend what the layer renders, or have the server allow it".to_owned(),
                ),
                _ => continue,
            };
            verdict.refusals.push(Refusal {
                cluster: plan.cluster.clone(),
                layer: Some(layer.layer.clone()),
                what,
                instead,
            });
        }
    }
}

/// Whose an object is that we want and may not touch, and what would work.
fn conflict(object: &ObjectChange) -> (String, String) {
    let key = &object.key;
    match &object.owner {
        Some(Owner::OtherProject(project)) => (
            format!("{key} is on the server already and belongs to another project, {project}"),
            "give it another name, or take it out of that project first".to_owned(),
        ),
        Some(Owner::OtherCluster(cluster)) => (
            format!(
                "{key} is on the server already and belongs to the cluster {cluster}: both clusters go to one server"
            ),
            "give each cluster a server of its own, or leave the object to one of them".to_owned(),
        ),
        Some(Owner::Foreign(owner)) => (
            format!("{key} is on the server already and is not ours, but of {owner}"),
            "remove it there, or take it over with --adopt".to_owned(),
        ),
        Some(Owner::Ours) | None => (
            format!("{key} is on the target already and is not ours"),
            "remove it there, or take it over with --adopt".to_owned(),
        ),
    }
}

/// What is deleted and made anew, and what is taken over from others.
fn replaces(plan: &ClusterPlan, verdict: &mut Verdict) {
    for layer in &plan.layers {
        let mut want = |kind| {
            verdict.approvals.push(Approval {
                cluster: plan.cluster.clone(),
                layer: Some(layer.layer.clone()),
                kind,
            })
        };
        for object in layer
            .objects
            .iter()
            .filter(|object| object.action.touches())
        {
            let what = object.key.to_string();
            if object.manner == Manner::Replace {
                want(ApprovalKind::Replace { what: what.clone() });
            }
            let fields = object
                .server
                .as_ref()
                .map_or(&[][..], |says| &says.contested);
            if !fields.is_empty() {
                want(ApprovalKind::TakeOver {
                    object: what,
                    fields: fields.to_vec(),
                });
            }
        }
    }
}

/// Kinds whose deletion takes more with it than the object.
fn is_precious(key: &ObjectKey) -> bool {
    matches!(
        (&*key.group, &*key.kind),
        (
            "",
            "Namespace" | "PersistentVolume" | "PersistentVolumeClaim"
        ) | ("apiextensions.k8s.io", "CustomResourceDefinition")
    )
}

fn deletes(plan: &ClusterPlan, verdict: &mut Verdict) {
    let mut want = |layer, kind| {
        verdict.approvals.push(Approval {
            cluster: plan.cluster.clone(),
            layer,
            kind,
        })
    };
    if plan.action == ClusterAction::Delete
        && plan
            .layers
            .iter()
            .flat_map(|layer| &layer.reasons)
            .any(|why| *why == Reason::ClusterRemoved)
    {
        want(
            None,
            ApprovalKind::Delete {
                what: format!("the cluster {} with everything in it", plan.cluster),
            },
        );
        return;
    }
    if plan.action == ClusterAction::Delete {
        return;
    }
    if let ClusterAction::Retarget { .. } = plan.action {
        want(None, ApprovalKind::Retarget);
    }
    for layer in &plan.layers {
        let precious = |object: &&ObjectChange| {
            let goes = object.action.deletes() || object.manner == Manner::Replace;
            goes && is_precious(&object.key)
        };
        for object in layer.objects.iter().filter(precious) {
            want(
                Some(layer.layer.clone()),
                ApprovalKind::Delete {
                    what: object.key.to_string(),
                },
            );
        }
    }
}

/// Whether the plan as a whole deletes more than the project allows without being asked. What `destroy` deletes, its
/// user has named.
pub fn delete_limit(clusters: &[ClusterPlan], limit: usize) -> Option<Approval> {
    let deletes = |cluster: &ClusterPlan| {
        cluster
            .layers
            .iter()
            .flat_map(|layer| &layer.objects)
            .filter(|object| object.action.deletes())
            .count()
    };
    let total: usize = clusters.iter().map(deletes).sum();
    let most = clusters.iter().max_by_key(|cluster| deletes(cluster))?;
    (total > limit).then(|| Approval {
        cluster: most.cluster.clone(),
        layer: None,
        kind: ApprovalKind::DeleteLimit {
            deletes: total,
            limit,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;
    use crate::state::ContentKind;

    fn content(name: &str, version: &str) -> Content {
        let version = Version::new(version).expect("a version");
        Content {
            kind: ContentKind::Pack,
            name: name.into(),
            version: Some(version),
            digest: Digest::of(b""),
        }
    }

    #[test]
    fn kubernetes_goes_up_one_minor_version_at_a_time() {
        let table = [
            ("1.30.4", "1.30.5", None),
            ("1.30.4", "1.31.0", None),
            ("v1.30.4", "1.31.0", None),
            (
                "1.30.4",
                "1.33.1",
                Some("go one minor version at a time: 1.30.4 -> 1.31 -> 1.32 -> 1.33"),
            ),
            (
                "1.31.0",
                "1.30.9",
                Some("keep 1.31.0, or make a new cluster with 1.30.9"),
            ),
            (
                "1.31.2",
                "1.31.1",
                Some("keep 1.31.2, or make a new cluster with 1.31.1"),
            ),
        ];
        for (old, new, expected) in table {
            let refusal = kubernetes(&content("kubernetes", old), &content("kubernetes", new));
            assert_eq!(
                refusal.map(|(_, instead)| instead).as_deref(),
                expected,
                "{old} -> {new}"
            );
        }
    }

    #[test]
    fn another_network_is_another_cluster() {
        assert!(
            family(
                "network",
                &content("cilium", "1.0.0"),
                &content("cilium", "2.0.0")
            )
            .is_none()
        );
        let (what, _) = family(
            "network",
            &content("cilium", "1.0.0"),
            &content("calico", "1.0.0"),
        )
        .expect("refused");
        assert_eq!(
            what,
            "the network cannot change from cilium to calico in a running cluster"
        );
    }
}
