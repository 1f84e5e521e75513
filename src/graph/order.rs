//! Topological order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::algo::{DfsSpace, has_path_connecting};
use petgraph::graph::NodeIndex;

use super::Cycle;
use super::cycle::shortest_cycle;
use super::digraph::digraph;

/// Sorts nodes so that every edge points forward. Among nodes that could come next, the one with the lowest priority key
/// does, and of equal keys the one with the lowest position.
///
/// Hard edges always hold. Soft ones are taken in the order in which they are given, and each one that would close a
/// cycle with those before it is dropped; each costs a search of the graph.
///
/// # Errors
/// When the hard edges form a cycle: a shortest one.
///
/// # Panics
/// When an edge names a node that is not there.
pub fn order<K: Ord>(
    nodes: usize,
    hard: &[(usize, usize)],
    soft: &[(usize, usize)],
    priority: impl Fn(usize) -> K,
) -> Result<Vec<usize>, Cycle> {
    let mut graph = digraph(nodes, hard);
    if let Some(cycle) = shortest_cycle(&graph) {
        return Err(cycle);
    }
    let mut space = DfsSpace::new(&graph);
    for (from, to) in soft {
        let (from, to) = (NodeIndex::new(*from), NodeIndex::new(*to));
        if !has_path_connecting(&graph, to, from, Some(&mut space)) {
            graph.add_edge(from, to, ());
        }
    }

    let mut waiting_for = vec![0_usize; nodes];
    for edge in graph.raw_edges() {
        waiting_for[edge.target().index()] += 1;
    }
    let mut ready: BinaryHeap<Reverse<(K, usize)>> = (0..nodes)
        .filter(|node| waiting_for[*node] == 0)
        .map(|node| Reverse((priority(node), node)))
        .collect();
    let mut sorted = Vec::with_capacity(nodes);
    while let Some(Reverse((_, node))) = ready.pop() {
        sorted.push(node);
        for next in graph.neighbors(NodeIndex::new(node)) {
            let next = next.index();
            waiting_for[next] -= 1;
            if waiting_for[next] == 0 {
                ready.push(Reverse((priority(next), next)));
            }
        }
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges_first_then_priority_then_position() {
        let cases = [
            (vec![], [0, 0, 0, 0], [0, 1, 2, 3]),
            (vec![], [3, 2, 1, 0], [3, 2, 1, 0]),
            (vec![(3, 0)], [0, 0, 0, 0], [1, 2, 3, 0]),
            (vec![(0, 1), (0, 2)], [5, 9, 1, 7], [0, 2, 3, 1]),
        ];
        for (edges, keys, expected) in cases {
            let sorted = order(4, &edges, &[], |node| keys[node]);
            assert_eq!(sorted, Ok(expected.into()));
        }
    }

    #[test]
    fn a_long_chain_does_not_recurse() {
        let nodes = 100_000;
        let chain: Vec<(usize, usize)> = (1..nodes).map(|node| (node, node - 1)).collect();
        let sorted = order(nodes, &chain, &[(0, nodes - 1)], |_| ());
        assert_eq!(sorted, Ok((0..nodes).rev().collect()));
    }

    #[test]
    fn a_soft_edge_gives_way_to_a_hard_one_and_to_an_earlier_soft_one() {
        let sorted = order(3, &[(0, 1)], &[(1, 0), (2, 0), (1, 2)], |_| ());
        assert_eq!(sorted, Ok(vec![2, 0, 1]));
        assert_eq!(order(1, &[], &[(0, 0)], |_| ()), Ok(vec![0]));
    }

    #[test]
    fn the_shortest_cycle_is_told() {
        let long = [(0, 1), (1, 2), (2, 3), (3, 0)];
        let tell = |edges: &[(usize, usize)]| {
            order(6, edges, &[], |_| ())
                .map_err(|cycle| cycle.describe(|node| ["a", "b", "c", "d", "e", "f"][node]))
        };
        assert_eq!(tell(&long), Err("a -> b -> c -> d -> a".into()));
        let mut edges = long.to_vec();
        edges.extend([(5, 4), (4, 5)]);
        assert_eq!(tell(&edges), Err("e -> f -> e".into()));
        edges.push((3, 3));
        assert_eq!(tell(&edges), Err("d -> d".into()));
    }

    proptest! {
        #[test]
        fn every_order_respects_the_edges(
            nodes in 1_usize..40,
            hard in prop::collection::vec((0_usize..40, 0_usize..40), 0..60),
            soft in prop::collection::vec((0_usize..40, 0_usize..40), 0..60),
            keys in prop::collection::vec(0_u8..5, 40),
        ) {
            let within = |edges: Vec<(usize, usize)>| -> Vec<_> {
                edges.into_iter().map(|(a, b)| (a % nodes, b % nodes)).collect()
            };
            let (hard, soft) = (within(hard), within(soft));
            match order(nodes, &hard, &soft, |node| keys[node]) {
                Ok(sorted) => {
                    let mut place = vec![usize::MAX; nodes];
                    for (at, node) in sorted.iter().enumerate() {
                        place[*node] = at;
                    }
                    prop_assert!(place.iter().all(|at| *at < nodes) && sorted.len() == nodes);
                    prop_assert!(hard.iter().all(|(a, b)| place[*a] < place[*b]));
                }
                Err(cycle) => {
                    prop_assert!(!cycle.path.is_empty());
                    prop_assert!(cycle.edges().all(|edge| hard.contains(&edge)));
                }
            }
        }
    }
}
