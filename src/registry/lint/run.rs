//! All checks of one folder.

use std::path::Path;
use std::sync::Arc;

use crate::diag::{Diagnostic, Sources, Spanned};

use super::super::RegistryError;
use super::super::chart;
use super::super::pack::{FoundChart, Parts};
use super::{layer, presets, release, schema, values};

/// A chart of the pack.
pub(super) struct Chart {
    /// Its name in `Chart.yaml`.
    pub(super) name: String,
    /// The name of its archive or folder: `a` of `charts/a.tgz`.
    pub(super) archive: String,
    /// The path, where `pack.json` names it.
    pub(super) path: Spanned<Arc<str>>,
}

/// Says all that is wrong with the pack in a folder, or doubtful; nothing when it is fine. The folder stands in messages
/// as it was given.
pub fn lint(folder: &Path, sources: &Sources) -> Vec<Diagnostic> {
    let (parts, mut problems) = Parts::read(folder, folder, sources);
    let Some(parts) = parts else {
        return problems;
    };
    layer::check(&parts, &mut problems);
    let charts = charts(&parts, sources, &mut problems);
    // With a chart whose name is not known, no key could be said to be stray.
    let complete = parts.named.charts.len() == charts.len();
    values::check(&parts, complete.then_some(charts.as_slice()), &mut problems);
    release::check(&parts, &charts, &mut problems);
    presets::check(&parts, &mut problems);
    schema::check(&parts, &mut problems);
    problems.sort_by_key(|problem| (!problem.is_error(), problem.span));
    problems
}

fn charts(parts: &Parts, sources: &Sources, problems: &mut Vec<Diagnostic>) -> Vec<Chart> {
    let mut found = Vec::new();
    for FoundChart { path, files } in &parts.charts {
        let shown = parts.files.shown(&path.value);
        let name = files
            .as_ref()
            .map_err(RegistryError::with_causes)
            .and_then(|files| chart::name(files, &shown, sources));
        match name {
            Ok(name) => found.push(Chart {
                name,
                archive: archive_name(&path.value).to_owned(),
                path: path.clone(),
            }),
            Err(why) => problems.push(
                Diagnostic::error(format!("`{}` is not a chart", path.value))
                    .at(path.span)
                    .label(why)
                    .help("put the archive there that `helm package` makes, or the chart's folder"),
            ),
        }
    }
    found
}

fn archive_name(path: &str) -> &str {
    let name = path.trim_end_matches('/');
    let name = name.rsplit('/').next().unwrap_or(name);
    name.strip_suffix(".tgz")
        .or_else(|| name.strip_suffix(".tar.gz"))
        .unwrap_or(name)
}
