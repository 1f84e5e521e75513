//! A release rendered: all templates of a chart and its subcharts executed, and what they print taken apart.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::model::ChartFile;
use crate::render::template::{Run, Set};

use super::scope::scopes;
use super::{Chart, Manifests, Release, RenderError, Resolved, Templates};

/// A chart rendered for a release.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// What stands in the `crds/` folders of the chart and its subcharts: path and file, not templated.
    pub crds: Vec<Crds>,
    /// What the templates printed.
    pub manifests: Manifests,
}

/// A file of a `crds/` folder.
#[derive(Clone, Debug)]
pub struct Crds {
    /// The full path: `web/crds/widgets.yaml`.
    pub path: String,
    /// What is in it.
    pub data: Arc<[u8]>,
}

/// Renders a chart with the values that [`super::resolve`] gave. `start` begins a run over the chart's templates; it comes
/// back, to be asked what was random.
///
/// # Errors
/// The first template that cannot be understood, fails, or prints something that is no object.
pub fn render(
    resolved: &Resolved,
    release: &Release<'_>,
    templates: &Templates,
    start: impl FnOnce(Set) -> Run,
) -> Result<(Rendered, Run), RenderError> {
    let scoped = scopes(resolved, release);
    let set = templates
        .set(&scoped)
        .map_err(|error| RenderError::Parse(Box::new(error)))?;
    let mut run = start(set);
    let mut printed = BTreeMap::new();
    for one in scoped.iter().filter(|one| !one.is_partial()) {
        let text = run
            .execute(&one.name, one.dot())
            .map_err(|error| RenderError::Exec(Box::new(error)))?;
        printed.insert(one.name.clone(), text);
    }
    let mut crds = Vec::new();
    find_crds(&resolved.chart, &mut crds);
    let manifests = Manifests::of(&printed).map_err(|mut error| {
        if let (RenderError::Manifest { text, .. }, true) = (&mut error, run.seeded()) {
            // Generated passwords may stand in it.
            *text = None;
        }
        error
    })?;
    Ok((Rendered { crds, manifests }, run))
}

fn find_crds(chart: &Chart, found: &mut Vec<Crds>) {
    for file in chart.files.iter().filter(|file| is_crd(file)) {
        found.push(Crds {
            path: format!("{}/{}", chart.path, file.path),
            data: Arc::clone(&file.data),
        });
    }
    for child in &chart.subcharts {
        find_crds(child, found);
    }
}

fn is_crd(file: &ChartFile) -> bool {
    let is_manifest = [".yaml", ".yml", ".json"]
        .iter()
        .any(|ending| file.path.ends_with(ending));
    is_manifest && file.path.starts_with("crds/")
}

impl Rendered {
    /// What `helm template` prints.
    pub fn text(&self, include_crds: bool, hooks: bool) -> String {
        let mut out = String::new();
        // Writing into a string cannot fail.
        let mut add = |path: &str, text: &str| {
            let _ = write!(out, "---\n# Source: {path}\n{text}\n");
        };
        for crds in self.crds.iter().filter(|_| include_crds) {
            add(&crds.path, &String::from_utf8_lossy(&crds.data));
        }
        for manifest in &self.manifests.plain {
            add(&manifest.path, &manifest.text);
        }
        let mut text = format!("{}\n", out.trim());
        for hook in self.manifests.hooks.iter().filter(|_| hooks) {
            let _ = write!(text, "---\n# Source: {}\n{}\n", hook.path, hook.text);
        }
        text
    }
}
