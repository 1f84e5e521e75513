//! The charts of a layer, rendered into documents.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::model::{HookEvent, StackLayer};
use crate::yaml::Value;

use super::chance::Chance;
use super::chart::{self, Crds, Manifest, RenderError, SharedChart, resolve};
use super::context::Context;
use super::objects::Document;
use super::prepared::Prepared;
use super::release::Release;
use super::template::{Limits, Memo};

/// What the charts of a layer render to.
#[derive(Default)]
pub struct Charted {
    /// The documents, those of `crds/` first.
    pub documents: Vec<Document>,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
    /// The random values of the charts that have some.
    pub memos: Vec<Memo>,
}

/// Renders the charts of a layer with the layer's values. When these are `sensitive`, messages do not quote what was
/// rendered.
///
/// # Errors
/// Values that do not fit a chart, templates that fail, and what they print if it is no object.
pub fn charts(
    prepared: &Prepared,
    values: &Value,
    cx: &Context<'_>,
    namespace: &str,
    sensitive: bool,
    chance: &Chance,
) -> Result<Charted, Vec<Diagnostic>> {
    let mut charted = Charted::default();
    let mut problems = Vec::new();
    for release in prepared.releases().map_err(<[Diagnostic]>::to_vec)? {
        let one = One {
            prepared,
            cx,
            release,
            shared: &release.shared,
            sensitive,
            limits: prepared.limits(),
        };
        let rendered = one.render(values, namespace, chance);
        match rendered.and_then(|(rendered, memo)| {
            charted.memos.extend(memo);
            one.documents(rendered, &mut charted)
        }) {
            Ok(()) => {}
            Err(problem) => problems.push(one.told(*problem)),
        }
    }
    if problems.is_empty() {
        Ok(charted)
    } else {
        Err(problems)
    }
}

struct One<'a> {
    prepared: &'a Prepared,
    cx: &'a Context<'a>,
    release: &'a Release,
    shared: &'a SharedChart,
    sensitive: bool,
    limits: Limits,
}

impl One<'_> {
    fn layer(&self) -> &StackLayer {
        self.prepared.layer()
    }

    /// A problem as it may be told: charts put values into messages, and tell nothing of the layer.
    fn told(&self, mut problem: Diagnostic) -> Diagnostic {
        let masked = |text: &str| self.cx.masked(self.prepared, text);
        problem.summary = masked(&problem.summary);
        problem.help = problem.help.as_deref().map(masked);
        let layer = format!("in layer `{}`", self.layer().name);
        problem.detail = Some(match &problem.detail {
            Some(detail) => format!("{}; {layer}", masked(detail)),
            None => layer,
        });
        problem
    }

    fn render(
        &self,
        values: &Value,
        namespace: &str,
        chance: &Chance,
    ) -> Result<(chart::Rendered, Option<Memo>), Box<Diagnostic>> {
        let name = self.release.name(self.layer(), values)?;
        let user = self.release.values(values);
        let capabilities = &self.cx.stack().capabilities;
        let kube_version = capabilities.kube_version.as_str();
        let values_path = self.release.values_path();
        let options = chart::Options::default();
        let resolved = resolve(&self.shared.chart, &user, kube_version, options);
        let resolved = resolved.map_err(|error| {
            let problem = self.shared.refusal(&error, &values_path);
            Box::new(problem.at(self.layer().span))
        })?;
        let release = chart::Release {
            name: &name,
            namespace,
            is_upgrade: false,
            capabilities,
        };
        let start = |set| chance.run(set, self.limits, self.cx);
        let rendered = chart::render(&resolved, &release, &self.shared.templates, start);
        let (rendered, run) = rendered.map_err(|mut error| {
            if let (RenderError::Manifest { text, .. }, true) = (&mut error, self.sensitive) {
                *text = None;
            }
            Box::new(self.shared.diagnose(&error, &resolved, &values_path))
        })?;
        Ok((rendered, run.into_memo()))
    }

    fn problem(&self, what: &str) -> Box<Diagnostic> {
        let chart = &self.shared.chart.metadata.name;
        let summary = format!("chart `{chart}`: {what}");
        Box::new(Diagnostic::error(summary).at(self.layer().span))
    }

    fn documents(
        &self,
        rendered: chart::Rendered,
        charted: &mut Charted,
    ) -> Result<(), Box<Diagnostic>> {
        let crds = rendered.crds.iter().filter(|_| !self.release.skip_crds);
        for crds in crds {
            self.crds(crds, charted)?;
        }
        for (path, word) in rendered.manifests.unknown {
            let summary =
                format!("`{path}` is left out: a hook for `{word}`, which Helm does not know");
            let warning = Diagnostic::warning(summary).at(self.layer().span);
            charted.warnings.push(warning);
        }
        let manifests = rendered.manifests.plain.into_iter();
        let all = manifests.chain(rendered.manifests.hooks);
        // What only `helm test` runs is no part of what a cluster should be.
        let wanted = all.filter(|one| !is_test(one));
        charted.documents.extend(wanted.map(|one| Document {
            origin: one.path,
            span: self.layer().span,
            content: one.content,
            in_crds: false,
        }));
        Ok(())
    }

    fn crds(&self, crds: &Crds, charted: &mut Charted) -> Result<(), Box<Diagnostic>> {
        let documents = self
            .shared
            .crds(crds)
            .map_err(|error| self.problem(&format!("`{}`: {error}", crds.path)))?;
        let origin: Arc<str> = crds.path.as_str().into();
        charted
            .documents
            .extend(documents.iter().map(|content| Document {
                origin: Arc::clone(&origin),
                span: self.layer().span,
                content: Arc::clone(content),
                in_crds: true,
            }));
        Ok(())
    }
}

fn is_test(manifest: &Manifest) -> bool {
    !manifest.hooks.is_empty() && manifest.hooks.iter().all(|event| *event == HookEvent::Test)
}
