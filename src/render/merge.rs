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
