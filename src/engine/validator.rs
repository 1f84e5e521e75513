//! Everything checked that can be checked without state and targets: every layer of every cluster is rendered.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::diag::{Diagnostic, has_errors};
use crate::model::{Seed, Stack};
use crate::render::{Chance, Context, render, resolved, values};

use super::error::EngineError;
use super::problems::Problems;
use super::workspace::Workspace;

/// Renders every layer of every cluster, and gives what is odd about them.
///
/// # Errors
/// When something is wrong, with everything that was found.
pub fn validate(workspace: &Workspace) -> Result<Vec<Diagnostic>, EngineError> {
    let found: Vec<(&Stack, Vec<Diagnostic>)> = workspace
        .stacks
        .par_iter()
        .map(|stack| (stack, one(workspace, stack)))
        .collect();
    let mut problems = Problems::default();
    for (stack, found) in found {
        problems.add(&stack.cluster.name, found);
    }
    let found = problems.finish();
    if has_errors(&found) {
        Err(EngineError::Documents(found))
    } else {
        Ok(found)
    }
}

fn one(workspace: &Workspace, stack: &Stack) -> Vec<Diagnostic> {
    let prepared = match workspace.prepared(stack) {
        Ok(prepared) => prepared,
        Err(problems) => return problems,
    };
    let project = &workspace.project.documents.project;
    let uid = workspace.cluster_uid(&stack.cluster.name);
    let cx = Context::new(stack, &prepared, project, workspace.project_uid(), uid);
    let now = super::seeds::now();
    let mut found = Vec::new();
    for layer in &prepared {
        let checked = resolved(layer, &cx).map(|values| {
            layer
                .schema()
                .map_or_else(Vec::new, |schema| schema.check(layer, &values))
        });
        // Which values it is checked with does not matter, so no state is asked for a seed.
        let seed = Seed::first(&layer.layer().name, &BTreeMap::new(), now);
        let chance = Chance::new(&seed, &workspace.key, &cx);
        let rendered = values(layer, &cx).and_then(|values| render(layer, &values, &cx, &chance));
        match (checked, rendered) {
            (Ok(checked), Ok(rendered)) => {
                found.extend(checked);
                found.extend(rendered.warnings);
            }
            (Ok(checked), Err(problems)) if has_errors(&checked) => {
                found.extend(checked);
                drop(problems);
            }
            (Err(problems), _) | (Ok(_), Err(problems)) => found.extend(problems),
        }
    }
    found.dedup();
    found
}
