//! The packs and charts that documents ask for, fetched, read and pinned.

use std::path::Path;

use rayon::prelude::*;

use crate::config::documents::Documents;
use crate::config::stacks::{self, Contents, FoundChart};
use crate::diag::{Diagnostic, Sources, causes, has_errors};
use crate::model::{ChartPlace, ChartRef};
use crate::registry::{
    Asked, Found, LOCK_FILE, Registries, Resolved, Supply, chart_version, read_chart,
};

use super::error::EngineError;

/// Reads the packs and charts that documents ask for, and pins the versions of those that come from registries. What is
/// missing is fetched first, all at once.
pub(super) fn contents(
    documents: &Documents,
    supply: Supply<'_>,
    sources: &Sources,
    problems: &mut Vec<Diagnostic>,
) -> Result<Contents, EngineError> {
    let registries = Registries::open(&documents.root, &documents.registries, supply, sources)
        .map_err(|mut found| {
            problems.append(&mut found);
            EngineError::Documents(std::mem::take(problems))
        })?;
    let mut contents = Contents::default();
    let packs = stacks::pack_refs(documents);
    let charts = stacks::chart_refs(documents);
    let asked_packs = packs.iter().map(|reference| Asked::pack(reference));
    let asked_charts = charts
        .iter()
        .filter_map(|reference| Asked::chart(reference));
    let asked: Vec<Asked> = asked_packs.chain(asked_charts).collect();
    registries.gather(&asked);
    let found: Vec<_> = packs
        .par_iter()
        .map(|reference| registries.find(reference))
        .collect();
    for (reference, found) in packs.into_iter().zip(found) {
        match found {
            Ok(pack) => contents.insert_pack(reference, pack),
            Err(found) => tell(found, problems),
        }
    }
    let found: Vec<_> = charts
        .par_iter()
        .map(|reference| chart(reference, &registries, &documents.root))
        .collect();
    for (reference, found) in charts.into_iter().zip(found) {
        match found {
            Ok(chart) => contents.insert_chart(&reference.place, chart),
            Err(found) => tell(found, problems),
        }
    }
    if supply.locked {
        held(&registries, problems);
    } else {
        for change in registries.changed() {
            problems.push(Diagnostic::warning(change.to_string()));
        }
        if !has_errors(problems) {
            registries.lock_without_unused().save()?;
        }
    }
    Ok(contents)
}

/// Everything that documents ask registries for.
pub(super) fn asked(documents: &Documents) -> Vec<Asked> {
    let packs = stacks::pack_refs(documents).into_iter().map(Asked::pack);
    let charts = stacks::chart_refs(documents);
    packs
        .chain(charts.into_iter().filter_map(Asked::chart))
        .collect()
}

/// Keeps problems that were not told yet.
fn tell(found: Vec<Diagnostic>, problems: &mut Vec<Diagnostic>) {
    for problem in found {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

/// Refuses what would change the lock. What is not in it was refused when it was asked for; of a project with errors
/// nobody knows what it asks for.
fn held(registries: &Registries<'_>, problems: &mut Vec<Diagnostic>) {
    for change in registries.changed() {
        problems.push(
            Diagnostic::error(change.to_string())
                .detail(format!(
                    "the lock has the digest {}, and it has {}; `--locked` forbids that",
                    change.locked, change.found
                ))
                .help("bring the folder back to what it was, or run `stratiform lock` without `--locked`"),
        );
    }
    if has_errors(problems) {
        return;
    }
    for change in registries.lock_without_unused().changes() {
        problems.push(
            Diagnostic::error(format!(
                "{change}, and `--locked` forbids to change `{LOCK_FILE}`"
            ))
            .help("run `stratiform lock` without `--locked`, and keep the file in version control"),
        );
    }
}

fn chart(
    reference: &ChartRef,
    registries: &Registries<'_>,
    root: &Path,
) -> Result<FoundChart, Vec<Diagnostic>> {
    let path = match (&reference.place, Asked::chart(reference)) {
        (ChartPlace::Path(path), _) => path,
        (ChartPlace::Registry { name, .. }, asked) => {
            let resolved = asked.map(|asked| registries.resolve(&asked)).transpose()?;
            return match resolved {
                Some(Resolved {
                    version,
                    content: Found::Chart(files),
                }) => Ok(FoundChart {
                    files,
                    version: Some(version),
                }),
                _ => {
                    let problem = Diagnostic::error(format!("`{name}` is not a chart"));
                    Err(vec![problem.at(reference.span)])
                }
            };
        }
    };
    let shown = path.display().to_string();
    match read_chart(&root.join(path), &shown) {
        Ok(files) => Ok(FoundChart {
            version: chart_version(&files),
            files,
        }),
        Err(error) => {
            let problem = Diagnostic::error(format!("cannot read the chart `{shown}`"))
                .at(reference.span)
                .label(causes(&error).join(": "));
            Err(vec![problem.help(
                "put a chart's folder or archive there, or correct the path, which is relative to the project's root",
            )])
        }
    }
}
