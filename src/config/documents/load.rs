//! From a folder to all documents of its project.

use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;
use std::sync::Arc;

use crate::diag::{Diagnostic, Sources, Span};
use crate::model::{Cluster, Project, TargetSpec};

use super::check::{Check, Place};
use super::fields::Fields;
use super::file::Files;
use super::find::{self, Document, PROJECT_FILE, Search};
use super::kind::Kind;
use super::parts::Shared;
use super::set::Documents;
use super::shape::Type;
use super::source::Declared;
use super::{cluster, group, profile, project, registry, target};

/// Reads and decodes all documents of the project that `start` lies in.
///
/// The documents are there whenever the project's own one could be found, with everything that could be decoded; what
/// could not is left out and has a diagnostic. So they are worth working with only when none of the diagnostics is an
/// error.
///
/// `known` are the names of registries that are there without any document.
pub fn load(
    start: &Path,
    known: &[&str],
    sources: &Sources,
) -> (Option<Documents>, Vec<Diagnostic>) {
    let root = match find::root(start) {
        Ok(root) => root,
        Err(problem) => return (None, vec![*problem]),
    };
    let shown = find::shown(&root);
    load_root(&root, &shown, known, sources)
}

/// The same for a known root; `shown` is what messages put before paths.
pub(super) fn load_root(
    root: &Path,
    shown: &Path,
    known: &[&str],
    sources: &Sources,
) -> (Option<Documents>, Vec<Diagnostic>) {
    let mut files = Files::new(root.to_owned(), shown.to_owned(), sources);
    let mut check = Check::new(sources);
    let documents = Search::new(&files, &mut check).run();
    for document in &documents {
        let shape = Type::Shape(document.kind.shape());
        check.node(&document.node, &shape, Place::field("document"));
    }
    let of = |kind: Kind| {
        documents
            .iter()
            .filter(move |document| document.kind == kind)
    };
    let project = the_project(of(Kind::Project), root, &files, &mut check);

    let declared = Declared {
        own: of(Kind::Registry)
            .filter_map(|document| Fields::of(&document.node).below("metadata").text("name"))
            .map(str::to_owned)
            .collect(),
        known,
    };
    let registries: Vec<_> = of(Kind::Registry)
        .filter_map(|document| registry::decode(&document.node, &mut check))
        .collect();
    unique(
        registries
            .iter()
            .map(|registry| (&registry.name, registry.span)),
        |name| format!("two registries have the name `{name}`"),
        &mut check,
    );

    let profiles: Vec<_> = of(Kind::ClusterProfile)
        .filter_map(|document| profile::decode(&document.node, &declared, &mut files, &mut check))
        .map(Arc::new)
        .collect();
    unique(
        profiles
            .iter()
            .map(|profile| ((&profile.name, &profile.version), profile.span)),
        |(name, version)| format!("the profile `{name}` stands here twice in version {version}"),
        &mut check,
    );

    let mut shared = Shared::default();
    let mut clusters: Vec<Arc<Cluster>> = Vec::new();
    for document in &documents {
        match document.kind {
            Kind::Cluster => clusters
                .extend(cluster::decode(&document.node, &mut shared, &mut check).map(Arc::new)),
            Kind::ClusterGroup => clusters.extend(
                group::decode(&document.node, &mut shared, &mut check)
                    .into_iter()
                    .map(Arc::new),
            ),
            Kind::Project | Kind::Registry | Kind::ClusterProfile => {}
        }
    }
    clusters.sort_by(|one, other| one.name.cmp(&other.name));
    unique(
        clusters.iter().map(|cluster| (&cluster.name, cluster.span)),
        |name| format!("two clusters have the name `{name}`"),
        &mut check,
    );
    clusters.dedup_by(|one, other| one.name == other.name);
    apart(&clusters, &mut check);
    target::servers(&clusters, &mut check);

    let found = project.map(|project| {
        moves(&project, &clusters, &mut check);
        away_from_state(&project, &clusters, &mut check);
        Documents {
            root: root.to_owned(),
            project: Arc::new(project),
            registries,
            profiles,
            clusters,
        }
    });
    (found, in_order(check.found))
}

/// The one project; a second one is an error.
fn the_project<'d>(
    documents: impl Iterator<Item = &'d Document>,
    root: &Path,
    files: &Files<'_>,
    check: &mut Check<'_>,
) -> Option<Project> {
    let folder = root.file_name().map_or_else(
        || "project".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let mut all = documents;
    let first = all.next();
    let in_place = first.filter(|document| document.path == Path::new(PROJECT_FILE));
    for second in all.chain(first.filter(|_| in_place.is_none())) {
        let at = Fields::of(&second.node).key_span("kind");
        let problem = match in_place {
            Some(first) => Diagnostic::error("a project has one `Project` document")
                .at(at)
                .label("the second one")
                .also(Fields::of(&first.node).key_span("kind"), "the first one")
                .help("remove one of them; another project stands in a folder with its own `stratiform.yaml`"),
            None => Diagnostic::error(format!(
                "the `Project` document stands in `{PROJECT_FILE}`, not elsewhere"
            ))
            .at(at)
            .help(format!("move it to `{}`", files.shown(Path::new(PROJECT_FILE)))),
        };
        check.report(problem);
    }
    let Some(document) = in_place else {
        if first.is_none() && check.found.is_empty() {
            check.report(
                Diagnostic::error(format!(
                    "`{}` has no `Project` document",
                    files.shown(Path::new(PROJECT_FILE))
                ))
                .help("add one: `apiVersion: stratiform/v1`, `kind: Project`, `metadata: {name: ...}`"),
            );
        }
        return None;
    };
    Some(project::decode(&document.node, &folder, check))
}

/// Reports what has the same key as something before it.
fn unique<K: Eq + Hash + Clone>(
    all: impl Iterator<Item = (K, Span)>,
    summary: impl Fn(K) -> String,
    check: &mut Check<'_>,
) {
    let mut seen: HashMap<K, Span> = HashMap::new();
    for (key, span) in all {
        if let Some(first) = seen.get(&key) {
            check.report(
                Diagnostic::error(summary(key))
                    .at(span)
                    .label("the second one")
                    .also(*first, "the first one")
                    .help("rename or remove one of them"),
            );
        } else {
            seen.insert(key, span);
        }
    }
}

/// Reports clusters whose folders are the same or lie in each other.
fn apart(clusters: &[Arc<Cluster>], check: &mut Check<'_>) {
    let mut folders: Vec<(Vec<u8>, &Cluster)> = clusters
        .iter()
        .filter_map(|cluster| {
            let TargetSpec::Directory { path, .. } = &cluster.target else {
                return None;
            };
            // With a zero byte for the slash, what lies in a folder directly follows it when sorted.
            let mut key = path.as_os_str().as_encoded_bytes().to_vec();
            for byte in &mut key {
                if *byte == b'/' {
                    *byte = 0;
                }
            }
            key.push(0);
            Some((key, cluster.as_ref()))
        })
        .collect();
    folders.sort_by(|one, other| one.0.cmp(&other.0));
    let mut outer: Option<&(Vec<u8>, &Cluster)> = None;
    for folder in &folders {
        match outer {
            Some(above) if folder.0.starts_with(&above.0) => {
                let (one, other) = (above.1, folder.1);
                let summary = if above.0 == folder.0 {
                    format!(
                        "the clusters `{}` and `{}` have the same target, {}",
                        one.name, other.name, one.target
                    )
                } else {
                    format!(
                        "the target of the cluster `{}`, {}, lies in that of `{}`, {}",
                        other.name, other.target, one.name, one.target
                    )
                };
                check.report(
                    Diagnostic::error(summary)
                        .at(other.span)
                        .also(one.span, "the other cluster")
                        .help("give each cluster a folder of its own"),
                );
            }
            _ => outer = Some(folder),
        }
    }
}

/// Reports clusters that would write where the state is.
fn away_from_state(project: &Project, clusters: &[Arc<Cluster>], check: &mut Check<'_>) {
    let state = project.state.parent().unwrap_or(Path::new(""));
    for cluster in clusters {
        let TargetSpec::Directory { path, .. } = &cluster.target else {
            continue;
        };
        let in_state = !state.as_os_str().is_empty() && path.starts_with(state);
        if in_state || project.state.starts_with(path) {
            check.report(
                Diagnostic::error(format!(
                    "the target of the cluster `{}`, {}, and the state, {}, get in each other's way",
                    cluster.name,
                    cluster.target,
                    project.state.display()
                ))
                .at(cluster.span)
                .help("give the target a folder of its own, such as `rendered/<cluster>`"),
            );
        }
    }
}

/// Reports renames of clusters that are still there.
fn moves(project: &Project, clusters: &[Arc<Cluster>], check: &mut Check<'_>) {
    for moved in &project.moved {
        if let Ok(at) = clusters.binary_search_by(|cluster| cluster.name.cmp(&moved.from)) {
            check.report(
                Diagnostic::error(format!(
                    "`{}` is said to be called `{}` now, but there is still a cluster `{}`",
                    moved.from, moved.to, moved.from
                ))
                .at(moved.span)
                .also(clusters[at].span, "it stands here")
                .help("remove the entry of `moved`, or rename the cluster"),
            );
        }
    }
}

/// In the order of the files, from top to bottom.
fn in_order(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by_key(|problem| problem.span.map(|span| (span.source, span.start)));
    found
}
