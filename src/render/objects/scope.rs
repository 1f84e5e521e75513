//! Which kinds live in namespaces.

use std::collections::HashMap;

use crate::yaml::Value;

/// Kinds without a namespace, by API group: those of Kubernetes, and those of widely used extensions whose CRDs are
/// often in another layer than their objects.
const CLUSTER_SCOPED: &[(&str, &[&str])] = &[
    (
        "",
        &["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    (
        "authentication.k8s.io",
        &["SelfSubjectReview", "TokenReview"],
    ),
    (
        "authorization.k8s.io",
        &[
            "SelfSubjectAccessReview",
            "SelfSubjectRulesReview",
            "SubjectAccessReview",
        ],
    ),
    (
        "certificates.k8s.io",
        &["CertificateSigningRequest", "ClusterTrustBundle"],
    ),
    ("extensions", &["PodSecurityPolicy"]),
    (
        "flowcontrol.apiserver.k8s.io",
        &["FlowSchema", "PriorityLevelConfiguration"],
    ),
    ("internal.apiserver.k8s.io", &["StorageVersion"]),
    (
        "networking.k8s.io",
        &["ClusterCIDR", "IPAddress", "IngressClass", "ServiceCIDR"],
    ),
    ("node.k8s.io", &["RuntimeClass"]),
    ("policy", &["PodSecurityPolicy"]),
    (
        "rbac.authorization.k8s.io",
        &["ClusterRole", "ClusterRoleBinding"],
    ),
    (
        "resource.k8s.io",
        &["DeviceClass", "DeviceTaintRule", "ResourceSlice"],
    ),
    ("scheduling.k8s.io", &["PriorityClass"]),
    (
        "storage.k8s.io",
        &[
            "CSIDriver",
            "CSINode",
            "StorageClass",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ],
    ),
    ("storagemigration.k8s.io", &["StorageVersionMigration"]),
    (
        "apiextensions.crossplane.io",
        &[
            "CompositeResourceDefinition",
            "Composition",
            "CompositionRevision",
        ],
    ),
    ("cert-manager.io", &["ClusterIssuer"]),
    (
        "cilium.io",
        &[
            "CiliumBGPAdvertisement",
            "CiliumBGPClusterConfig",
            "CiliumBGPPeerConfig",
            "CiliumClusterwideEnvoyConfig",
            "CiliumClusterwideNetworkPolicy",
            "CiliumEgressGatewayPolicy",
            "CiliumL2AnnouncementPolicy",
            "CiliumLoadBalancerIPPool",
            "CiliumNode",
        ],
    ),
    (
        "external-secrets.io",
        &["ClusterExternalSecret", "ClusterSecretStore"],
    ),
    ("gateway.networking.k8s.io", &["GatewayClass"]),
    (
        "groupsnapshot.storage.k8s.io",
        &["VolumeGroupSnapshotClass", "VolumeGroupSnapshotContent"],
    ),
    ("karpenter.k8s.aws", &["EC2NodeClass"]),
    ("karpenter.sh", &["NodeClaim", "NodePool"]),
    (
        "kyverno.io",
        &[
            "ClusterCleanupPolicy",
            "ClusterPolicy",
            "GlobalContextEntry",
        ],
    ),
    (
        "operator.tigera.io",
        &["APIServer", "Installation", "ImageSet", "TigeraStatus"],
    ),
    (
        "pkg.crossplane.io",
        &[
            "Configuration",
            "DeploymentRuntimeConfig",
            "Function",
            "Provider",
        ],
    ),
    (
        "policy.networking.k8s.io",
        &["AdminNetworkPolicy", "BaselineAdminNetworkPolicy"],
    ),
    (
        "snapshot.storage.k8s.io",
        &["VolumeSnapshotClass", "VolumeSnapshotContent"],
    ),
    ("trust.cert-manager.io", &["Bundle"]),
];

/// What CRDs say of their kinds: group and kind, and whether they live in namespaces.
#[derive(Debug, Default)]
pub struct Scopes(HashMap<(String, String), bool>);

impl Scopes {
    /// Learns from an object, if it is a CRD.
    pub fn learn(&mut self, object: &Value) {
        let text = |path: &[&str]| object.at(path.iter().copied()).and_then(Value::as_str);
        if text(&["kind"]) != Some("CustomResourceDefinition") {
            return;
        }
        if let (Some(group), Some(kind), Some(scope)) = (
            text(&["spec", "group"]),
            text(&["spec", "names", "kind"]),
            text(&["spec", "scope"]),
        ) {
            let names = (group.to_owned(), kind.to_owned());
            self.0.insert(names, scope != "Cluster");
        }
    }

    /// Whether objects of a kind live in namespaces; a kind that nobody knows does.
    pub fn is_namespaced(&self, group: &str, kind: &str) -> bool {
        if let Some(known) = self.0.get(&(group.to_owned(), kind.to_owned())) {
            return *known;
        }
        !CLUSTER_SCOPED
            .iter()
            .any(|(known, kinds)| *known == group && kinds.contains(&kind))
    }
}
