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
#[derive(Clone, Copy)]
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
            lay_over(&mut found, look_at_text(&pack.values, path));
            for preset in self.presets.iter().filter_map(|at| pack.presets.get(*at)) {
                let wanted = path.join(".");
                let removed = |text: &Arc<str>| {
                    let rest = wanted.strip_prefix(&**text);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                };
                if preset.remove.iter().any(removed) {
                    found = None;
                }
                lay_over(&mut found, look_at_text(&preset.add, path));
            }
        }
        for node in self.written {
            lay_over(&mut found, look_at_text(node, path));
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

/// What a whole text of values says of a path. One that is nothing at all is empty; it has no null that deletes.
fn look_at_text<'a>(root: &'a Node, path: &[&str]) -> Sight<'a> {
    match root.kind {
        NodeKind::Null => Sight::Clear,
        _ => look(root, path),
    }
}

/// What a node says of a path. A key may have dots in it (`nodeSelector.kubernetes.io/os`), so what a path splits at a dot
/// can be one key.
fn look<'a>(node: &'a Node, path: &[&str]) -> Sight<'a> {
    let Some(first) = path.first() else {
        return Sight::At(node);
    };
    match &node.kind {
        NodeKind::Map(_) => {
            if let Some(next) = node.get(first) {
                return look(next, &path[1..]);
            }
            (2..=path.len())
                .find_map(|width| Some((width, node.get(&path[..width].join("."))?)))
                .map_or(Sight::Clear, |(width, next)| look(next, &path[width..]))
        }
        NodeKind::List(list) => match first.parse().ok().and_then(|at: usize| list.get(at)) {
            Some(next) => look(next, &path[1..]),
            None => Sight::Hidden,
        },
        _ => Sight::Hidden,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::diag::Sources;
    use crate::yaml::{Limits, read};

    use super::*;

    #[test]
    fn the_last_text_that_has_a_path_wins() {
        let sources = Sources::default();
        let node = |text: &str| {
            let source = sources.add("values", text);
            let documents = read(source, text, Limits::default()).unwrap();
            Arc::new(documents.into_iter().next().unwrap())
        };
        let path = ["a", "b.c/d", "e"];
        for (texts, expected) in [
            (vec!["{a: {b.c/d: {e: 1}}}"], Some("Int(1)")),
            (
                vec!["{a: {b.c/d: {e: 1}}}", "{a: {b.c/d: {e: 2}}}"],
                Some("Int(2)"),
            ),
            (
                vec!["{a: {b.c/d: {e: 1}}}", "{a: {other: 2}}"],
                Some("Int(1)"),
            ),
            (vec!["{a: {b.c/d: {e: 1}}}", "null"], Some("Int(1)")),
            (
                vec!["{a: {b.c/d: {e: 1}}}", "{a: {b.c/d: {e: null}}}"],
                None,
            ),
            (vec!["{a: {b.c/d: {e: 1}}}", "{a: null}"], None),
            (vec!["{a: {b.c/d: {e: 1}}}", "{a: [1]}"], None),
            (vec!["{a: null}", "{a: {b.c/d: {e: 1}}}"], Some("Int(1)")),
        ] {
            let written: Vec<Arc<Node>> = texts.iter().map(|text| node(text)).collect();
            let values = Values {
                pack: None,
                presets: &[],
                written: &written,
                mode: ValuesMode::Merge,
            };
            let found = values.get(&path).map(|node| format!("{:?}", node.kind));
            assert_eq!(found.as_deref(), expected, "{texts:?}");
            let split: Vec<&str> = path_of("a.b.c/d.e").collect();
            let found = values.get(&split).map(|node| format!("{:?}", node.kind));
            assert_eq!(found.as_deref(), expected, "{texts:?} by its text");
        }
        let list = node("{list: [{x: 1}, {x: 2}]}");
        let at = |path: &[&str]| matches!(look(&list, path), Sight::At(_));
        assert!(at(&["list", "1", "x"]) && !at(&["list", "2", "x"]) && !at(&["list", "x"]));
    }
}
