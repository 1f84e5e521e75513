//! Values that charts take over from their subcharts: `import-values`.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::coalesce::{self, Cell, Item, Nulls, Problem};
use super::decode;
use super::{Chart, Metadata, Tree};
use crate::render::template::Str;

/// Puts into the values of each chart what it imports from its subcharts, and what its subcharts have.
pub(super) fn import(chart: &mut Chart) -> Result<(), Problem> {
    let mut shared = Shared::default();
    shared.count(chart);
    import_below(chart, &mut shared)
}

fn import_below(chart: &mut Chart, shared: &mut Shared) -> Result<(), Problem> {
    for subchart in &mut chart.subcharts {
        import_below(subchart, shared)?;
    }
    if !chart.listed {
        return Ok(());
    }
    let values = Cell::default();
    coalesce::coalesce(chart, &values, Nulls::Keep)?;
    let imported = Cell::default();
    let has_imports = chart.metadata.dependencies.iter();
    if has_imports.clone().any(|one| !one.import_values.is_empty()) {
        let turn = shared.turn(&chart.metadata);
        let metadata = Arc::make_mut(&mut chart.metadata);
        for dependency in &mut metadata.dependencies {
            let taken = std::mem::take(&mut dependency.import_values);
            if turn == Turn::Later {
                continue;
            }
            let pairs = taken.iter().filter_map(pair);
            let pairs: Vec<(Str, Str)> = pairs.collect();
            for (child, parent) in &pairs {
                let path = format!("{}.{}", dependency.name, child.to_text());
                if let Some(table) = coalesce::table_at(&values, &path) {
                    // What is imported is shared with the subchart's values, until all is copied below.
                    coalesce::open_all(&table);
                    // An empty one is not shared, so no nulls are written into it.
                    let is_empty = table.borrow().is_empty();
                    let table = if is_empty { Cell::default() } else { table };
                    let table = nested(&parent.to_text(), table);
                    coalesce::merge(&imported, &table, Nulls::Keep)?;
                }
            }
            if turn == Turn::Only {
                let normal = pairs.into_iter();
                dependency.import_values = normal
                    .map(|(child, parent)| decode::import(child, parent))
                    .collect();
            }
        }
    }
    let values = copy(&values)?;
    coalesce::merge(&values, &copy(&imported)?, Nulls::Keep)?;
    (chart.values, _) = coalesce::freeze(&values)?;
    chart.clean = Arc::new(OnceLock::new());
    Ok(())
}

/// Whose turn it is among the charts that share what a Chart.yaml says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nobody shares it.
    Only,
    First,
    Later,
}

/// How many charts share what a Chart.yaml says, by its address, and whether one of them had its turn.
///
/// Helm writes what it imported back in a form that it does not know when it comes there again, and then there is nothing
/// left, for none of them.
#[derive(Default)]
struct Shared(HashMap<*const Metadata, (usize, bool)>);

impl Shared {
    fn count(&mut self, chart: &Chart) {
        self.0.entry(Arc::as_ptr(&chart.metadata)).or_default().0 += 1;
        for subchart in &chart.subcharts {
            self.count(subchart);
        }
    }

    fn turn(&mut self, metadata: &Arc<Metadata>) -> Turn {
        match self.0.get_mut(&Arc::as_ptr(metadata)) {
            Some((2.., true)) => Turn::Later,
            Some((2.., had)) => {
                *had = true;
                Turn::First
            }
            _ => Turn::Only,
        }
    }
}

/// A copy that shares nothing.
fn copy(cell: &Cell) -> Result<Cell, Problem> {
    let (tree, _) = coalesce::freeze(cell)?;
    Ok(tree
        .as_map()
        .map_or_else(Cell::default, |map| coalesce::open(map)))
}

/// Where a value comes from and where it goes to; nothing for what is neither a text nor a mapping.
fn pair(import: &Tree) -> Option<(Str, Str)> {
    match import {
        Tree::Str(name) => {
            let child = [b"exports.", &**name].concat();
            Some((Str::from(child), Str::from(".")))
        }
        Tree::Map(_) => {
            let end = |key| printed(import.get(key).unwrap_or(&Tree::Null));
            Some((end("child"), end("parent")))
        }
        _ => None,
    }
}

/// A value as Go prints it.
fn printed(value: &Tree) -> Str {
    match value {
        Tree::Str(text) => text.clone(),
        other => super::go::printf("%v", other).into(),
    }
}

fn nested(path: &str, table: Cell) -> Cell {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, key| {
        let outer = Cell::default();
        outer.borrow_mut().insert(Str::from(key), Item::Cell(inner));
        outer
    })
}
