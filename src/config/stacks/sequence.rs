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
