//! Which subcharts take part, and under which name.

use std::collections::BTreeSet;

use super::coalesce::{self, Cell, Nulls, Problem};
use super::graph::{Graph, Id};
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
pub(super) fn switch(chart: &mut Chart, values: &Tree) -> Result<(), Problem> {
    if !chart.listed {
        return Ok(());
    }
    let mut graph = Graph::new(chart);
    switch_below(&mut graph, 0, values, "")?;
    *chart = graph.tree(0);
    Ok(())
}

/// `values` are those of the chart at the top with the defaults of the charts in between, and `path` leads from there to
/// the chart: `web.db.`.
fn switch_below(graph: &mut Graph, id: Id, values: &Tree, path: &str) -> Result<(), Problem> {
    if !graph.is_listed(id) {
        return Ok(());
    }
    let subcharts = candidates(graph, id);
    graph.set_subcharts(id, subcharts.clone());
    let mut dependencies = graph.metadata(id).dependencies.clone();
    for dependency in &mut dependencies {
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
    }
    let cell = values
        .as_map()
        .map_or_else(Cell::default, |map| coalesce::open(map));
    coalesce::coalesce(&graph.tree(id), &cell, Nulls::Delete)?;
    let (values, _) = coalesce::freeze(&cell)?;
    for dependency in &mut dependencies {
        dependency.enabled = is_enabled(dependency, &values, path);
    }
    let off: BTreeSet<String> = dependencies
        .iter()
        .filter(|dependency| !dependency.enabled)
        .map(|dependency| dependency.name.clone())
        .collect();
    // A chart further down can share the list, and sees the names that it has now.
    graph.set_dependencies(id, dependencies.clone());
    let is_on = |id: &Id| !off.contains(&graph.metadata(*id).name);
    let on: Vec<Id> = subcharts.into_iter().filter(is_on).collect();
    for subchart in &on {
        let path = format!("{path}{}.", graph.metadata(*subchart).name);
        switch_below(graph, *subchart, &values, &path)?;
    }
    dependencies.retain(|dependency| !off.contains(&dependency.name));
    graph.set_dependencies(id, dependencies);
    graph.set_subcharts(id, on);
    Ok(())
}

/// The subcharts that no dependency is about, then one for each dependency, under its alias.
fn candidates(graph: &mut Graph, id: Id) -> Vec<Id> {
    let dependencies = graph.metadata(id).dependencies.clone();
    let is_for = |graph: &Graph, id: Id, dependency: &Dependency| {
        let metadata = graph.metadata(id);
        metadata.name == dependency.name && allows(&dependency.version, &metadata.version)
    };
    let all = graph.subcharts(id).to_vec();
    let is_listed = |id: &Id| dependencies.iter().any(|one| is_for(graph, *id, one));
    let mut found: Vec<Id> = all.iter().copied().filter(|id| !is_listed(id)).collect();
    for dependency in &dependencies {
        let subchart = all.iter().find(|id| is_for(graph, **id, dependency));
        if let Some(subchart) = subchart {
            found.push(graph.copy(*subchart, &dependency.alias));
        }
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
