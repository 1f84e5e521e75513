//! Which subcharts take part, and under which name.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::coalesce::{self, Cell, Nulls, Problem};
use super::{Chart, Dependency, Tree};
use crate::render::template::semver::{Constraint, Version};

/// The key of the values that switch dependencies on by tag.
const TAGS: &str = "tags";

/// Whether a version is one that a constraint allows; what cannot be read allows nothing.
pub(super) fn allows(constraint: &str, version: &str) -> bool {
    match (Constraint::parse(constraint), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.allows(&version),
        _ => false,
    }
}

/// Names of dependencies that are not in `charts/`.
pub(super) fn missing(chart: &Chart) -> Vec<String> {
    let names = chart
        .metadata
        .dependencies
        .iter()
        .map(|dependency| &dependency.name);
    names
        .filter(|name| !chart.has_subchart(name.as_bytes()))
        .cloned()
        .collect()
}

/// Takes away the subcharts that the values switch off, and gives the others the names that their aliases say.
///
/// `values` are those of the chart at the top with the defaults of the charts in between, and `path` leads from there to
/// the chart: `web.db.`.
pub(super) fn switch(chart: &mut Chart, values: &Tree, path: &str) -> Result<(), Problem> {
    if !chart.listed {
        return Ok(());
    }
    chart.subcharts = candidates(chart);
    let mut dependencies = chart.metadata.dependencies.clone();
    for dependency in &mut dependencies {
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
    }
    let cell = values
        .as_map()
        .map_or_else(Cell::default, |map| coalesce::open(map));
    coalesce::coalesce(chart, &cell, Nulls::Delete)?;
    let (values, _) = coalesce::freeze(&cell)?;
    for dependency in &mut dependencies {
        dependency.enabled = is_enabled(dependency, &values, path);
    }
    let off: BTreeSet<String> = dependencies
        .iter()
        .filter(|dependency| !dependency.enabled)
        .map(|dependency| dependency.name.clone())
        .collect();
    dependencies.retain(|dependency| !off.contains(&dependency.name));
    chart
        .subcharts
        .retain(|subchart| !off.contains(&subchart.metadata.name));
    let own = chart.path.clone();
    for subchart in &mut chart.subcharts {
        subchart.move_to(&own);
        let path = format!("{path}{}.", subchart.metadata.name);
        switch(subchart, &values, &path)?;
    }
    chart.base = chart.path.clone();
    chart.listed = !dependencies.is_empty();
    Arc::make_mut(&mut chart.metadata).dependencies = dependencies;
    Ok(())
}

/// The subcharts that no dependency is about, then one for each dependency, under its alias.
fn candidates(chart: &Chart) -> Vec<Chart> {
    let dependencies = &chart.metadata.dependencies;
    let is_for = |subchart: &Chart, dependency: &Dependency| {
        subchart.metadata.name == dependency.name
            && allows(&dependency.version, &subchart.metadata.version)
    };
    let is_listed = |subchart: &&Chart| !dependencies.iter().any(|one| is_for(subchart, one));
    let mut found: Vec<Chart> = chart.subcharts.iter().filter(is_listed).cloned().collect();
    for dependency in dependencies {
        let mut subcharts = chart.subcharts.iter();
        let Some(subchart) = subcharts.find(|subchart| is_for(subchart, dependency)) else {
            continue;
        };
        let mut subchart = subchart.clone();
        if !dependency.alias.is_empty() {
            let metadata = Arc::make_mut(&mut subchart.metadata);
            metadata.name.clone_from(&dependency.alias);
        }
        // Helm copies the chart and the charts right in it, but not those further down: they stay where they were.
        subchart.path = format!("{}/charts/{}", chart.path, subchart.metadata.name).into();
        subchart.base = subchart.path.clone();
        for inner in &mut subchart.subcharts {
            let base = inner.base.clone();
            inner.path = format!("{}/charts/{}", subchart.path, inner.metadata.name).into();
            inner.base = base;
        }
        found.push(subchart);
    }
    found
}

fn is_enabled(dependency: &Dependency, values: &Tree, path: &str) -> bool {
    for condition in dependency.condition.trim().split(',') {
        if condition.is_empty() {
            continue;
        }
        if let Some(Tree::Bool(truth)) = at(values, &format!("{path}{condition}")) {
            return *truth;
        }
    }
    let Some(tags @ Tree::Map(_)) = values.get(TAGS) else {
        return true;
    };
    let truths = |truth| {
        let mut tags_of = dependency.tags.iter();
        tags_of.any(|tag| tags.get(tag) == Some(&Tree::Bool(truth)))
    };
    truths(true) || !truths(false)
}

/// The value at the end of a path with `.` between its keys.
fn at<'v>(values: &'v Tree, path: &str) -> Option<&'v Tree> {
    path.split('.')
        .try_fold(values, |values, key| values.get(key))
}
