//! Values of a tree of charts, laid over each other.
//!
//! Helm does this in place, with mappings that several charts share: what a subchart's defaults add deep inside of
//! `global` is seen by its parent and by the subcharts after it. So it is done in place here as well, with [`Cell`]s; a
//! mapping becomes one only where it changes, everything else stays a shared [`Tree`].

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::tree::Entries;
use super::{Chart, Tree};
use crate::render::template::{self, Str};

/// The key of the values that all charts see.
const GLOBAL: &[u8] = b"global";

/// A mapping that changes. Clones are the same mapping.
pub(super) type Cell = Rc<RefCell<BTreeMap<Str, Item>>>;

/// A value in a [`Cell`].
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// As it was.
    Tree(Tree),
    /// A mapping that has changed, or may.
    Cell(Cell),
}

impl Item {
    fn is_null(&self) -> bool {
        matches!(self, Self::Tree(Tree::Null))
    }

    fn is_table(&self) -> bool {
        matches!(self, Self::Cell(_) | Self::Tree(Tree::Map(_)))
    }

    /// The mapping, made changeable in its place; nothing for anything else.
    pub(super) fn table(&mut self) -> Option<Cell> {
        if let Self::Tree(Tree::Map(map)) = self {
            *self = Self::Cell(open(map));
        }
        match self {
            Self::Cell(cell) => Some(cell.clone()),
            Self::Tree(_) => None,
        }
    }

}

/// A mapping as a cell.
pub(super) fn open(map: &Entries) -> Cell {
    let entries = map
        .iter()
        .map(|(key, value)| (key.clone(), Item::Tree(value.clone())));
    Rc::new(RefCell::new(entries.collect()))
}

/// Makes all mappings below a cell changeable, so that clones of its items share them.
pub(super) fn open_all(cell: &Cell) {
    let mut seen = HashSet::new();
    let mut waiting = vec![cell.clone()];
    while let Some(cell) = waiting.pop() {
        if seen.insert(Rc::as_ptr(&cell)) {
            waiting.extend(cell.borrow_mut().values_mut().filter_map(Item::table));
        }
    }
}

/// The mapping in a cell at a path of keys.
pub(super) fn table_at(cell: &Cell, path: &str) -> Option<Cell> {
    path.split('.').try_fold(cell.clone(), |cell, key| {
        cell.borrow_mut().get_mut(key.as_bytes())?.table()
    })
}

/// Why values cannot be laid over each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Problem {
    /// A subchart's values are no mapping.
    Mismatch {
        /// The charts from the top down to the one whose values hold them, with `.` between.
        chart: String,
        /// The subchart.
        name: String,
        /// What is there.
        value: Tree,
    },
    /// Imports have put a mapping into itself.
    Endless,
}

/// How deeply values may be nested. Helm has no limit, and dies of values that hold themselves.
const DEPTH_LIMIT: usize = 500;

/// Whether nulls delete what is under them, or stay so that they can do it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    /// A null deletes.
    Delete,
    /// A null stays.
    Keep,
}

/// The values of a chart and its subcharts, laid under the ones given.
pub(super) fn coalesce(chart: &Chart, values: &Cell, nulls: Nulls) -> Result<(), Problem> {
    chart_values(chart, values, "", nulls)
}

fn chart_values(chart: &Chart, values: &Cell, above: &str, nulls: Nulls) -> Result<(), Problem> {
    own_values(chart, values, nulls)?;
    if chart.subcharts.is_empty() {
        return Ok(());
    }
    let path = if above.is_empty() {
        chart.metadata.name.clone()
    } else {
        format!("{above}.{}", chart.metadata.name)
    };
    for subchart in &chart.subcharts {
        let name = subchart.metadata.name.as_bytes();
        let below = {
            let mut entries = values.borrow_mut();
            let item = entries
                .entry(Str::from(name))
                .or_insert_with(|| Item::Tree(Tree::empty()));
            item.table().ok_or_else(|| Problem::Mismatch {
                chart: path.clone(),
                name: subchart.metadata.name.clone(),
                value: match item {
                    Item::Tree(tree) => tree.clone(),
                    Item::Cell(_) => Tree::Null,
                },
            })?
        };
        globals(&below, values)?;
        chart_values(subchart, &below, &path, nulls)?;
    }
    Ok(())
}

/// Lays a chart's own values under the ones given.
fn own_values(chart: &Chart, values: &Cell, nulls: Nulls) -> Result<(), Problem> {
    let (Some(defaults), Some(clean)) = (chart.values.as_map(), chart.clean_values().as_map())
    else {
        return Ok(());
    };
    for (key, default) in &**defaults {
        let mut entries = values.borrow_mut();
        match entries.get_mut(&**key) {
            Some(item) if item.is_null() && nulls == Nulls::Delete => {
                entries.remove(&**key);
            }
            Some(item) => {
                let (Some(table), Tree::Map(default)) = (item.table(), default) else {
                    continue;
                };
                drop(entries);
                // Nulls under the name of a subchart wait for its own defaults.
                let keep = nulls == Nulls::Keep || chart.has_subchart(key);
                let (under, nulls) = match clean.get(&**key) {
                    Some(Tree::Map(clean)) if !keep => (clean, Nulls::Delete),
                    _ if keep => (default, Nulls::Keep),
                    _ => continue,
                };
                merge(&table, &open(under), nulls)?;
            }
            None => {
                let default = if nulls == Nulls::Keep {
                    Some(default)
                } else {
                    clean.get(&**key)
                };
                if let Some(default) = default {
                    entries.insert(key.clone(), Item::Tree(default.clone()));
                }
            }
        }
    }
    Ok(())
}

/// Hands the globals of a chart down to a subchart; those of the chart win.
fn globals(below: &Cell, values: &Cell) -> Result<(), Problem> {
    let own = |cell: &Cell| match cell.borrow_mut().get_mut(GLOBAL) {
        Some(item) => item.table().ok_or(()),
        None => Ok(Cell::default()),
    };
    let (Ok(into), Ok(from)) = (own(below), own(values)) else {
        return Ok(());
    };
    if Rc::ptr_eq(&into, &from) {
        return Ok(());
    }
    for (key, item) in from.borrow_mut().iter_mut() {
        let Some(table) = item.table() else {
            let mut into = into.borrow_mut();
            if !into.get(&**key).is_some_and(Item::is_table) {
                into.insert(key.clone(), item.clone());
            }
            continue;
        };
        // A shallow copy: the mappings inside stay shared between the charts.
        table.borrow_mut().values_mut().for_each(|item| {
            item.table();
        });
        let copy = Rc::new(RefCell::new(table.borrow().clone()));
        let there = into.borrow_mut().get_mut(&**key).map(Item::table);
        match there {
            None => {}
            Some(Some(there)) => merge(&copy, &there, Nulls::Keep)?,
            Some(None) => continue,
        }
        into.borrow_mut().insert(key.clone(), Item::Cell(copy));
    }
    below
        .borrow_mut()
        .insert(Str::from(GLOBAL), Item::Cell(into));
    Ok(())
}

/// Lays a mapping under another. Nulls of the upper one are written into the lower one too: where both are shared with
/// others, they can be seen there.
pub(super) fn merge(over: &Cell, under: &Cell, nulls: Nulls) -> Result<(), Problem> {
    merge_at(over, under, nulls, DEPTH_LIMIT)
}

fn merge_at(over: &Cell, under: &Cell, nulls: Nulls, depth: usize) -> Result<(), Problem> {
    if Rc::ptr_eq(over, under) {
        return Ok(());
    }
    let depth = depth.checked_sub(1).ok_or(Problem::Endless)?;
    let keys: Vec<(Str, bool)> = {
        let under = under.borrow();
        let keys = under.iter();
        keys.map(|(key, item)| (key.clone(), item.is_null()))
            .collect()
    };
    for (key, item) in over.borrow().iter() {
        if item.is_null() {
            under.borrow_mut().insert(key.clone(), item.clone());
        }
    }
    for (key, was_null) in keys {
        let mut entries = over.borrow_mut();
        match entries.get_mut(&*key) {
            Some(item) if item.is_null() => {
                if nulls == Nulls::Delete && !was_null {
                    entries.remove(&*key);
                }
            }
            Some(item) if item.is_table() => {
                let below = under.borrow_mut().get_mut(&*key).and_then(Item::table);
                if let (Some(over), Some(under)) = (item.table(), below) {
                    drop(entries);
                    merge_at(&over, &under, nulls, depth)?;
                }
            }
            Some(_) => {}
            None => {
                if let Some(item) = under.borrow().get(&*key) {
                    entries.insert(key, item.clone());
                }
            }
        }
    }
    Ok(())
}

/// The mappings that several places of a [`Tree`] share in the sense of Helm: a template that changes one changes it in
/// all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(pub Vec<Arc<Entries>>);

/// The value in a cell, and which mappings in it are one and the same.
pub(super) fn freeze(cell: &Cell) -> Result<(Tree, Shared), Problem> {
    let mut known = HashMap::new();
    let tree = frozen(cell, &mut known, DEPTH_LIMIT)?;
    let shared = known.into_values().flatten().collect();
    Ok((tree, Shared(shared)))
}

/// What has become of cells that several places share; nothing as long as it is being made.
type Known = HashMap<*const RefCell<BTreeMap<Str, Item>>, Option<Arc<Entries>>>;

fn frozen(cell: &Cell, known: &mut Known, depth: usize) -> Result<Tree, Problem> {
    let depth = depth.checked_sub(1).ok_or(Problem::Endless)?;
    let place = Rc::as_ptr(cell);
    let is_shared = Rc::strong_count(cell) > 1;
    if is_shared {
        match known.get(&place) {
            Some(Some(entries)) => return Ok(Tree::Map(entries.clone())),
            Some(None) => return Err(Problem::Endless),
            None => {
                known.insert(place, None);
            }
        }
    }
    let mut entries = Entries::new();
    for (key, item) in cell.borrow().iter() {
        let value = match item {
            Item::Tree(tree) => tree.clone(),
            Item::Cell(cell) => frozen(cell, known, depth)?,
        };
        entries.insert(key.clone(), value);
    }
    let entries = Arc::new(entries);
    if is_shared {
        known.insert(place, Some(entries.clone()));
    }
    Ok(Tree::Map(entries))
}

impl Shared {
    /// A tree as templates see it: a deep copy, in which what is shared is one mapping.
    pub(super) fn to_template(&self, tree: &Tree) -> template::Value {
        let mut copies: HashMap<*const Entries, Option<template::Map>> = HashMap::new();
        for entries in &self.0 {
            copies.insert(Arc::as_ptr(entries), None);
        }
        if copies.is_empty() {
            tree.to_template()
        } else {
            copied(tree, &mut copies)
        }
    }
}

fn copied(
    tree: &Tree,
    copies: &mut HashMap<*const Entries, Option<template::Map>>,
) -> template::Value {
    let Tree::Map(entries) = tree else {
        // Lists cannot hold what charts share.
        return tree.to_template();
    };
    let place = Arc::as_ptr(entries);
    if let Some(Some(copy)) = copies.get(&place) {
        return template::Value::Map(copy.clone());
    }
    let items = entries
        .iter()
        .map(|(key, value)| (key.clone(), copied(value, copies)));
    let copy = items.collect::<template::Map>();
    if let Some(known) = copies.get_mut(&place) {
        *known = Some(copy.clone());
    }
    template::Value::Map(copy)
}
