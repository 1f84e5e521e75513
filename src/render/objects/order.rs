//! The order in which Helm installs kinds.

use crate::model::Object;

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

/// Sorts objects into Helm's order; of one kind the order stays. Hooks come last.
pub fn sort(objects: &mut [Object]) {
    objects.sort_by(|a, b| rank(a).cmp(&rank(b)));
}

fn rank(object: &Object) -> (bool, usize, &str) {
    let kind: &str = &object.key.kind;
    let is_hook = !object.hooks.is_empty();
    match KINDS.iter().position(|known| *known == kind) {
        Some(place) => (is_hook, place, ""),
        None => (is_hook, KINDS.len(), kind),
    }
}
