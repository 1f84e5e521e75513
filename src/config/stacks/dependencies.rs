//! What packs demand of each other.

use crate::diag::{Diagnostic, Span};
use crate::model::{Dependency, DependencyKind, Version};

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
            // `kubernetes-eks` and the like are for one flavour each, and nobody says which one this cluster has.
            if &**wanted == "kubernetes" {
                self.check_existing(kubernetes, problems);
            }
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

fn pack_name<'a>(draft: &Draft<'a>) -> Option<&'a str> {
    draft.entry.stands_as.pack.as_deref()
}

fn version<'a>(draft: &Draft<'a>) -> Option<&'a Version> {
    draft.entry.stands_as.version.as_ref()
}

fn named(draft: &Draft<'_>) -> String {
    let name = pack_name(draft).unwrap_or_default();
    match version(draft) {
        Some(version) => format!("`{name}` {version}"),
        None => format!("`{name}`"),
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::config::stacks::fixture::{order, problems};

    /// A cluster with the add-on packs `operator` 3.3.0 and `stack`, of which the second demands something.
    fn demanding(demand: &str) -> String {
        format!(
            "
pack operator 3.3.0 app
pack stack 0.19.0 app
  {demand}
profile apps 1.0.0 add-on all
  layer elastic app stack:0.19.0
  layer op app operator:3.3.0
cluster a aws base apps
"
        )
    }

    #[test]
    fn what_is_demanded_and_there_is_fine_and_comes_first() {
        for (demand, expected) in [
            ("needs operator", "os k8s cni csi op elastic"),
            (
                "needs operator min=3.3 max=3.3",
                "os k8s cni csi op elastic",
            ),
            ("optional operator min=3.0.0", "os k8s cni csi op elastic"),
            ("optional missing", "os k8s cni csi elastic op"),
            (
                "needs kubernetes min=1.29 max=1.31",
                "os k8s cni csi elastic op",
            ),
            ("conflicts operator max=3.2", "os k8s cni csi elastic op"),
            ("conflicts missing", "os k8s cni csi elastic op"),
            ("replaces stack max=0.18", "os k8s cni csi elastic op"),
        ] {
            assert_eq!(order(&demanding(demand)), expected, "{demand}");
        }
    }

    #[test]
    fn a_required_pack_must_be_there() {
        assert_snapshot!(problems(&demanding("needs ingress min=1.0")), @"
        error: the pack `stack` 0.19.0 needs the pack `ingress` from 1.0, which is not in the stack
          --> test:15:21
           |
        13 |   needs ingress min=1.0
           |   ----- the pack says so here
        14 | profile apps 1.0.0 add-on all
        15 |   layer elastic app stack:0.19.0
           |                     ^^^^^^^^^^^^
           |
           = note: on cluster a
           = help: add a layer that is made of the pack `ingress`
        ");
    }

    #[test]
    fn versions_lie_within_the_bounds() {
        assert_snapshot!(problems(&demanding("needs operator min=3.3.2")), @"
        error: the pack `stack` 0.19.0 needs the pack `operator` from 3.3.2, and the stack has 3.3.0
          --> test:15:21
           |
        13 |   needs operator min=3.3.2
           |   ----- the pack says so here
        14 | profile apps 1.0.0 add-on all
        15 |   layer elastic app stack:0.19.0
           |                     ^^^^^^^^^^^^
        16 |   layer op app operator:3.3.0
           |                -------------- this version
           |
           = note: on cluster a
           = help: take another version of one of the two packs
        ");
        assert_snapshot!(problems(&demanding("optional kubernetes max=1.30")), @"
        error: the pack `stack` 0.19.0 needs the pack `kubernetes` up to 1.30, and the stack has 1.31.4
          --> test:15:21
           |
         7 |   layer k8s k8s kubernetes:1.31.4
           |                 ----------------- this version
        ...
        13 |   optional kubernetes max=1.30
           |   -------- the pack says so here
        14 | profile apps 1.0.0 add-on all
        15 |   layer elastic app stack:0.19.0
           |                     ^^^^^^^^^^^^
           |
           = note: on cluster a
           = help: take another version of one of the two packs
        ");
    }

    #[test]
    fn a_chart_stands_for_a_pack() {
        let with_chart = |version: &str| {
            demanding("needs operator min=3.3").replace(
                "operator:3.3.0",
                &format!("chart stands=operator:{version}"),
            )
        };
        assert_eq!(order(&with_chart("3.3.1")), "os k8s cni csi op elastic");
        assert_snapshot!(problems(&with_chart("3.2.0")), @r"
        error: the pack `stack` 0.19.0 needs the pack `operator` from 3.3, and the stack has 3.2.0
          --> test:15:21
           |
        13 |   needs operator min=3.3
           |   ----- the pack says so here
        14 | profile apps 1.0.0 add-on all
        15 |   layer elastic app stack:0.19.0
           |                     ^^^^^^^^^^^^
        16 |   layer op app chart stands=operator:3.2.0
           |                ----- this version
           |
           = note: on cluster a
           = help: take another version of one of the two packs
        ");
    }

    #[test]
    fn packs_that_exclude_each_other_are_told() {
        assert_snapshot!(problems(&demanding("conflicts operator max=3")), @"
        error: the pack `stack` 0.19.0 does not work together with the pack `operator` 3.3.0
          --> test:15:21
           |
        13 |   conflicts operator max=3
           |   --------- the pack says so here
        14 | profile apps 1.0.0 add-on all
        15 |   layer elastic app stack:0.19.0
           |                     ^^^^^^^^^^^^
        16 |   layer op app operator:3.3.0
           |                -------------- the other pack
           |
           = note: on cluster a
           = help: take other versions, or remove one of the two layers
        ");
        assert_snapshot!(problems(&demanding("replaces operator")), @"
        error: the pack `stack` 0.19.0 takes over from the pack `operator` 3.3.0, and both are in the stack
          --> test:15:21
           |
        13 |   replaces operator
           |   -------- the pack says so here
        14 | profile apps 1.0.0 add-on all
        15 |   layer elastic app stack:0.19.0
           |                     ^^^^^^^^^^^^
        16 |   layer op app operator:3.3.0
           |                -------------- the old pack
           |
           = note: on cluster a
           = help: remove the old pack's layer
        ");
    }

    #[test]
    fn an_existing_cluster_knows_only_its_kubernetes_version() {
        assert_snapshot!(problems("
pack old 1.0.0 app
  needs kubernetes layer=k8s min=1.31
  needs cilium layer=cni
  optional kubernetes-eks layer=k8s max=1.21
pack new 1.0.0 app
  conflicts kubernetes layer=k8s max=1.30
pack fine 1.0.0 app
  optional kubernetes layer=k8s min=1.29 max=1.30
profile apps 1.0.0 add-on all
  layer a app old:1.0.0
  layer b app new:1.0.0
  layer c app fine:1.0.0
cluster a aws apps existing=1.30.4
"), @"
        error: the pack `old` 1.0.0 needs Kubernetes from 1.31, and the existing cluster has 1.30.4
          --> test:20:15
           |
        12 |   needs kubernetes layer=k8s min=1.31
           |   ----- the pack says so here
        ...
        20 |   layer a app old:1.0.0
           |               ^^^^^^^^^
           |
           = note: on cluster a
           = help: take another version of the pack
        error: the pack `new` 1.0.0 does not work with Kubernetes up to 1.30, and the existing cluster has 1.30.4
          --> test:21:15
           |
        16 |   conflicts kubernetes layer=k8s max=1.30
           |   --------- the pack says so here
        ...
        21 |   layer b app new:1.0.0
           |               ^^^^^^^^^
           |
           = note: on cluster a
           = help: take another version of the pack
        ");
    }

    #[test]
    fn a_pack_that_could_not_be_read_counts_as_there() {
        assert_eq!(
            problems(
                "
pack stack 0.19.0 app
  needs lost min=1.0
profile apps 1.0.0 add-on all
  layer elastic app stack:0.19.0
  layer lost app lost:9.9.9
cluster a aws base apps
"
            ),
            ""
        );
    }
}
