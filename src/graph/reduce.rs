//! Edges that say something.

use std::collections::HashSet;

use petgraph::algo::toposort;
use petgraph::algo::tred::{dag_to_toposorted_adjacency_list, dag_transitive_reduction_closure};
use petgraph::graph::NodeIndex;

use super::digraph::digraph;

/// The edges without those that follow from others: given `a -> b -> c`, the edge `a -> c` says nothing. Sorted, each once.
/// Of a graph with a cycle, all edges are kept.
///
/// # Panics
/// When an edge names a node that is not there.
pub fn reduce(nodes: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let distinct: HashSet<(usize, usize)> = edges.iter().copied().collect();
    let mut kept: Vec<(usize, usize)> = distinct.into_iter().collect();
    kept.sort_unstable();
    let graph = digraph(nodes, &kept);
    let Ok(sorted) = toposort(&graph, None) else {
        return kept;
    };
    let (list, rank) = dag_to_toposorted_adjacency_list::<_, NodeIndex>(&graph, &sorted);
    let (reduced, _) = dag_transitive_reduction_closure(&list);
    kept.retain(|(from, to)| reduced.contains_edge(rank[*from], rank[*to]));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_edges_that_follow_from_others_go() {
        assert_eq!(
            reduce(4, &[(2, 3), (0, 1), (1, 2), (0, 2), (0, 3), (0, 1)]),
            [(0, 1), (1, 2), (2, 3)]
        );
        assert_eq!(reduce(3, &[(2, 1), (1, 0), (2, 0)]), [(1, 0), (2, 1)]);
        assert_eq!(reduce(2, &[(0, 1), (1, 0)]), [(0, 1), (1, 0)]);
        assert_eq!(reduce(0, &[]), []);
    }
}
