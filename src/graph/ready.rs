//! What can be worked on now, and what blocks the rest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Cycle;
use super::cycle::shortest_cycle;
use super::digraph::digraph;

/// What became of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Not taken yet.
    Open,
    /// Taken, and neither done nor failed yet.
    Taken,
    Done,
    Failed,
    Skipped,
}

/// Nodes of a graph, handed out as soon as all that comes before them is done. Whoever takes a node later says that it is
/// [`done`](Self::done) or has [`failed`](Self::failed). A whole run looks at every node and every edge once.
#[derive(Clone, Debug)]
pub struct ReadySet {
    graph: DiGraph<(), ()>,
    fates: Vec<Fate>,
    /// How many edges lead to each node from nodes that are not done.
    waiting_for: Vec<u32>,
    ready: BinaryHeap<Reverse<usize>>,
    remaining: usize,
}

impl ReadySet {
    /// A set of nodes none of which was taken yet.
    ///
    /// # Errors
    /// When the edges form a cycle, since its nodes would never be ready.
    ///
    /// # Panics
    /// When an edge names a node that is not there.
    pub fn new(nodes: usize, edges: &[(usize, usize)]) -> Result<Self, Cycle> {
        let graph = digraph(nodes, edges);
        if let Some(cycle) = shortest_cycle(&graph) {
            return Err(cycle);
        }
        let mut waiting_for = vec![0; nodes];
        for (_, to) in edges {
            waiting_for[*to] += 1;
        }
        let ready = (0..nodes)
            .filter(|node| waiting_for[*node] == 0)
            .map(Reverse)
            .collect();
        Ok(Self {
            graph,
            fates: vec![Fate::Open; nodes],
            waiting_for,
            ready,
            remaining: nodes,
        })
    }

    /// The lowest node that can be worked on now, if there is one. It is given out once.
    pub fn take_ready(&mut self) -> Option<usize> {
        let Reverse(node) = self.ready.pop()?;
        self.fates[node] = Fate::Taken;
        Some(node)
    }

    /// Says that a taken node is done: what waited for nothing else becomes ready.
    ///
    /// # Panics
    /// When the node was not taken, or is over already.
    pub fn done(&mut self, node: usize) {
        self.finish(node, Fate::Done);
        for next in self.graph.neighbors(NodeIndex::new(node)) {
            let next = next.index();
            self.waiting_for[next] -= 1;
            if self.waiting_for[next] == 0 && self.fates[next] == Fate::Open {
                self.ready.push(Reverse(next));
            }
        }
    }

    /// Says that a taken node has failed: all that comes after it, near and far, will never be ready. Gives those nodes in
    /// ascending order, each with the failed node; a node that an earlier failure has skipped is not told again.
    ///
    /// # Panics
    /// When the node was not taken, or is over already.
    pub fn failed(&mut self, node: usize) -> Vec<(usize, usize)> {
        self.finish(node, Fate::Failed);
        let mut skipped = Vec::new();
        let mut open = vec![NodeIndex::new(node)];
        while let Some(at) = open.pop() {
            for next in self.graph.neighbors(at) {
                let fate = &mut self.fates[next.index()];
                if *fate == Fate::Open {
                    *fate = Fate::Skipped;
                    self.remaining -= 1;
                    skipped.push((next.index(), node));
                    open.push(next);
                }
            }
        }
        skipped.sort_unstable();
        skipped
    }

    /// The nodes right before this one that are not done, in ascending order: not begun, at work, failed or skipped.
    pub fn blocked_by(&self, node: usize) -> Vec<usize> {
        let mut before: Vec<usize> = self
            .graph
            .neighbors_directed(NodeIndex::new(node), Direction::Incoming)
            .map(NodeIndex::index)
            .filter(|before| self.fates[*before] != Fate::Done)
            .collect();
        before.sort_unstable();
        before.dedup();
        before
    }

    /// Whether every node is done, failed or skipped.
    pub fn is_finished(&self) -> bool {
        self.remaining == 0
    }

    /// How many nodes are neither done nor failed nor skipped.
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    fn finish(&mut self, node: usize, fate: Fate) {
        assert_eq!(
            self.fates[node],
            Fate::Taken,
            "only a node that was taken can be over, and once"
        );
        self.fates[node] = fate;
        self.remaining -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn ready_set(nodes: usize, edges: &[(usize, usize)]) -> ReadySet {
        ReadySet::new(nodes, edges).expect("no cycle in the test's edges")
    }

    #[test]
    fn nodes_come_when_all_before_them_is_done() {
        let mut set = ready_set(4, &[(0, 2), (1, 2), (2, 3), (0, 2)]);
        assert_eq!((set.take_ready(), set.take_ready()), (Some(0), Some(1)));
        assert_eq!(set.take_ready(), None);
        assert_eq!(set.blocked_by(2), [0, 1]);
        set.done(1);
        assert_eq!((set.take_ready(), set.blocked_by(2)), (None, vec![0]));
        set.done(0);
        assert_eq!(set.take_ready(), Some(2));
        assert_eq!((set.remaining(), set.is_finished()), (2, false));
        set.done(2);
        assert_eq!(set.take_ready(), Some(3));
        set.done(3);
        assert!(set.is_finished());
    }

    #[test]
    fn two_failures_tell_a_common_dependent_once() {
        let mut set = ready_set(5, &[(0, 2), (1, 2), (2, 3), (1, 4)]);
        set.take_ready();
        set.take_ready();
        assert_eq!(set.failed(0), [(2, 0), (3, 0)]);
        assert_eq!(set.blocked_by(3), [2]);
        assert_eq!(set.failed(1), [(4, 1)]);
        assert_eq!((set.is_finished(), set.take_ready()), (true, None));
    }

    #[test]
    fn a_cycle_is_an_error_at_once() {
        let cycle = ReadySet::new(3, &[(1, 2), (2, 1)]).expect_err("a cycle");
        assert_eq!(cycle.path, [1, 2]);
    }

    #[test]
    fn a_hundred_thousand_nodes_are_no_work() {
        let nodes = 100_000;
        let mut edges: Vec<(usize, usize)> = (1..nodes).map(|node| (node / 2, node)).collect();
        edges.remove(0);
        edges.extend((2..nodes).map(|node| (node - 2, node)));
        let mut set = ready_set(nodes, &edges);
        let mut seen = 0;
        while let Some(node) = set.take_ready() {
            set.done(node);
            seen += 1;
        }
        assert_eq!((seen, set.is_finished()), (nodes, true));
    }

    /// Edges that all point forward, so that there is no cycle.
    fn forward(nodes: usize, edges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
        edges
            .into_iter()
            .map(|(a, b)| (a % nodes, b % nodes))
            .filter(|(a, b)| a != b)
            .map(|(a, b)| (a.min(b), a.max(b)))
            .collect()
    }

    proptest! {
        #[test]
        fn without_failures_every_node_comes_once(
            nodes in 1_usize..50,
            edges in prop::collection::vec((0_usize..50, 0_usize..50), 0..120),
            finish_first in any::<bool>(),
        ) {
            let edges = forward(nodes, edges);
            let mut set = ready_set(nodes, &edges);
            let mut done = BTreeSet::new();
            let mut at_work = Vec::new();
            loop {
                while let Some(node) = set.take_ready() {
                    prop_assert!(edges.iter().all(|(a, b)| *b != node || done.contains(a)));
                    at_work.push(node);
                    if finish_first {
                        break;
                    }
                }
                let Some(node) = at_work.pop() else { break };
                set.done(node);
                prop_assert!(done.insert(node));
            }
            prop_assert_eq!(done.len(), nodes);
            prop_assert!(set.is_finished());
        }

        #[test]
        fn failures_skip_exactly_what_comes_after(
            nodes in 1_usize..50,
            edges in prop::collection::vec((0_usize..50, 0_usize..50), 0..80),
            fails in prop::collection::vec(prop::bool::weighted(0.2), 50),
        ) {
            let edges = forward(nodes, edges);
            let mut set = ready_set(nodes, &edges);
            let (mut failed, mut skipped) = (BTreeSet::new(), BTreeSet::new());
            while let Some(node) = set.take_ready() {
                if fails[node] {
                    failed.insert(node);
                    for (gone, because) in set.failed(node) {
                        prop_assert_eq!(because, node);
                        prop_assert!(skipped.insert(gone));
                    }
                } else {
                    set.done(node);
                }
            }
            let mut expected = BTreeSet::new();
            for node in 0..nodes {
                let doomed = |before: &usize| failed.contains(before) || expected.contains(before);
                if edges.iter().any(|(a, b)| *b == node && doomed(a)) {
                    expected.insert(node);
                }
            }
            prop_assert_eq!(skipped, expected);
            prop_assert!(set.is_finished());
        }
    }
}
