//! The order of a stack, and the edges that make it.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Span};
use crate::graph::{self, Cycle};
use crate::model::LayerName;
use crate::yaml::NodeKind;

use super::composition::Draft;
use super::dependencies::{Edge, PackEdges};
use super::words::suggestion;

/// Values that say when a layer is installed.
const PRIORITY: [&str; 2] = ["pack", "spectrocloud.com/install-priority"];

/// An order of layers, and its edges.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    /// Positions before, in the order of the stack.
    pub order: Vec<usize>,
    /// Hard edges between positions in the order, without those that follow from others.
    pub edges: Vec<Edge>,
}

/// Sorts the layers of a stack: core layers in their sequence, then add-ons by `dependsOn`, pack dependencies, install
/// priority and position. Nothing when the layers depend on each other in a circle.
pub(super) fn sequence(
    drafts: &[Draft<'_>],
    packs: &PackEdges,
    problems: &mut Vec<Diagnostic>,
) -> Option<Sequence> {
    let mut edges = core_edges(drafts);
    // Every core layer comes before every add-on, whatever their packs demand of each other.
    let fits = |(from, to): Edge| !is_backward(drafts, from, to);
    let mut reasons: HashMap<Edge, Span> = HashMap::new();
    for (edge, span) in depends_on(drafts, problems) {
        reasons.entry(edge).or_insert(span);
        edges.push(edge);
    }
    for (edge, span) in packs.hard.iter().filter(|(edge, _)| fits(*edge)) {
        reasons.entry(*edge).or_insert(*span);
        edges.push(*edge);
    }
    let soft: Vec<Edge> = packs.soft.iter().copied().filter(|e| fits(*e)).collect();
    let priorities: Vec<i64> = drafts
        .iter()
        .map(|draft| priority(draft, problems))
        .collect();
    match graph::order(drafts.len(), &edges, &soft, |at| priorities[at]) {
        Ok(order) => {
            let mut place = vec![0; order.len()];
            for (new, old) in order.iter().enumerate() {
                place[*old] = new;
            }
            for (from, to) in &mut edges {
                (*from, *to) = (place[*from], place[*to]);
            }
            Some(Sequence {
                edges: graph::reduce(order.len(), &edges),
                order,
            })
        }
        Err(cycle) => {
            problems.push(circle(drafts, &cycle, &reasons));
            None
        }
    }
}

/// Whether an edge would put a layer before a core layer that always comes first.
fn is_backward(drafts: &[Draft<'_>], from: usize, to: usize) -> bool {
    let (from, to) = (&drafts[from].entry.layer, &drafts[to].entry.layer);
    to.category.is_core() && from.category > to.category
}

/// One core layer before the next, the last one before every add-on.
fn core_edges(drafts: &[Draft<'_>]) -> Vec<Edge> {
    let category = |at: &usize| &drafts[*at].entry.layer.category;
    let (mut core, addons): (Vec<usize>, Vec<usize>) =
        (0..drafts.len()).partition(|at| category(at).is_core());
    core.sort_by_key(category);
    let mut edges: Vec<Edge> = core.windows(2).map(|pair| (pair[0], pair[1])).collect();
    if let Some(last) = core.last() {
        edges.extend(addons.into_iter().map(|addon| (*last, addon)));
    }
    edges
}

/// The edges that the documents write, each with its place.
fn depends_on(drafts: &[Draft<'_>], problems: &mut Vec<Diagnostic>) -> Vec<(Edge, Span)> {
    let mut edges = Vec::new();
    for (to, draft) in drafts.iter().enumerate() {
        let layer = &draft.entry.layer;
        for wanted in &layer.depends_on {
            let found = drafts
                .iter()
                .position(|other| other.entry.layer.name == wanted.value);
            match found {
                None => {
                    let names = drafts.iter().map(|other| other.entry.layer.name.as_str());
                    let mut problem = Diagnostic::error(format!(
                        "layer `{}` depends on `{}`, which is not in the stack",
                        layer.name, wanted.value
                    ))
                    .at(wanted.span);
                    problem.help = suggestion(
                        wanted.value.as_str(),
                        names.filter(|name| *name != layer.name.as_str()),
                    );
                    problems.push(problem);
                }
                Some(from) if is_backward(drafts, from, to) => problems.push(
                    Diagnostic::error(format!(
                        "the {} layer `{}` cannot depend on `{}`, which always comes later",
                        layer.category, layer.name, wanted.value
                    ))
                    .at(wanted.span)
                    .help("a stack begins with os, k8s, cni and csi; add-ons follow"),
                ),
                Some(from) => edges.push(((from, to), wanted.span)),
            }
        }
    }
    edges
}

/// The install priority of a layer, 0 when it says none. One that macros still have to make counts as 0.
fn priority(draft: &Draft<'_>, problems: &mut Vec<Diagnostic>) -> i64 {
    let Some(node) = draft.values().get(&PRIORITY) else {
        return 0;
    };
    let number = match &node.kind {
        NodeKind::Int(number) => Some(*number),
        NodeKind::String(text, _) if text.trim().is_empty() => return 0,
        NodeKind::String(text, _) => text.trim().parse().ok(),
        _ => None,
    };
    number.unwrap_or_else(|| {
        problems.push(
            Diagnostic::warning(format!(
                "the install priority of layer `{}` is not a whole number, and counts as 0",
                draft.entry.layer.name
            ))
            .at(node.span),
        );
        0
    })
}

/// The message about a circle. It reads in the direction in which people write it: `a -> b` says that a depends on b.
fn circle(drafts: &[Draft<'_>], cycle: &Cycle, reasons: &HashMap<Edge, Span>) -> Diagnostic {
    let name = |at: usize| -> &LayerName { &drafts[at].entry.layer.name };
    let mut path = cycle.path.clone();
    path[1..].reverse();
    let backward = Cycle { path };
    let mut problem = Diagnostic::error(format!(
        "layers depend on each other in a circle: {}",
        backward.describe(name)
    ))
    .help("remove one of these dependencies");
    for (waits, first) in backward.edges() {
        let Some(span) = reasons.get(&(first, waits)) else {
            continue;
        };
        let text = format!("`{}` depends on `{}`", name(waits), name(first));
        problem = if problem.span.is_none() {
            problem.at(*span).label(text)
        } else {
            problem.also(*span, text)
        };
    }
    problem
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use insta::assert_snapshot;
    use proptest::prelude::*;

    use crate::model::LayerName;

    use crate::config::stacks::fixture::{BASE, order, problems, project};

    #[test]
    fn core_layers_come_first_and_in_their_sequence() {
        assert_eq!(
            order(
                "
profile mixed 1.0.0 full aws
  layer web app manifests
    value pack:spectrocloud.com/install-priority -5
  layer store csi manifests
  layer net cni manifests
    value pack:spectrocloud.com/install-priority 7
  layer kube k8s manifests
  layer linux os manifests
cluster a aws mixed
"
            ),
            "linux kube net store web"
        );
    }

    #[test]
    fn add_ons_go_by_edges_then_priority_then_position() {
        let text = |options: &str| {
            format!(
                "
pack late 1.0.0 app
  value pack:spectrocloud.com/install-priority 15
  preset when:early remove=pack.spectrocloud.com/install-priority
profile apps 1.0.0 add-on all
  layer a app late:1.0.0{options}
  layer b app manifests
  layer c app manifests after=a
cluster x aws base apps
"
            )
        };
        assert_eq!(order(&text("")), "os k8s cni csi b a c");
        assert_eq!(order(&text(" presets=early")), "os k8s cni csi a b c");
        assert_eq!(order(&text(" replace")), "os k8s cni csi a b c");
        let lowered =
            text("") + "  override a\n  value pack:spectrocloud.com/install-priority -1\n";
        assert_eq!(order(&lowered), "os k8s cni csi a b c");
        let deleted =
            text("") + "  override a\n  value pack:spectrocloud.com/install-priority null\n";
        assert_eq!(order(&deleted), "os k8s cni csi a b c");
    }

    #[test]
    fn edges_leave_out_what_follows_from_others() {
        let project = project(&format!(
            "{BASE}
profile apps 1.0.0 add-on all
  layer a app manifests
  layer b app manifests after=a,k8s
  layer c app manifests after=a,b
cluster x aws base apps
"
        ));
        let (stacks, _) = project.build();
        assert_eq!(
            *stacks[0].edges,
            [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]
        );
        let before: Vec<&str> = stacks[0].layers[6]
            .depends_on
            .iter()
            .map(LayerName::as_str)
            .collect();
        assert_eq!(before, ["b"]);
    }

    #[test]
    fn a_circle_is_told_with_its_path_and_places() {
        assert_snapshot!(problems("
pack needy 1.0.0 app
  needs other
pack other 1.0.0 app
profile apps 1.0.0 add-on all
  layer a app needy:1.0.0
  layer b app other:1.0.0 after=c
  layer c app manifests after=a
  layer d app manifests after=d
cluster x aws base apps
"), @"
        error: layers depend on each other in a circle: d -> d
          --> test:18:25
           |
        18 |   layer d app manifests after=d
           |                         ^^^^^^^ `d` depends on `d`
           |
           = note: on cluster x
           = help: remove one of these dependencies
        ");
        assert_snapshot!(problems("
pack needy 1.0.0 app
  needs other
pack other 1.0.0 app
profile apps 1.0.0 add-on all
  layer a app needy:1.0.0
  layer b app other:1.0.0 after=c
  layer c app manifests after=a
cluster x aws base apps
cluster y aws base apps
"), @"
        error: layers depend on each other in a circle: a -> b -> c -> a
          --> test:12:3
           |
        12 |   needs other
           |   ^^^^^ `a` depends on `b`
        ...
        16 |   layer b app other:1.0.0 after=c
           |                           ------- `b` depends on `c`
        17 |   layer c app manifests after=a
           |                         ------- `c` depends on `a`
           |
           = note: on 2 clusters: x, y
           = help: remove one of these dependencies
        ");
    }

    #[test]
    fn unknown_and_impossible_dependencies_are_told() {
        assert_snapshot!(problems("
profile mixed 1.0.0 full aws
  layer linux os manifests after=kube
  layer kube k8s manifests
  layer net cni manifests after=web
  layer store csi manifests after=net
  layer web app manifests after=sotre
cluster a aws mixed
"), @"
        error: the os layer `linux` cannot depend on `kube`, which always comes later
          --> test:12:28
           |
        12 |   layer linux os manifests after=kube
           |                            ^^^^^^^^^^
           |
           = note: on cluster a
           = help: a stack begins with os, k8s, cni and csi; add-ons follow
        error: the cni layer `net` cannot depend on `web`, which always comes later
          --> test:14:27
           |
        14 |   layer net cni manifests after=web
           |                           ^^^^^^^^^
           |
           = note: on cluster a
           = help: a stack begins with os, k8s, cni and csi; add-ons follow
        error: layer `web` depends on `sotre`, which is not in the stack
          --> test:16:27
           |
        16 |   layer web app manifests after=sotre
           |                           ^^^^^^^^^^^
           |
           = note: on cluster a
           = help: did you mean `store`?
        ");
    }

    #[test]
    fn a_priority_that_is_no_number_is_told() {
        assert_snapshot!(problems("
profile apps 1.0.0 add-on all
  layer a app manifests
    value pack:spectrocloud.com/install-priority soon
cluster x aws base apps
"), @"
        warning: the install priority of layer `a` is not a whole number, and counts as 0
          --> test:13:50
           |
        13 |     value pack:spectrocloud.com/install-priority soon
           |                                                  ^^^^
           |
           = note: on cluster x
        ");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_stack_respects_its_rules(
            addons in prop::collection::vec(
                (-3_i64..3, prop::collection::vec(0_usize..100, 0..3)),
                1..12,
            ),
            reversed in any::<bool>(),
        ) {
            let mut lines: Vec<String> = Vec::new();
            let mut before: Vec<(usize, usize)> = Vec::new();
            for (at, (priority, after)) in addons.iter().enumerate() {
                let after: Vec<usize> = match at {
                    0 => Vec::new(),
                    _ => after.iter().map(|other| other % at).collect(),
                };
                before.extend(after.iter().map(|other| (*other, at)));
                let after: Vec<String> = after.iter().map(|other| format!("l{other}")).collect();
                let option = if after.is_empty() {
                    String::new()
                } else {
                    format!("after={}", after.join(","))
                };
                lines.push(format!(
                    "layer l{at} app manifests {option}\n\
                     value pack:spectrocloud.com/install-priority {priority}\n"
                ));
            }
            if reversed {
                lines.reverse();
            }
            let text = format!(
                "{BASE}profile apps 1.0.0 add-on all\n{}cluster x aws base apps\n",
                lines.concat()
            );
            let (stacks, problems) = project(&text).build();
            prop_assert!(problems.is_empty());
            let layers = &stacks[0].layers;
            let place = |name: &str| layers.iter().position(|layer| layer.name.as_str() == name);
            let core: Vec<&str> = layers[..4].iter().map(|layer| layer.name.as_str()).collect();
            prop_assert_eq!(core, ["os", "k8s", "cni", "csi"]);
            for (first, second) in &before {
                let (first, second) = (place(&format!("l{first}")), place(&format!("l{second}")));
                prop_assert!(first.is_some() && first < second);
            }
            // Between neighbours that no edge orders, the priority does.
            for pair in layers[4..].windows(2) {
                let number = |at: usize| -> usize { pair[at].name.as_str()[1..].parse().unwrap() };
                let (a, b) = (number(0), number(1));
                let tied = before.contains(&(a, b));
                let in_text = if reversed { a > b } else { a < b };
                let (first, second) = (addons[a].0, addons[b].0);
                prop_assert!(tied || first < second || (first == second && in_text));
            }
            prop_assert!(stacks[0].edges.iter().all(|(from, to)| from < to));
        }
    }
}
