//! Paths into values, as packs write them: `manifests.web.port`, `a.b.$[].c`, `a.b.$[0]`.
//!
//! A key may have dots in it (`nodeSelector.kubernetes.io/os`), so every way to read a path is tried.

use crate::yaml::{Entry, Node, NodeKind};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step<'a> {
    /// A key, or a part of one that has dots in it.
    Key(&'a str),
    /// One element of a list, from 0.
    Index(usize),
    /// Every element of a list.
    Every,
}

/// What stands at a path.
#[derive(Debug)]
pub struct Found<'a> {
    /// The mapping or list that holds it, or would.
    pub parent: &'a Node,
    /// The value; nothing when only its parent is there.
    pub node: Option<&'a Node>,
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (word, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !word.is_empty() && (word != "$" || rest.is_empty()) {
            steps.push(Step::Key(word));
        }
        while let Some((number, behind)) = rest
            .strip_prefix('[')
            .and_then(|inside| inside.split_once(']'))
        {
            steps.push(number.parse().map_or(Step::Every, Step::Index));
            rest = behind;
        }
    }
    steps
}

/// The value at a path without wildcards, if it is there. A number picks an element of a list.
pub fn get<'a>(root: &'a Node, path: &str) -> Option<&'a Node> {
    find(root, path).into_iter().find_map(|found| found.node)
}

/// Everything that a path leads to; where only the last step is missing, the parent alone.
pub fn find<'a>(root: &'a Node, path: &str) -> Vec<Found<'a>> {
    let mut all = Vec::new();
    walk(root, &steps(path), &mut all);
    all
}

fn walk<'a>(node: &'a Node, steps: &[Step<'_>], all: &mut Vec<Found<'a>>) {
    let Some(first) = steps.first() else {
        return;
    };
    let mut step_into = |value: &'a Node, used: usize| {
        if used == steps.len() {
            all.push(Found {
                parent: node,
                node: Some(value),
            });
        } else {
            walk(value, &steps[used..], all);
        }
    };
    match (&node.kind, first) {
        (NodeKind::Map(entries), Step::Key(_)) => {
            let mut any = false;
            for (used, key) in keys(steps) {
                for entry in entries.iter().filter(|entry| entry.key == key) {
                    any = true;
                    step_into(&entry.value, used);
                }
            }
            if !any && steps.len() == 1 {
                all.push(Found {
                    parent: node,
                    node: None,
                });
            }
        }
        (NodeKind::List(list), Step::Every) => {
            for item in list {
                step_into(item, 1);
            }
        }
        (NodeKind::List(list), step) => {
            let at = match step {
                Step::Index(at) => Some(*at),
                Step::Key(word) => word.parse().ok(),
                Step::Every => None,
            };
            if let Some(item) = at.and_then(|at| list.get(at)) {
                step_into(item, 1);
            } else if at.is_some() && steps.len() == 1 {
                all.push(Found {
                    parent: node,
                    node: None,
                });
            }
        }
        _ => {}
    }
}

/// The keys that the first steps may spell, with the number of steps that each uses up.
fn keys(steps: &[Step<'_>]) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    let mut key = String::new();
    for (at, step) in steps.iter().enumerate() {
        let Step::Key(word) = step else {
            break;
        };
        if at > 0 {
            key.push('.');
        }
        key.push_str(word);
        all.push((at + 1, key.clone()));
    }
    all
}

/// Takes what stands at a path away; an absent path is no error.
pub fn remove(root: &mut Node, path: &str) {
    take(root, &steps(path));
}

fn take(node: &mut Node, steps: &[Step<'_>]) {
    match (&mut node.kind, steps.first()) {
        (NodeKind::Map(entries), Some(Step::Key(_))) => {
            for (used, key) in keys(steps) {
                if used == steps.len() {
                    entries.retain(|entry| entry.key != key);
                } else {
                    let named = |entry: &&mut Entry| entry.key == key;
                    for entry in entries.iter_mut().filter(named) {
                        take(&mut entry.value, &steps[used..]);
                    }
                }
            }
        }
        (NodeKind::List(list), Some(Step::Every)) => {
            if steps.len() == 1 {
                list.clear();
            }
            for item in list {
                take(item, &steps[1..]);
            }
        }
        (NodeKind::List(list), Some(Step::Index(at))) if *at < list.len() => {
            if steps.len() == 1 {
                list.remove(*at);
            } else {
                take(&mut list[*at], &steps[1..]);
            }
        }
        _ => {}
    }
}

/// Changes everything that stands at a path.
pub fn change(root: &mut Node, path: &str, edit: &mut dyn FnMut(&mut Node)) {
    change_at(root, &steps(path), edit);
}

fn change_at(node: &mut Node, steps: &[Step<'_>], edit: &mut dyn FnMut(&mut Node)) {
    match (&mut node.kind, steps.first()) {
        (_, None) => edit(node),
        (NodeKind::Map(entries), Some(Step::Key(_))) => {
            for (used, key) in keys(steps) {
                for entry in entries.iter_mut().filter(|entry| entry.key == key) {
                    change_at(&mut entry.value, &steps[used..], edit);
                }
            }
        }
        (NodeKind::List(list), Some(Step::Every)) => {
            for item in list {
                change_at(item, &steps[1..], edit);
            }
        }
        (NodeKind::List(list), Some(step)) => {
            let at = match step {
                Step::Index(at) => Some(*at),
                Step::Key(word) => word.parse().ok(),
                Step::Every => None,
            };
            if let Some(item) = at.and_then(|at: usize| list.get_mut(at)) {
                change_at(item, &steps[1..], edit);
            }
        }
        _ => {}
    }
}
