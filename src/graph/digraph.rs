//! Edges as petgraph has them.

use petgraph::graph::{DiGraph, NodeIndex};

/// The edges as petgraph has them. An edge that names a node that is not there is a mistake of the caller's.
pub(super) fn digraph(nodes: usize, edges: &[(usize, usize)]) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(nodes, edges.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    graph.extend_with_edges(
        edges
            .iter()
            .map(|(from, to)| (NodeIndex::<u32>::new(*from), NodeIndex::new(*to))),
    );
    graph
}
