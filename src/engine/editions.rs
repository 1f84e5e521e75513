//! Editions of profiles: with `versions: immutable`, what was applied under a version stays what it was.

use std::collections::{BTreeMap, HashSet};

use crate::diag::Diagnostic;
use crate::model::{Digest, VersionPolicy};
use crate::state::{ContentKind, Snapshot};

use super::error::EngineError;
use super::workspace::Workspace;

/// Checks that no profile was edited under a version that the state knows, if the project wants it so. A version that
/// the state knows in several editions, from before the project wanted it, may be any of them.
///
/// # Errors
/// One problem for each profile that was edited.
pub(super) fn check_editions(
    workspace: &Workspace,
    snapshot: &Snapshot,
) -> Result<(), EngineError> {
    let documents = &workspace.project.documents;
    if documents.project.versions != VersionPolicy::Immutable {
        return Ok(());
    }
    let mut applied: BTreeMap<(&str, &semver::Version), HashSet<&Digest>> = BTreeMap::new();
    let layers = snapshot
        .clusters
        .values()
        .flat_map(|cluster| cluster.layers.values());
    for layer in layers.filter(|layer| layer.content.kind != ContentKind::Namespaces) {
        let profile = &layer.profile;
        applied
            .entry((&profile.name, &profile.version))
            .or_default()
            .insert(&profile.digest);
    }
    let problems: Vec<Diagnostic> = documents
        .profiles
        .iter()
        .filter(|profile| {
            applied
                .get(&(profile.name.as_str(), &profile.version))
                .is_some_and(|editions| !editions.contains(&profile.digest))
        })
        .map(|profile| {
            let (name, version) = (&profile.name, &profile.version);
            Diagnostic::error(format!(
                "version {version} of the profile `{name}` was applied already, and is another one now"
            ))
            .at(profile.span)
            .help("give it a new version, or take `versions: immutable` out of the project")
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(EngineError::Documents(problems))
    }
}
