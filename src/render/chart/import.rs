//! Values that charts take over from their subcharts: `import-values`.

use std::sync::{Arc, OnceLock};

use super::coalesce::{self, Cell, Item, Nulls, Problem};
use super::decode;
use super::{Chart, Tree};
use crate::render::template::Str;

/// Puts into the values of each chart what it imports from its subcharts, and what its subcharts have.
pub(super) fn import(chart: &mut Chart) -> Result<(), Problem> {
    for subchart in &mut chart.subcharts {
        import(subchart)?;
    }
    if !chart.listed {
        return Ok(());
    }
    let values = Cell::default();
    coalesce::coalesce(chart, &values, Nulls::Keep)?;
    let imported = Cell::default();
    let has_imports = chart.metadata.dependencies.iter();
    if has_imports.clone().any(|one| !one.import_values.is_empty()) {
        let metadata = Arc::make_mut(&mut chart.metadata);
        for dependency in &mut metadata.dependencies {
            let pairs = dependency.import_values.iter().filter_map(pair);
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
            let normal = pairs.into_iter();
            dependency.import_values = normal
                .map(|(child, parent)| decode::import(child, parent))
                .collect();
        }
    }
    let values = copy(&values)?;
    coalesce::merge(&values, &copy(&imported)?, Nulls::Keep)?;
    (chart.values, _) = coalesce::freeze(&values)?;
    chart.clean = Arc::new(OnceLock::new());
    Ok(())
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
