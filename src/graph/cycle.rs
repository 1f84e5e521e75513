//! Cycles, found so that a message can print the shortest one.

use std::collections::VecDeque;
use std::fmt::{Display, Write};

use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

/// Nodes that each must come before the next, and the last before the first. No shorter cycle is in the graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.describe(|node| node))]
pub struct Cycle {
    /// The nodes, each once, beginning with the lowest.
    pub path: Vec<usize>,
}

impl Cycle {
    /// The path for people: `a -> b -> a`.
    pub fn describe<T: Display>(&self, name: impl Fn(usize) -> T) -> String {
        let mut text = String::new();
        for node in &self.path {
            write!(text, "{} -> ", name(*node)).expect("writing to a String cannot fail");
        }
        if let Some(first) = self.path.first() {
            write!(text, "{}", name(*first)).expect("writing to a String cannot fail");
        }
        text
    }

    /// The edges of the path, the closing one last.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        let next = self.path.iter().cycle().skip(1);
        self.path.iter().copied().zip(next.copied())
    }
}

/// The shortest cycle; of equally short ones, the one with the lowest node.
pub(super) fn shortest_cycle(graph: &DiGraph<(), ()>) -> Option<Cycle> {
    // Of petgraph's searches, these two have no recursion, which long chains would carry through the stack's floor.
    if toposort(graph, None).is_ok() {
        return None;
    }
    let mut tangled: Vec<NodeIndex> = kosaraju_scc(graph)
        .into_iter()
        .filter(|part| part.len() > 1 || graph.contains_edge(part[0], part[0]))
        .flatten()
        .collect();
    tangled.sort_unstable();
    let mut best: Option<Vec<usize>> = None;
    for start in tangled {
        let limit = best.as_ref().map_or(usize::MAX, Vec::len);
        if let Some(path) = shortest_through(graph, start, limit) {
            best = Some(path);
        }
    }
    best.map(|mut path| {
        let lowest = (0..path.len()).min_by_key(|at| path[*at]).unwrap_or(0);
        path.rotate_left(lowest);
        Cycle { path }
    })
}

/// The shortest cycle through a node, if it has fewer than `limit` nodes.
fn shortest_through(graph: &DiGraph<(), ()>, start: NodeIndex, limit: usize) -> Option<Vec<usize>> {
    let mut came_from: Vec<Option<NodeIndex>> = vec![None; graph.node_count()];
    let mut queue = VecDeque::from([(start, 1)]);
    while let Some((node, length)) = queue.pop_front() {
        if length >= limit {
            return None;
        }
        let mut next: Vec<NodeIndex> = graph.neighbors(node).collect();
        next.sort_unstable();
        for to in next {
            if to == start {
                let mut path = vec![node.index()];
                let mut at = node;
                while at != start {
                    at = came_from[at.index()].expect("every node in the queue came from another");
                    path.push(at.index());
                }
                path.reverse();
                return Some(path);
            }
            if came_from[to.index()].is_none() {
                came_from[to.index()] = Some(node);
                queue.push_back((to, length + 1));
            }
        }
    }
    None
}
