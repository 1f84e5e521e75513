//! Objects that cost a control plane little after they are made: nothing of them runs.

use std::fmt::Write as _;

/// So many objects in one namespace: two fifths ConfigMaps, the rest of five other kinds.
pub fn plain(count: usize, namespace: &str) -> String {
    let kinds = [
        "ConfigMap",
        "ServiceAccount",
        "Role",
        "RoleBinding",
        "Service",
    ];
    let mut text = String::new();
    for number in 0..count {
        // ConfigMaps twice as often as each of the others.
        let kind = kinds[(number % 6).saturating_sub(1)];
        write(&mut text, kind, number, namespace);
    }
    text
}

/// The kinds of [`varied`], those without a namespace last.
const KINDS: [&str; 20] = [
    "ConfigMap",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "Service",
    "LimitRange",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Deployment",
    "StatefulSet",
    "ReplicaSet",
    "CronJob",
    "Ingress",
    "HorizontalPodAutoscaler",
    "PodTemplate",
    "Lease",
    "ClusterRole",
    "ClusterRoleBinding",
    "PriorityClass",
    "StorageClass",
];

/// So many objects of each of 20 kinds.
pub fn varied(each: usize, namespace: &str) -> String {
    let mut text = String::new();
    for kind in KINDS {
        for number in 0..each {
            write(&mut text, kind, number, namespace);
        }
    }
    text
}

fn write(text: &mut String, kind: &str, number: usize, namespace: &str) {
    let name = format!("{namespace}-{}-{number}", kind.to_lowercase());
    let (version, namespaced, body) = body(kind, number, namespace);
    let at = if namespaced {
        format!(", namespace: {namespace}")
    } else {
        String::new()
    };
    writeln!(
        text,
        "---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{at}, labels: {{app: bench, part: p{number}}}}}\n{body}"
    )
    .unwrap();
}

const POD: &str = "{metadata: {labels: {app: none}}, spec: {containers: [{name: web, image: 'nginx:1.29', ports: \
                   [{containerPort: 80}], resources: {requests: {cpu: 100m, memory: 64Mi}}}]}}";

/// API version, whether it has a namespace, and what it says beside its metadata.
fn body(kind: &str, number: usize, namespace: &str) -> (&'static str, bool, String) {
    let selector = "selector: {matchLabels: {app: none}}";
    let rules = "rules: [{apiGroups: [''], resources: [pods], verbs: [get, list]}]".to_owned();
    let subject = "subjects: [{kind: ServiceAccount, name: default, namespace: default}]";
    let rbac = "rbac.authorization.k8s.io/v1";
    match kind {
        "ConfigMap" => (
            "v1",
            true,
            format!("data: {{number: '{number}', text: 'some words of a setting', mode: fast}}"),
        ),
        "ServiceAccount" => ("v1", true, "automountServiceAccountToken: false".to_owned()),
        "Role" => (rbac, true, rules),
        "ClusterRole" => (rbac, false, rules),
        "RoleBinding" => (
            rbac,
            true,
            format!("roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}}\n{subject}"),
        ),
        "ClusterRoleBinding" => (
            rbac,
            false,
            format!("roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}}\n{subject}"),
        ),
        "Service" => (
            "v1",
            true,
            "spec: {clusterIP: None, selector: {app: none}, ports: [{name: http, port: 80}]}".to_owned(),
        ),
        "LimitRange" => (
            "v1",
            true,
            "spec: {limits: [{type: PersistentVolumeClaim, max: {storage: 100Gi}}]}".to_owned(),
        ),
        "NetworkPolicy" => (
            "networking.k8s.io/v1",
            true,
            "spec: {podSelector: {matchLabels: {app: none}}, policyTypes: [Ingress]}".to_owned(),
        ),
        "PodDisruptionBudget" => (
            "policy/v1",
            true,
            format!("spec: {{minAvailable: 1, {selector}}}"),
        ),
        "Deployment" => ("apps/v1", true, format!("spec: {{replicas: 0, {selector}, template: {POD}}}")),
        "ReplicaSet" => ("apps/v1", true, format!("spec: {{replicas: 0, {selector}, template: {POD}}}")),
        "StatefulSet" => (
            "apps/v1",
            true,
            format!("spec: {{replicas: 0, serviceName: none, {selector}, template: {POD}}}"),
        ),
        "CronJob" => (
            "batch/v1",
            true,
            "spec: {schedule: '0 0 1 1 *', suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, \
             containers: [{name: once, image: 'busybox:1'}]}}}}}"
                .to_owned(),
        ),
        "Ingress" => (
            "networking.k8s.io/v1",
            true,
            format!(
                "spec: {{rules: [{{host: h{number}.{namespace}.example.com, http: {{paths: [{{path: /, pathType: Prefix, \
                 backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}"
            ),
        ),
        "HorizontalPodAutoscaler" => (
            "autoscaling/v2",
            true,
            "spec: {minReplicas: 1, maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}}"
                .to_owned(),
        ),
        "PodTemplate" => ("v1", true, format!("template: {POD}")),
        "Lease" => (
            "coordination.k8s.io/v1",
            true,
            "spec: {holderIdentity: bench, leaseDurationSeconds: 60}".to_owned(),
        ),
        "PriorityClass" => ("scheduling.k8s.io/v1", false, format!("value: {number}")),
        "StorageClass" => (
            "storage.k8s.io/v1",
            false,
            "provisioner: example.com/none\nvolumeBindingMode: WaitForFirstConsumer".to_owned(),
        ),
        other => unreachable!("{other} is not written"),
    }
}
