//! What packs demand of each other.

use crate::diag::{Diagnostic, Span};
use crate::model::{Dependency, DependencyKind, LayerSource, Version};

use super::catalog::source_span;
use super::composition::Draft;

/// An edge between two layers, as positions: the first must be applied before the second.
pub(super) type Edge = (usize, usize);

/// The edges that pack dependencies make.
#[derive(Debug, Default)]
pub(super) struct PackEdges {
    /// From `required` dependencies, each with its place in `pack.json`.
    pub hard: Vec<(Edge, Span)>,
    /// From `optional` ones: they hold as long as nothing stronger speaks against them.
    pub soft: Vec<Edge>,
}

/// Checks all dependencies of all packs of a stack. `existing` is the Kubernetes version of a cluster that somebody else
/// made.
pub(super) fn check(
    drafts: &[Draft<'_>],
    existing: Option<&Version>,
    problems: &mut Vec<Diagnostic>,
) -> PackEdges {
    let mut edges = PackEdges::default();
    for (at, draft) in drafts.iter().enumerate() {
        let Some(pack) = &draft.entry.pack else {
            continue;
        };
        for dependency in &pack.dependencies {
            let demand = Demand {
                at,
                draft,
                name: format!("the pack `{}` {}", pack.name, pack.version),
                dependency,
            };
            demand.check(drafts, existing, &mut edges, problems);
        }
    }
    edges
}

/// A dependency of one layer's pack.
struct Demand<'a> {
    at: usize,
    draft: &'a Draft<'a>,
    name: String,
    dependency: &'a Dependency,
}

impl Demand<'_> {
    fn check(
        &self,
        drafts: &[Draft<'_>],
        existing: Option<&Version>,
        edges: &mut PackEdges,
        problems: &mut Vec<Diagnostic>,
    ) {
        let wanted = &self.dependency.pack;
        let others: Vec<(usize, &Draft<'_>)> = drafts
            .iter()
            .enumerate()
            .filter(|(at, other)| *at != self.at && pack_name(other) == Some(&**wanted))
            .collect();
        if let Some(kubernetes) = existing
            && self.dependency.layer.as_deref() == Some("k8s")
        {
            self.check_existing(kubernetes, problems);
            return;
        }
        match self.dependency.kind {
            DependencyKind::Required => {
                self.check_required(&others, existing.is_some(), problems);
                let found = others.iter();
                edges
                    .hard
                    .extend(found.map(|(other, _)| ((*other, self.at), self.dependency.span)));
            }
            DependencyKind::Optional => {
                for (other, draft) in others {
                    self.check_bounds(draft, problems);
                    edges.soft.push((other, self.at));
                }
            }
            DependencyKind::NotSupported => {
                for (_, other) in others {
                    if version(other).is_some_and(|version| self.bounds_hold(version)) {
                        problems.push(
                            self.problem(format!(
                                "{} does not work together with the pack {}",
                                self.name,
                                named(other)
                            ))
                            .also(source_span(&other.entry.layer), "the other pack")
                            .help("take other versions, or remove one of the two layers"),
                        );
                    }
                }
            }
            DependencyKind::Upgrade => {
                for (_, other) in others {
                    let old = version(other).is_some_and(|version| self.bounds_hold(version));
                    if old
                        && self
                            .draft
                            .entry
                            .pack
                            .as_ref()
                            .is_some_and(|p| p.name != *wanted)
                    {
                        problems.push(
                            self.problem(format!(
                                "{} takes over from the pack {}, and both are in the stack",
                                self.name,
                                named(other)
                            ))
                            .also(source_span(&other.entry.layer), "the old pack")
                            .help("remove the old pack's layer"),
                        );
                    }
                }
            }
        }
    }

    fn check_required(
        &self,
        others: &[(usize, &Draft<'_>)],
        existing: bool,
        problems: &mut Vec<Diagnostic>,
    ) {
        // The core layers of an existing cluster are there, but nobody says what they are.
        let unknown =
            existing && matches!(self.dependency.layer.as_deref(), Some("os" | "cni" | "csi"));
        let fits = |(_, other): &&(usize, &Draft<'_>)| {
            version(other).is_none_or(|version| self.bounds_hold(version))
        };
        match others {
            [] if unknown => {}
            [] => {
                let wanted = &self.dependency.pack;
                problems.push(
                    self.problem(format!(
                        "{} needs the pack `{wanted}`{}, which is not in the stack",
                        self.name,
                        spaced(&bounds(self.dependency))
                    ))
                    .help(format!("add a layer that is made of the pack `{wanted}`")),
                );
            }
            [(_, first), ..] if !others.iter().any(|other| fits(&other)) => {
                self.check_bounds(first, problems);
            }
            _ => {}
        }
    }

    fn check_bounds(&self, other: &Draft<'_>, problems: &mut Vec<Diagnostic>) {
        let Some(version) = version(other) else {
            return;
        };
        if !self.bounds_hold(version) {
            problems.push(
                self.problem(format!(
                    "{} needs the pack `{}` {}, and the stack has {version}",
                    self.name,
                    self.dependency.pack,
                    bounds(self.dependency),
                ))
                .also(source_span(&other.entry.layer), "this version")
                .help("take another version of one of the two packs"),
            );
        }
    }

    fn check_existing(&self, kubernetes: &Version, problems: &mut Vec<Diagnostic>) {
        let inside = self.bounds_hold(kubernetes);
        let wrong = match self.dependency.kind {
            DependencyKind::Required | DependencyKind::Optional => !inside,
            DependencyKind::NotSupported => inside,
            DependencyKind::Upgrade => false,
        };
        if wrong {
            let verb = if inside {
                "does not work with"
            } else {
                "needs"
            };
            problems.push(
                self.problem(format!(
                    "{} {verb} Kubernetes{}, and the existing cluster has {kubernetes}",
                    self.name,
                    spaced(&bounds(self.dependency))
                ))
                .help("take another version of the pack"),
            );
        }
    }

    fn bounds_hold(&self, version: &Version) -> bool {
        version.within(self.dependency.min.as_ref(), self.dependency.max.as_ref())
    }

    fn problem(&self, summary: String) -> Diagnostic {
        Diagnostic::error(summary)
            .at(source_span(&self.draft.entry.layer))
            .also(self.dependency.span, "the pack says so here")
    }
}

/// The name of the pack that a layer is made of, whether it could be read or not.
fn pack_name<'a>(draft: &Draft<'a>) -> Option<&'a str> {
    match &draft.entry.layer.source {
        LayerSource::Pack(reference) => match &draft.entry.pack {
            Some(pack) => Some(&pack.name),
            None => Some(&reference.name),
        },
        LayerSource::Chart(_) | LayerSource::Manifests(_) => None,
    }
}

fn version<'a>(draft: &Draft<'a>) -> Option<&'a Version> {
    draft.entry.pack.as_ref().map(|pack| &pack.version)
}

fn named(draft: &Draft<'_>) -> String {
    match &draft.entry.pack {
        Some(pack) => format!("`{}` {}", pack.name, pack.version),
        None => format!("`{}`", pack_name(draft).unwrap_or_default()),
    }
}

fn bounds(dependency: &Dependency) -> String {
    match (&dependency.min, &dependency.max) {
        (None, None) => String::new(),
        (Some(min), None) => format!("from {min}"),
        (None, Some(max)) => format!("up to {max}"),
        (Some(min), Some(max)) if min.as_str() == max.as_str() => format!("in version {min}"),
        (Some(min), Some(max)) => format!("from {min} up to {max}"),
    }
}

fn spaced(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(" {text}")
    }
}
