//! The execution graph of one cluster's layers.

use crate::state::ClusterRecord;

use super::LayerPlan;
use super::desired::Desired;

/// Edges between the layers of a plan: those that are applied stand first, at the positions `planned` of the stack,
/// then those that go. A layer that does not change hands its edges on.
pub(super) fn of_cluster(
    desired: Option<&Desired>,
    planned: &[usize],
    prior: Option<&ClusterRecord>,
    gone: &[LayerPlan],
    applied: usize,
) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    if let Some(desired) = desired {
        let mut followers = vec![Vec::new(); desired.layers.len()];
        for (before, after) in &desired.edges {
            followers[*before].push(*after);
        }
        for (step, position) in planned.iter().enumerate() {
            for reached in nearest(*position, &followers, |layer| planned.contains(&layer)) {
                let after = planned
                    .iter()
                    .position(|layer| *layer == reached)
                    .expect("only planned layers are reached");
                edges.push((step, after));
            }
        }
    }
    if let Some(prior) = prior {
        let names: Vec<_> = prior.layers.keys().collect();
        let place = |name: &crate::model::LayerName| names.iter().position(|known| *known == name);
        let needs: Vec<Vec<usize>> = prior
            .layers
            .values()
            .map(|record| {
                // What comes later in the stack cannot be needed: layers that were applied at different times may say so.
                let earlier = |at: &usize| prior.layers[names[*at]].position < record.position;
                let needed = record.depends_on.iter().filter_map(place);
                needed.filter(earlier).collect()
            })
            .collect();
        let gone_at = |layer: usize| gone.iter().position(|plan| plan.layer == *names[layer]);
        for (step, plan) in gone.iter().enumerate() {
            let Some(layer) = place(&plan.layer) else {
                continue;
            };
            // What needs something goes before what it needs.
            for reached in nearest(layer, &needs, |layer| gone_at(layer).is_some()) {
                edges.push((
                    applied + step,
                    applied + gone_at(reached).expect("only layers that go are reached"),
                ));
            }
        }
    }
    edges
}

/// The edges of a graph without some of its nodes, which hand their edges on.
pub(super) fn without(edges: &[(usize, usize)], gone: &[bool]) -> Vec<(usize, usize)> {
    let mut next = vec![Vec::new(); gone.len()];
    for (before, after) in edges {
        next[*before].push(*after);
    }
    let stays = |node: usize| !gone[node];
    let place = |node: usize| (0..node).filter(|before| stays(*before)).count();
    let mut left = Vec::new();
    for node in (0..gone.len()).filter(|node| stays(*node)) {
        let reached = nearest(node, &next, stays).into_iter();
        left.extend(reached.map(|after| (place(node), place(after))));
    }
    left
}

/// The nodes that can be reached from one through nodes that do not count.
fn nearest(from: usize, next: &[Vec<usize>], counts: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut visited = vec![false; next.len()];
    let mut stack: Vec<usize> = next[from].clone();
    let mut reached = Vec::new();
    while let Some(node) = stack.pop() {
        if std::mem::replace(&mut visited[node], true) || node == from {
            continue;
        }
        if counts(node) {
            reached.push(node);
        } else {
            stack.extend(&next[node]);
        }
    }
    reached.sort_unstable();
    reached
}

#[cfg(test)]
mod tests {
    use super::{nearest, without};

    #[test]
    fn layers_that_do_not_change_hand_their_edges_on() {
        // 0 -> 1 -> 2, and 1 is not planned.
        let next = vec![vec![1], vec![2], vec![]];
        assert_eq!(nearest(0, &next, |node| node != 1), [2]);
        assert_eq!(nearest(0, &next, |_| true), [1]);
        assert_eq!(nearest(2, &next, |_| true), Vec::<usize>::new());
    }

    #[test]
    fn what_is_left_out_of_a_graph_hands_its_edges_on() {
        // 0 -> 1 -> 3, 0 -> 2, and 1 goes.
        let edges = [(0, 1), (1, 3), (0, 2)];
        let gone = [false, true, false, false];
        assert_eq!(without(&edges, &gone), [(0, 1), (0, 2)]);
        assert_eq!(without(&edges, &[false; 4]), [(0, 1), (0, 2), (1, 3)]);
    }
}
