//! The order in which Helm installs kinds.

use crate::model::{Keep, Object};

/// Helm's order; kinds that are not in it come last, by name.
const KINDS: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Sorts objects into Helm's order; of one kind the order stays. What stands in a chart's `crds/` comes
/// first, hooks come last.
pub fn sort(objects: &mut [Object]) {
    objects.sort_by(|a, b| rank(a).cmp(&rank(b)));
}

fn rank(object: &Object) -> (bool, bool, (usize, &str)) {
    (
        !object.hooks.is_empty(),
        object.keep != Some(Keep::Crds),
        kind_rank(&object.key.kind),
    )
}

/// Where a kind stands in Helm's order.
pub fn kind_rank(kind: &str) -> (usize, &str) {
    match KINDS.iter().position(|known| *known == kind) {
        Some(place) => (place, ""),
        None => (KINDS.len(), kind),
    }
}
