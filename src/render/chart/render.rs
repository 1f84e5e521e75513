//! A release rendered: all templates of a chart and its subcharts executed, and what they print taken apart.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::model::ChartFile;
use crate::render::template::{Run, Set};

use super::manifests::Printed;
use super::scope::{Scoped, scopes};
use super::{Chart, Manifests, Release, RenderError, Resolved, Templates, cores};

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
    let printed = Printed::new(&templates.documents);
    if cores::are_idle() {
        rayon::in_place_scope(|scope| {
            let printed = &printed;
            let mut batch = Batch::default();
            execute(&scoped, &mut run, |path, text| {
                if let Some(full) = batch.add(path, text) {
                    scope.spawn(move |_| printed.read_all(full));
                }
            })?;
            printed.read_all(batch.texts);
            Ok(())
        })?;
    } else {
        execute(&scoped, &mut run, |path, text| printed.read(path, &text))?;
    }
    let manifests = printed.manifests().map_err(|mut error| {
        if let (RenderError::Manifest { text, .. }, true) = (&mut error, run.seeded()) {
            // Generated passwords may stand in it.
            *text = None;
        }
        error
    })?;
    let mut crds = Vec::new();
    find_crds(&resolved.chart, &mut crds);
    Ok((Rendered { crds, manifests }, run))
}

/// Texts that another core is given together, since it costs more to wake one than to read a short text.
#[derive(Default)]
struct Batch {
    texts: Vec<(Arc<str>, String)>,
    bytes: usize,
}

impl Batch {
    /// So many bytes are worth another core.
    const FULL: usize = 12 << 10;

    /// Puts a text to the others; gives all of them when they are enough.
    fn add(&mut self, path: Arc<str>, text: String) -> Option<Vec<(Arc<str>, String)>> {
        self.bytes += text.len();
        self.texts.push((path, text));
        (self.bytes >= Self::FULL).then(|| std::mem::take(self).texts)
    }
}

/// Executes all templates that print something, and gives away what each printed under its name.
fn execute(
    scoped: &[Scoped<'_>],
    run: &mut Run,
    mut printed: impl FnMut(Arc<str>, String),
) -> Result<(), RenderError> {
    for one in scoped.iter().filter(|one| !one.is_partial()) {
        let text = run
            .execute(&one.name, one.dot())
            .map_err(|error| RenderError::Exec(Box::new(error)))?;
        printed(one.name.as_str().into(), text);
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use jiff::Timestamp;

    use super::super::tests::resolved;
    use super::*;
    use crate::model::{Capabilities, Version};
    use crate::render::template::{Limits, Seed};

    fn rendered(given: &[(&str, &str)], user: &str) -> Result<(Rendered, Run), RenderError> {
        let capabilities = Capabilities::assumed(Version::new("1.33.1").unwrap(), []);
        let release = Release {
            name: "shop",
            namespace: "front",
            is_upgrade: true,
            capabilities: &capabilities,
        };
        let seed = Seed {
            key: [1; 32],
            now: Timestamp::UNIX_EPOCH,
        };
        let start = |set| Run::new(set, Limits::default(), Some(seed));
        let resolved = resolved(given, user).unwrap();
        render(&resolved, &release, &Templates::default(), start)
    }

    #[test]
    fn crds_come_as_they_are_and_before_those_of_subcharts() {
        let given = [
            (
                "Chart.yaml",
                "dependencies: [{name: db, version: 1.x, condition: db.use}]\n",
            ),
            ("crds/z.yaml", "{{ not a template\n"),
            ("crds/a.json", "{}"),
            ("crds/README.md", "not a crd\n"),
            ("db/crds/b.yml", "b: 1\n"),
        ];
        let paths = |user: &str| {
            let (rendered, _) = rendered(&given, user).unwrap();
            let crds = rendered.crds.into_iter();
            let mut paths: Vec<String> = crds.map(|crds| crds.path).collect();
            // The files of one chart come in the order in which they were read.
            paths[..2].sort();
            paths
        };
        let own = ["web/crds/a.json", "web/crds/z.yaml"];
        assert_eq!(paths("db: {use: false}"), own);
        assert_eq!(
            paths("db: {use: true}"),
            [own[0], own[1], "web/charts/db/crds/b.yml"]
        );
    }

    #[test]
    fn the_text_is_that_of_helm_template() {
        let given = [
            ("crds/a.yaml", "kind: CRD\n"),
            (
                "templates/a.yaml",
                "kind: Deployment\nup: {{ .Release.IsUpgrade }}\n---\nkind: Service\n\n",
            ),
            (
                "templates/hook.yaml",
                "kind: Job\nmetadata: {annotations: {helm.sh/hook: post-install}}\n",
            ),
            ("templates/NOTES.txt", "notes: [\n"),
        ];
        let (rendered, run) = rendered(&given, "").unwrap();
        assert!(!run.seeded());
        let crds = "---\n# Source: web/crds/a.yaml\nkind: CRD\n\n";
        let plain = "---\n# Source: web/templates/a.yaml\nkind: Service\n---\n# Source: web/templates/a.yaml\n\
                     kind: Deployment\nup: true\n";
        let hooks = "---\n# Source: web/templates/hook.yaml\nkind: Job\nmetadata: {annotations: {helm.sh/hook: post-install}}\n";
        let text = |crds: bool, hooks: bool| {
            let text = rendered.text(crds, hooks);
            let lines = text.lines().filter(|line| !line.is_empty());
            lines.map(|line| format!("{line}\n")).collect::<String>()
        };
        assert_eq!(text(false, false), plain);
        assert_eq!(text(false, true), format!("{plain}{hooks}"));
        assert_eq!(
            text(true, true),
            format!("{}{plain}{hooks}", crds.trim_end().to_owned() + "\n")
        );
    }

    #[test]
    fn what_is_random_is_not_quoted_when_it_is_no_yaml() {
        let refused = |text: &str| match rendered(&[("templates/a.yaml", text)], "") {
            Err(RenderError::Manifest { line, text, .. }) => (line, text),
            other => panic!("{:?}", other.err()),
        };
        assert_eq!(refused("a: [b\n"), (Some(1), Some("a: [b".to_owned())));
        assert_eq!(refused("a: [{{ randAlpha 9 }}\n"), (Some(1), None));
    }
}
