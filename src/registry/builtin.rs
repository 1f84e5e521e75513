//! Well-known public registries, which are there without any document.
//!
//! The addresses are those that the projects themselves name in their documentation.

use crate::diag::{Sources, Span};
use crate::model::{Access, GitReference, Registry, RegistryKind, RegistryName};

/// Where packs are in an OCI registry, unless something else is said.
const OCI_PACKS: &str = "spectro-packs/archive";

/// Each name with its address.
const TABLE: [(&str, &str); 26] = [
    ("argo", "https://argoproj.github.io/argo-helm"),
    (
        "aws-ebs-csi-driver",
        "https://kubernetes-sigs.github.io/aws-ebs-csi-driver",
    ),
    (
        "azuredisk-csi-driver",
        "https://raw.githubusercontent.com/kubernetes-sigs/azuredisk-csi-driver/master/charts",
    ),
    ("bitnami", "oci://registry-1.docker.io/bitnamicharts"),
    ("cilium", "https://helm.cilium.io"),
    (
        "community",
        "https://github.com/spectrocloud/pack-central.git",
    ),
    ("crossplane-stable", "https://charts.crossplane.io/stable"),
    ("elastic", "https://helm.elastic.co"),
    (
        "external-dns",
        "https://kubernetes-sigs.github.io/external-dns",
    ),
    ("fluent", "https://fluent.github.io/helm-charts"),
    ("grafana", "https://grafana.github.io/helm-charts"),
    ("haproxytech", "https://haproxytech.github.io/helm-charts"),
    ("hashicorp", "https://helm.releases.hashicorp.com"),
    (
        "ingress-nginx",
        "https://kubernetes.github.io/ingress-nginx",
    ),
    (
        "istio",
        "https://istio-release.storage.googleapis.com/charts",
    ),
    ("jetstack", "https://charts.jetstack.io"),
    ("kyverno", "https://kyverno.github.io/kyverno"),
    ("longhorn", "https://charts.longhorn.io"),
    ("metallb", "https://metallb.github.io/metallb"),
    (
        "open-policy-agent",
        "https://open-policy-agent.github.io/gatekeeper/charts",
    ),
    ("openebs", "https://openebs.github.io/openebs"),
    ("projectcalico", "https://docs.tigera.io/calico/charts"),
    (
        "prometheus-community",
        "https://prometheus-community.github.io/helm-charts",
    ),
    (
        "secrets-store-csi-driver",
        "https://kubernetes-sigs.github.io/secrets-store-csi-driver/charts",
    ),
    ("traefik", "https://traefik.github.io/charts"),
    ("vmware-tanzu", "https://vmware-tanzu.github.io/helm-charts"),
];

/// The names of all of them, sorted.
pub fn builtin_names() -> Vec<&'static str> {
    TABLE.iter().map(|(name, _)| *name).collect()
}

/// All of them, sorted by name.
pub fn all(sources: &Sources) -> Vec<Registry> {
    let source = sources.add("<built in>", "");
    let span = Span {
        source,
        start: 0,
        end: 0,
    };
    let registry = |(name, url): &(&str, &str)| {
        let kind = if url.starts_with("oci://") {
            RegistryKind::Oci {
                url: (*url).into(),
                packs: OCI_PACKS.into(),
            }
        } else if url.ends_with(".git") {
            RegistryKind::Git {
                url: (*url).into(),
                reference: GitReference::Default,
                path: Some("packs".into()),
            }
        } else {
            RegistryKind::Helm { url: (*url).into() }
        };
        Some(Registry {
            name: RegistryName::new(*name).ok()?,
            kind,
            access: Access::default(),
            span,
        })
    };
    TABLE.iter().filter_map(registry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_all_of_it_is_good() {
        let all = all(&Sources::default());
        let names: Vec<_> = all.iter().map(|registry| registry.name.as_str()).collect();
        assert_eq!(names, builtin_names(), "every name is one");
        assert!(names.is_sorted());
        let git = all
            .iter()
            .filter(|registry| matches!(registry.kind, RegistryKind::Git { .. }));
        assert_eq!(git.count(), 1);
        for (name, url) in TABLE {
            assert!(
                url.starts_with("https://") || url.starts_with("oci://"),
                "{name}"
            );
            assert!(!url.ends_with('/'), "{name}");
        }
    }
}
