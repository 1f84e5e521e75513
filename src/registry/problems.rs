//! What is told when something is not to be had.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, causes};
use crate::model::{Digest, RegistryName, Version};
use crate::remote::{ItemKind, RemoteError};

use super::directory::Directory;
use super::words::{count, join, nearest};
use super::{Asked, LOCK_FILE, Locked, RegistryError};

pub(super) fn no_registry<'n>(
    asked: &Asked,
    names: impl Iterator<Item = &'n RegistryName>,
    none_declared: bool,
) -> Diagnostic {
    let wanted = &asked.key.registry;
    let problem = asked.problem(format!("no registry `{wanted}`"));
    match nearest(wanted.as_str(), names.map(RegistryName::as_str)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if none_declared => problem.help("declare it in a document of kind `Registry`"),
        None => problem.help("`stratiform registry list` shows which there are"),
    }
}

pub(super) fn charts_have_paths(asked: &Asked) -> Diagnostic {
    let registry = &asked.key.registry;
    asked
        .problem(format!(
            "registry `{registry}` is a folder of packs, and has no charts of their own"
        ))
        .help("name a chart in a folder by its path: `chart: {path: charts/...}`")
}

pub(super) fn wrong_kind(asked: &Asked, why: &str) -> Diagnostic {
    let (registry, name) = (&asked.key.registry, &asked.key.name);
    let problem = asked.problem(format!("registry `{registry}` {why}"));
    match asked.key.kind {
        ItemKind::Pack => problem.help(format!(
            "make the layer of a chart: `chart: {{registry: {registry}, name: {name}, version: ...}}`"
        )),
        ItemKind::Chart => problem.help("take the chart from a Helm repository or an OCI registry"),
    }
}

pub(super) fn no_pack(asked: &Asked, directory: &Directory) -> Diagnostic {
    let key = &asked.key;
    let text = format!("no pack `{}` in registry `{}`", key.name, key.registry);
    let mut problem = asked.problem(text);
    if let Some(first) = directory.broken().first() {
        problem = problem.detail(format!(
            "{} could not be read, the first is `{}`: {}",
            count(directory.broken().len(), "folder"),
            first.shown.display(),
            first.why
        ));
    }
    let total = directory.names().count();
    match nearest(&key.name, directory.names()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if total == 0 => problem.help("the registry holds no packs at all"),
        None if total <= 10 => problem.help(format!("it has {}", join(directory.names(), "and"))),
        None => problem.help("`stratiform pack list` shows what there is"),
    }
}

/// `names` are those of the registry, as far as it tells them.
pub(super) fn no_item(asked: &Asked, names: &BTreeSet<&str>) -> Diagnostic {
    let key = &asked.key;
    let problem = asked.problem(format!("no {asked} in registry `{}`", key.registry));
    match nearest(&key.name, names.iter().copied()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => problem,
        None if names.len() <= 10 => {
            problem.help(format!("it has {}", join(names.iter().copied(), "and")))
        }
        None => problem.help(format!(
            "`stratiform registry search {} --registry {}` looks for it",
            key.name, key.registry
        )),
    }
}

pub(super) fn no_version<'v>(
    asked: &Asked,
    versions: impl Iterator<Item = &'v Version> + Clone,
) -> Diagnostic {
    let key = &asked.key;
    let text = format!(
        "no version of `{}` matches `{}`; there {}",
        key.name,
        key.requirement,
        listed(versions.clone())
    );
    let problem = asked.problem(text);
    let mut versions = versions;
    if versions.all(Version::is_prerelease) && !key.requirement.is_exact() {
        return problem.help("pre-releases have to be asked for by their full version");
    }
    problem
}

pub(super) fn gone<'v>(
    asked: &Asked,
    pinned: &Version,
    versions: impl Iterator<Item = &'v Version> + Clone,
) -> Diagnostic {
    let key = &asked.key;
    let text = format!(
        "`{}` is locked to {pinned}, which registry `{}` no longer has; there {}",
        key.name,
        key.registry,
        listed(versions)
    );
    asked.problem(text).help(format!(
        "bring {pinned} back, or run `stratiform update {}` to move on",
        key.name
    ))
}

/// "are 1.1.0, 1.3.0", the highest last; of many only the last ones.
fn listed<'v>(versions: impl Iterator<Item = &'v Version> + Clone) -> String {
    const SHOWN: usize = 8;
    let total = versions.clone().count();
    let verb = if total == 1 { "is" } else { "are" };
    let skipped = total.saturating_sub(SHOWN);
    let names: Vec<_> = versions.skip(skipped).map(Version::as_str).collect();
    let dots = if skipped > 0 { "..., " } else { "" };
    format!("{verb} {dots}{}", names.join(", "))
}

pub(super) fn not_locked(asked: &Asked) -> Diagnostic {
    asked
        .problem(format!(
            "{} is not in `{LOCK_FILE}`, and `--locked` forbids to add it",
            asked.key
        ))
        .help("run `stratiform lock` without `--locked`, and keep the file in version control")
}

pub(super) fn unreachable(asked: &Asked, error: &RemoteError) -> Diagnostic {
    let registry = &asked.key.registry;
    asked
        .problem(format!(
            "cannot ask registry `{registry}` for the versions of {asked}"
        ))
        .outside()
        .detail(causes(error).join(": "))
}

pub(super) fn not_fetched(asked: &Asked, version: &Version, error: &RemoteError) -> Diagnostic {
    let key = &asked.key;
    let text = format!(
        "cannot fetch {asked} {version} from registry `{}`",
        key.registry
    );
    let problem = asked.problem(text).detail(causes(error).join(": "));
    match error {
        RemoteError::Changed { by: LOCK, .. } => problem.help(replaced(asked)),
        RemoteError::Unknown { .. } => problem.help(format!(
            "bring it back, or run `stratiform update {}` to move on",
            key.name
        )),
        // The copy is a file of the project.
        RemoteError::Vendored { .. } => problem,
        _ => problem.outside(),
    }
}

/// Who says what was pinned.
const LOCK: &str = "the lock file";

/// What to do when something was replaced under its version.
fn replaced(asked: &Asked) -> String {
    format!(
        "if it was replaced on purpose, `stratiform update {}` takes what is there now",
        asked.key.name
    )
}

pub(super) fn unreadable(asked: &Asked, version: &Version, error: &RegistryError) -> Diagnostic {
    let registry = &asked.key.registry;
    asked
        .problem(format!(
            "{asked} {version} of registry `{registry}` cannot be read"
        ))
        .detail(causes(error).join(": "))
}

pub(super) fn lost(asked: &Asked, version: &Version) -> Diagnostic {
    asked
        .problem(format!(
            "{asked} {version} was fetched, and is gone from the cache again"
        ))
        .help("give the cache a folder of its own with enough room: `STRATIFORM_CACHE`")
}

pub(super) fn other_content(asked: &Asked, locked: &Locked, found: &Digest) -> Diagnostic {
    let version = &locked.version;
    asked
        .problem(format!("{asked} {version} is not what was locked"))
        .detail(format!(
            "the lock has the digest {}, and it has {found}",
            locked.digest
        ))
        .help(replaced(asked))
}
