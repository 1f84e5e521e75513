//! What the servers of clusters can do: as they say themselves, as they said the last time, or as the documents say.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::model::{Capabilities, Stack, Version};
use crate::state::ClusterRecord;
use crate::target::Target;

/// What a cluster's server can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// With what the documents say beside it.
    pub capabilities: Arc<Capabilities>,
    /// Whether the server was asked just now.
    pub is_first_hand: bool,
}

/// Asks a server what it can do; nothing when there is none, or when it does not say.
pub(super) async fn asked(target: &dyn Target, stack: &Stack) -> Option<Facts> {
    let said = target.capabilities().await.ok().flatten()?;
    Some(Facts {
        capabilities: with_documents(&said, stack),
        is_first_hand: true,
    })
}

/// What a server could do when somebody last looked.
pub(super) fn remembered(prior: Option<&ClusterRecord>, stack: &Stack) -> Option<Facts> {
    let said = prior?.sighting.as_ref()?.capabilities.as_ref()?;
    Some(Facts {
        capabilities: with_documents(said, stack),
        is_first_hand: false,
    })
}

/// The document's API versions stand beside the server's own: those of CRDs that are still to come.
fn with_documents(said: &Capabilities, stack: &Stack) -> Arc<Capabilities> {
    let further = stack.cluster.api_versions.iter();
    let all: BTreeSet<&Arc<str>> = said.api_versions.iter().chain(further).collect();
    Arc::new(Capabilities {
        kube_version: said.kube_version.clone(),
        api_versions: all.into_iter().cloned().collect(),
    })
}

/// A stack on a server that can do this; without a word of it, what the documents say holds.
pub(super) fn on_server<'s>(
    stack: &'s Stack,
    capabilities: Option<&Arc<Capabilities>>,
) -> Cow<'s, Stack> {
    match capabilities {
        Some(capabilities) if stack.capabilities != *capabilities => Cow::Owned(Stack {
            capabilities: Arc::clone(capabilities),
            ..stack.clone()
        }),
        _ => Cow::Borrowed(stack),
    }
}

/// Warns when a server has another version of Kubernetes than the documents say. Distributors put something of their own
/// behind the numbers, which does not count.
pub(super) fn other_version(stack: &Stack, facts: &Facts) -> Option<Diagnostic> {
    let (said, found) = (
        &stack.capabilities.kube_version,
        &facts.capabilities.kube_version,
    );
    if numbers(said) == numbers(found) {
        return None;
    }
    let summary = format!(
        "cluster {}: the server has Kubernetes {found}, and the documents say {said}",
        stack.cluster.name
    );
    let problem = Diagnostic::warning(summary).at(stack.cluster.span);
    Some(problem.help(if stack.cluster.existing.is_some() {
        "charts are rendered for what the server has; correct `existing.kubernetesVersion`"
    } else {
        "charts are rendered for what the server has; upgrade the server, or correct the version of the k8s layer"
    }))
}

/// The numbers of a version, as many as people write: `v1.33.4-gke.1` is 1.33.4.
fn numbers(version: &Version) -> Vec<u64> {
    let text = version.as_str().trim_start_matches('v');
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let parts = text[..end.unwrap_or(text.len())].split('.');
    parts.filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn numbers_of_versions_are_compared() {
        let same = |one: &str, other: &str| {
            numbers(&Version::new(one).unwrap()) == numbers(&Version::new(other).unwrap())
        };
        assert!(same("1.33.1", "v1.33.1"));
        assert!(same("v1.33.4-gke.1245000", "1.33.4"));
        assert!(same("v1.33.4+k3s1", "1.33.4"));
        assert!(!same("1.33.1", "v1.34.0"));
    }
}
