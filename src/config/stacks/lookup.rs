//! One value out of all the values of a layer, before they are merged.

use std::sync::Arc;

use crate::model::{Pack, ValuesMode};
use crate::yaml::{Node, NodeKind};

/// The values of a layer in the order in which they are laid over each other: the pack's own, presets, the profile's, the
/// cluster's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    /// The pack; without one there are no defaults and no presets.
    pub pack: Option<&'a Pack>,
    /// The presets that are on, as positions in the pack's list, in file order.
    pub presets: &'a [usize],
    /// The profile's values, then the cluster's.
    pub written: &'a [Arc<Node>],
    /// Whether the pack's own values count.
    pub mode: ValuesMode,
}

/// What one text of values says of a path.
enum Sight<'a> {
    /// Nothing: what lies below still shows.
    Clear,
    /// It has something else on the way there, which hides what lies below.
    Hidden,
    /// A value.
    At(&'a Node),
}

impl<'a> Values<'a> {
    /// The value at a path of keys and list positions, where the last text that has it wins; nothing when a null deletes
    /// it.
    pub(super) fn get(&self, path: &[&str]) -> Option<&'a Node> {
        let mut found = None;
        if let (Some(pack), ValuesMode::Merge) = (self.pack, self.mode) {
            lay_over(&mut found, look(&pack.values, path));
            for preset in self.presets.iter().filter_map(|at| pack.presets.get(*at)) {
                let removed = |text: &Arc<str>| path_of(text).zip(path).all(|(a, b)| a == *b);
                let within = |text: &Arc<str>| path_of(text).count() <= path.len();
                if preset
                    .remove
                    .iter()
                    .any(|text| within(text) && removed(text))
                {
                    found = None;
                }
                lay_over(&mut found, look(&preset.add, path));
            }
        }
        for node in self.written {
            lay_over(&mut found, look(node, path));
        }
        found.filter(|node| node.kind != NodeKind::Null)
    }

    /// The value that profile and cluster have written at a path, whatever the pack says.
    pub(super) fn written(&self, path: &[&str]) -> Option<&'a Node> {
        Values {
            pack: None,
            ..*self
        }
        .get(path)
    }
}

/// The keys of a path as packs write it: `charts.x.replicas`.
pub(super) fn path_of(text: &str) -> impl Iterator<Item = &str> {
    text.split('.')
}

fn lay_over<'a>(found: &mut Option<&'a Node>, sight: Sight<'a>) {
    match sight {
        Sight::Clear => {}
        Sight::Hidden => *found = None,
        Sight::At(node) => *found = Some(node),
    }
}

fn look<'a>(node: &'a Node, path: &[&str]) -> Sight<'a> {
    let mut at = node;
    for (depth, key) in path.iter().enumerate() {
        let next = match &at.kind {
            NodeKind::Map(_) => match at.get(key) {
                Some(next) => next,
                None => return Sight::Clear,
            },
            NodeKind::List(list) => match key.parse().ok().and_then(|at: usize| list.get(at)) {
                Some(next) => next,
                None => return Sight::Hidden,
            },
            // Values that are nothing at all are an empty text, not a null that was written.
            NodeKind::Null if depth == 0 => return Sight::Clear,
            _ => return Sight::Hidden,
        };
        at = next;
    }
    Sight::At(at)
}
