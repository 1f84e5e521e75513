//! Plans made by hand.

#![expect(clippy::unwrap_used, reason = "tests")]

use uuid::Uuid;

use crate::model::{
    ClusterName, Digest, LayerName, ObjectKey, SecretPolicy, TargetSpec, Version, Waiting,
};
use crate::plan::{
    Action, Approval, ApprovalKind, Base, ClusterAction, ClusterPlan, LayerPlan, ObjectAction,
    ObjectChange, Plan, PlannedBlob, Purpose, Reason, Refusal, ValuesChange,
};
use crate::state::{Content, ContentKind};
use crate::target::Manner;

pub(in super::super) fn cluster_name(text: &str) -> ClusterName {
    ClusterName::new(text).unwrap()
}

pub(in super::super) fn layer_name(text: &str) -> LayerName {
    LayerName::new(text).unwrap()
}

pub(in super::super) fn plan(clusters: Vec<ClusterPlan>) -> Plan {
    Plan {
        base: Base {
            project: uuid::Uuid::nil(),
            lineage: Uuid::from_u128(1),
            serial: 7,
        },
        purpose: Purpose::Apply,
        clusters,
        clusters_total: 412,
        layers_total: 2472,
        approvals: Vec::new(),
        refusals: Vec::new(),
        warnings: Vec::new(),
    }
}

pub(in super::super) fn cluster(name: &str, layers: Vec<LayerPlan>) -> ClusterPlan {
    ClusterPlan {
        cluster: cluster_name(name),
        action: ClusterAction::Update,
        uid: Uuid::from_bytes(
            Digest::of(name.as_bytes()).as_bytes()[..16]
                .try_into()
                .unwrap(),
        ),
        target: target(name),
        delete_when_removed: false,
        layers,
        edges: Vec::new(),
        order: Vec::new(),
        index_drifted: false,
        capabilities: None,
        unverified: None,
    }
}

pub(in super::super) fn target(name: &str) -> TargetSpec {
    TargetSpec::Directory {
        path: format!("rendered/{name}").into(),
        secrets: SecretPolicy::Refuse,
    }
}

pub(in super::super) fn with(cluster: ClusterPlan, action: ClusterAction) -> ClusterPlan {
    ClusterPlan { action, ..cluster }
}

pub(in super::super) fn content(text: &str) -> Content {
    let (name, version) = text.split_once(' ').unwrap();
    Content {
        kind: ContentKind::Pack,
        name: name.into(),
        version: Some(Version::new(version).unwrap()),
        digest: Digest::of(text.as_bytes()),
    }
}

/// A layer; `before` and `after` are `name version`, or empty.
pub(in super::super) fn layer(
    name: &str,
    action: Action,
    (before, after): (&str, &str),
    reasons: Vec<Reason>,
    objects: Vec<ObjectChange>,
) -> LayerPlan {
    let content = |text: &str| (!text.is_empty()).then(|| content(text));
    LayerPlan {
        layer: layer_name(name),
        category: match name {
            "os" | "k8s" | "cni" | "csi" => name.parse().unwrap(),
            _ => "ingress".parse().unwrap(),
        },
        action,
        reasons,
        before: content(before),
        after: content(after),
        values: None,
        objects,
        hooks: Vec::new(),
        waiting: Waiting::default(),
        record: None,
        seed: None,
        blobs: Vec::new(),
    }
}

pub(in super::super) fn values(mut layer: LayerPlan, before: &str, after: &str) -> LayerPlan {
    layer.values = Some(ValuesChange {
        before: before.into(),
        after: after.into(),
    });
    layer
}

/// An object; `kind` may have a group, `name` a namespace. Empty texts are absent.
pub(in super::super) fn object(
    (kind, name): (&str, &str),
    action: ObjectAction,
    reasons: Vec<Reason>,
    (before, after): (&str, &str),
) -> ObjectChange {
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    ObjectChange {
        key: ObjectKey::new(group, kind, namespace, name),
        action,
        reasons,
        hook: false,
        keep: None,
        masked: false,
        before: (!before.is_empty()).then(|| before.into()),
        after: (!after.is_empty()).then(|| PlannedBlob {
            digest: Digest::of(after.as_bytes()),
            text: after.into(),
        }),
        content: None,
        owner: None,
        manner: Manner::default(),
        adopted: false,
        server: None,
        observed: None,
        moved: None,
    }
}

pub(in super::super) fn deployment(name: &str, image: &str, replicas: u32) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: web
  labels:
    app: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
      - name: main
        image: registry.example.com/{name}:{image}
        ports:
        - containerPort: 8080
"
    )
}

pub(in super::super) fn made(kind: &str, name: &str) -> ObjectChange {
    let text = format!("kind: {kind}\nmetadata:\n  name: {name}\n");
    object((kind, name), ObjectAction::Create, vec![], ("", &text))
}

pub(in super::super) fn gone(kind: &str, name: &str, reason: Reason) -> ObjectChange {
    let text = format!("kind: {kind}\nmetadata:\n  name: {name}\n");
    object(
        (kind, name),
        ObjectAction::Delete,
        vec![reason],
        (&text, ""),
    )
}

pub(in super::super) fn version(from: &str, to: &str) -> Reason {
    Reason::Version {
        from: Version::new(from).unwrap(),
        to: Version::new(to).unwrap(),
    }
}

/// The update of an ingress, as it looks on one cluster.
pub(in super::super) fn upgrade(cluster: &str) -> LayerPlan {
    let host = |version: &str| {
        format!(
            "kind: ConfigMap\nmetadata:\n  name: haproxy\ndata:\n  host: {cluster}.example.com\n  version: {version}\n"
        )
    };
    let why = vec![version("1.49.0", "1.50.0"), Reason::Values];
    let objects = vec![
        object(
            ("Deployment.apps", "web/haproxy"),
            ObjectAction::Update,
            why.clone(),
            (
                &deployment("haproxy", "1.49.0", 2),
                &deployment("haproxy", "1.50.0", 3),
            ),
        ),
        object(
            ("ConfigMap", &format!("web/{cluster}-haproxy")),
            ObjectAction::Update,
            why.clone(),
            (&host("1.49"), &host("1.50")),
        ),
        made("Service", "web/haproxy-metrics"),
    ];
    let layer = layer(
        "ingress",
        Action::Update,
        ("kubernetes-ingress 1.49.0", "kubernetes-ingress 1.50.0"),
        why,
        objects,
    );
    values(
        layer,
        "controller:\n  replicaCount: 2\n  kind: Deployment\n",
        "controller:\n  replicaCount: 3\n  kind: Deployment\n",
    )
}

/// A new cluster with three layers.
pub(in super::super) fn new_cluster(name: &str) -> ClusterPlan {
    let why = || vec![Reason::NewCluster];
    let layers = vec![
        layer("os", Action::Create, ("", "ubuntu 24.04"), why(), vec![]),
        layer(
            "k8s",
            Action::Create,
            ("", "kubernetes 1.31.4"),
            why(),
            vec![],
        ),
        layer(
            "cni",
            Action::Create,
            ("", "cilium 1.16.1"),
            why(),
            vec![
                made("Namespace", "cilium"),
                made("ConfigMap", &format!("cilium/{name}")),
                made("ConfigMap", "cilium/settings"),
                made("DaemonSet.apps", "cilium/agent"),
            ],
        ),
    ];
    with(cluster(name, layers), ClusterAction::Create)
}

pub(in super::super) fn repave(name: &str) -> (ClusterPlan, Approval) {
    let layers = vec![layer(
        "k8s",
        Action::Repave,
        ("kubernetes 1.30.4", "kubernetes 1.31.4"),
        vec![version("1.30.4", "1.31.4")],
        vec![],
    )];
    let approval = Approval {
        cluster: cluster_name(name),
        layer: Some(layer_name("k8s")),
        kind: ApprovalKind::Repave { nodes: 5 },
    };
    (cluster(name, layers), approval)
}

pub(in super::super) fn refusal(name: &str) -> Refusal {
    Refusal {
        cluster: cluster_name(name),
        layer: Some(layer_name("k8s")),
        what: "Kubernetes cannot go from 1.30.4 to 1.33.1 in one step".to_owned(),
        instead: "go one minor version at a time: 1.30.4 -> 1.31 -> 1.32 -> 1.33".to_owned(),
    }
}
