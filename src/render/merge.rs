//! Laying values over each other by Helm's rules.
//!
//! Maps merge, lists and scalars replace. A null lives until the last merge and then deletes the default; what is left
//! keeps the place where it was written.

use std::collections::HashMap;

use crate::diag::Span;
use crate::model::{StackLayer, ValuesMode};
use crate::yaml::{Entry, Node, NodeKind};

use super::path;

/// The key of a pack's values whose last merge is the chart's own, so that nulls under it live on.
const CHARTS: &str = "charts";

/// All values of a layer laid over each other: the pack's defaults, its presets, the profile's values, the cluster's.
/// Macros in it are not resolved.
pub fn merged(layer: &StackLayer) -> Node {
    let mut over = empty(layer.span);
    for values in &layer.values {
        over = lay(over, tidy(values));
    }
    if layer.pack.is_none() || layer.layer.values_mode == ValuesMode::Replace {
        return over;
    }
    settle(defaults(layer), over)
}

/// The pack's own values with the chosen presets, under everything that profile and cluster say; an empty mapping
/// without a pack.
pub fn defaults(layer: &StackLayer) -> Node {
    let mut base = empty(layer.span);
    let Some(pack) = &layer.pack else {
        return base;
    };
    base = lay(base, tidy(&pack.values));
    for at in &layer.presets {
        let Some(preset) = pack.presets.get(*at) else {
            continue;
        };
        for path in &preset.remove {
            path::remove(&mut base, path);
        }
        base = lay(base, tidy(&preset.add));
    }
    base
}

fn empty(span: Span) -> Node {
    Node {
        span,
        kind: NodeKind::Map(Vec::new()),
    }
}

/// A copy in which every key stands once: of duplicates the last value, at the place of the first.
pub fn tidy(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::List(list) => NodeKind::List(list.iter().map(tidy).collect()),
        NodeKind::Map(entries) => {
            let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
            let mut unique: Vec<Entry> = Vec::with_capacity(entries.len());
            for entry in entries {
                let copy = Entry {
                    key: entry.key.clone(),
                    key_span: entry.key_span,
                    value: tidy(&entry.value),
                };
                if let Some(at) = seen.get(entry.key.as_str()) {
                    unique[*at] = copy;
                } else {
                    seen.insert(&entry.key, unique.len());
                    unique.push(copy);
                }
            }
            NodeKind::Map(unique)
        }
        other => other.clone(),
    };
    Node {
        span: node.span,
        kind,
    }
}

/// Lays `over` on `base`; nulls stay, to act on a later merge. A null as the whole of `over` is an empty file.
pub fn lay(base: Node, over: Node) -> Node {
    if over.kind == NodeKind::Null {
        return base;
    }
    join(base, over, &lay_value)
}

fn lay_value(_key: &str, base: Node, over: Node) -> Option<Node> {
    Some(join(base, over, &lay_value))
}

/// The last merge: a null of `over` deletes the default under it, and nulls of the defaults are nothing. Under `charts`
/// nulls stay, since the chart's own values are still to come.
fn settle(defaults: Node, over: Node) -> Node {
    let mut defaults = defaults;
    if let NodeKind::Map(entries) = &mut defaults.kind {
        entries.retain_mut(|entry| entry.key == CHARTS || drop_nulls(&mut entry.value));
    }
    join(defaults, over, &|key, base, over| {
        if key == CHARTS {
            Some(join(base, over, &lay_value))
        } else {
            settle_value(key, base, over)
        }
    })
}

fn settle_value(_key: &str, base: Node, over: Node) -> Option<Node> {
    (over.kind != NodeKind::Null).then(|| join(base, over, &settle_value))
}

/// Takes nulls out of mappings, not out of lists; tells whether the value itself is something.
fn drop_nulls(node: &mut Node) -> bool {
    if let NodeKind::Map(entries) = &mut node.kind {
        entries.retain_mut(|entry| drop_nulls(&mut entry.value));
    }
    node.kind != NodeKind::Null
}

/// What becomes of a key that stands on both sides; nothing deletes it.
type Both<'a> = &'a dyn Fn(&str, Node, Node) -> Option<Node>;

fn join(base: Node, over: Node, both: Both<'_>) -> Node {
    let (span, below, above) = match (base.kind, over.kind) {
        (NodeKind::Map(below), NodeKind::Map(above)) => (base.span, below, above),
        (_, kind) => {
            return Node {
                span: over.span,
                kind,
            };
        }
    };
    let places: Vec<Option<usize>> = {
        let index: HashMap<&str, usize> = below
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.key.as_str(), at))
            .collect();
        above
            .iter()
            .map(|entry| index.get(entry.key.as_str()).copied())
            .collect()
    };
    let mut below: Vec<Option<Entry>> = below.into_iter().map(Some).collect();
    let mut new = Vec::new();
    for (entry, place) in above.into_iter().zip(places) {
        let Some(place) = place else {
            new.push(entry);
            continue;
        };
        let Some(old) = below[place].take() else {
            continue;
        };
        let merges = old.value.as_map().is_some() && entry.value.as_map().is_some();
        let key_span = if merges { old.key_span } else { entry.key_span };
        below[place] = both(&entry.key, old.value, entry.value).map(|value| Entry {
            key: old.key,
            key_span,
            value,
        });
    }
    Node {
        span,
        kind: NodeKind::Map(below.into_iter().flatten().chain(new).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Pack, Preset};
    use crate::render::fixture::{World, edit_pack};
    use crate::yaml;
    use std::sync::Arc;

    fn layered(defaults: &str, values: &[&str]) -> String {
        let mut world = World::new();
        world.pack("web", defaults, &[]);
        world.layers[0].values = values.iter().map(|text| world.node(text)).collect();
        yaml::write(&merged(&world.layers[0]).to_value())
    }

    #[test]
    fn maps_merge_and_all_else_replaces() {
        let defaults = "a: {x: 1, v: [1, 2]}\nb: text\nc: {d: 1}\n";
        let values = ["a: {v: [3], z: 4}\nb: {e: 1}\n", "c: 5\na: {z: 6}\n"];
        insta::assert_snapshot!(layered(defaults, &values), @r"
        a:
          v:
          - 3
          x: 1
          z: 6
        b:
          e: 1
        c: 5
        ");
    }

    #[test]
    fn a_null_lives_until_the_last_merge_and_then_deletes_the_default() {
        let defaults = "a: {x: 1, v: {z: 1, w: 2}}\nb: ~\nl: [~]\n";
        for (values, expected) in [
            (vec![], "a:\n  v:\n    w: 2\n    z: 1\n  x: 1\nl:\n- null\n"),
            (
                vec!["a: {v: {z: ~}}"],
                "a:\n  v:\n    w: 2\n  x: 1\nl:\n- null\n",
            ),
            (vec!["a: ~"], "l:\n- null\n"),
            (
                vec!["a: ~", "a: {q: 1}"],
                "a:\n  q: 1\n  v:\n    w: 2\n    z: 1\n  x: 1\nl:\n- null\n",
            ),
            (vec!["l: {m: ~}\na: 1"], "a: 1\nl:\n  m: null\n"),
        ] {
            assert_eq!(layered(defaults, &values), expected, "{values:?}");
        }
    }

    #[test]
    fn nulls_for_charts_wait_for_the_charts_own_values() {
        assert_eq!(
            layered("charts: {web: {a: 1, b: ~}}", &["charts: {web: {a: ~}}"]),
            "charts:\n  web:\n    a: null\n    b: null\n"
        );
    }

    #[test]
    fn of_duplicate_keys_the_last_one_wins_whole() {
        assert_eq!(
            layered("a: {x: 1}\na: {v: 2}\n", &["b: 1\nb: 2"]),
            "a:\n  v: 2\nb: 2\n"
        );
    }

    #[test]
    fn presets_come_under_all_other_values() {
        let mut world = World::new();
        world.pack(
            "web",
            "a: {x: 1, v: 2}\nkeep: {k.8s/io: 1, other: 2}\n",
            &[],
        );
        world.layers[0].values = vec![world.node("a: {v: 9}")];
        let presets = [
            (
                "one",
                vec!["a", "keep.k.8s/io", "missing.path"],
                "a: {z: 3, v: 3}",
            ),
            ("two", vec![], "b: 1"),
        ];
        let presets = presets.map(|(name, remove, add)| Preset {
            name: name.into(),
            display_name: None,
            group: "g".into(),
            remove: remove.into_iter().map(Arc::from).collect(),
            add: world.node(add),
        });
        let layer = &mut world.layers[0];
        edit_pack(layer, |pack: &mut Pack| pack.presets = presets.into());
        layer.presets = vec![0];
        insta::assert_snapshot!(yaml::write(&merged(layer).to_value()), @r#"
        a:
          v: 9
          z: 3
        keep:
          other: 2
        "#);
    }

    #[test]
    fn replacing_values_are_all_there_is() {
        let mut world = World::new();
        world.pack("web", "a: {x: 1}", &[]);
        world.layers[0].values = vec![world.node("a: {v: ~}")];
        let layer = &mut world.layers[0];
        Arc::make_mut(&mut layer.layer).values_mode = ValuesMode::Replace;
        assert_eq!(yaml::write(&merged(layer).to_value()), "a:\n  v: null\n");
    }

    #[test]
    fn a_value_keeps_the_place_where_it_was_written() {
        let mut world = World::new();
        world.pack("web", "a: {x: 1, v: 2}", &[]);
        let over = world.node("a: {v: 3}");
        world.layers[0].values = vec![Arc::clone(&over)];
        let merged = merged(&world.layers[0]);
        let span = |root: &Node, path| path::get(root, path).map(|node| node.span);
        assert_eq!(span(&merged, "a.v"), span(&over, "a.v"));
        let own = world.layers[0]
            .pack
            .as_ref()
            .map(|pack| Arc::clone(&pack.values));
        assert_eq!(span(&merged, "a.x"), own.and_then(|own| span(&own, "a.x")));
    }
}
