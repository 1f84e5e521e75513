//! What the documents want on a cluster, for what its server can do and for what is looked up there.

use crate::diag::Diagnostic;
use crate::model::{LayerName, Stack};
use crate::render::Context;

use super::capabilities::{self, Facts, on_server};
use super::desired::{DesiredError, Maker, Outcome};
use super::error::EngineError;
use super::oracle::{Oracle, ROUNDS};
use super::planner::Refresh;
use super::single::Single;
use super::workspace::Workspace;

impl Single<'_> {
    /// What the documents want. A server is asked what it can do when it is looked at anyway; else it can do what it could the
    /// last time.
    pub(super) async fn documents_want(&self, stack: usize) -> Result<Outcome, EngineError> {
        let workspace = &*self.shared.workspace;
        let stack = &workspace.stacks[stack];
        if !self.cluster.target.is_server() {
            return self.made(stack, None).await;
        }
        let freshness = &self.shared.freshness;
        let looked_at = |quiet| freshness.of(self.cluster, self.prior, quiet) != Refresh::None;
        let remembered = capabilities::remembered(self.prior, stack);
        let mut facts = remembered.clone();
        if looked_at(true) {
            facts = capabilities::asked(self.target, stack).await.or(facts);
        }
        let mut outcome = self.made(stack, facts.as_ref()).await?;
        // Where there turns out to be something to do, it is looked at after all.
        if !facts.as_ref().is_some_and(|facts| facts.is_first_hand)
            && looked_at(outcome.unchanged)
            && let Some(asked) = capabilities::asked(self.target, stack).await
        {
            let other = remembered.is_none_or(|known| known.capabilities != asked.capabilities);
            if other || looks_up(workspace, stack) {
                outcome = self.made(stack, Some(&asked)).await?;
            }
            facts = Some(asked);
        }
        let warning = facts
            .as_ref()
            .and_then(|facts| capabilities::other_version(stack, facts));
        outcome.warnings.extend(warning);
        Ok(outcome)
    }

    /// What the documents want, once everything is known that templates look up on the server. A layer that is as the state
    /// knows it looks it up anew when the server was just asked for its capabilities.
    async fn made(&self, stack: &Stack, facts: Option<&Facts>) -> Result<Outcome, EngineError> {
        let (shared, cluster) = (self.shared, self.cluster);
        let workspace = &*shared.workspace;
        let capabilities = facts.map(|facts| &facts.capabilities);
        let stack = &*on_server(stack, capabilities);
        let prepared = workspace.prepared(stack).map_err(EngineError::Documents)?;
        let project = &workspace.project.documents.project;
        let wanted = |layer: &LayerName| shared.request.selection.has_layer(layer);
        let mut oracle = Oracle::new(facts.is_some_and(|facts| facts.is_first_hand));
        for _ in 0..ROUNDS {
            let uids = (workspace.project_uid(), cluster.uid);
            let maker = Maker {
                workspace,
                stack,
                prepared: &prepared,
                cx: Context::new(stack, &prepared, project, uids.0, uids.1),
                prior: self.prior,
                seeds: self.seeds,
                rotate: &shared.request.rotate,
                now: shared.now,
                texts: &shared.texts,
                target: self.target,
                oracle: cluster.target.is_server().then_some(&oracle),
                wanted: &wanted,
            };
            let questions = match maker.make() {
                Ok(mut outcome) => {
                    outcome.desired.capabilities = capabilities.cloned();
                    return Ok(outcome);
                }
                Err(DesiredError::LooksUp(questions)) => questions,
                Err(DesiredError::Documents(found)) => return Err(EngineError::Documents(found)),
                Err(DesiredError::State(error)) => return Err(EngineError::State(error)),
                Err(DesiredError::Target(refused)) => {
                    let problem = Diagnostic::error(refused.to_string()).at(stack.cluster.span);
                    return Err(EngineError::Documents(vec![problem]));
                }
            };
            let asked = oracle.ask(self.target, questions).await;
            asked.map_err(|source| self.in_target(source))?;
        }
        let summary = format!(
            "the templates of cluster `{}` look up something else each time they are rendered",
            cluster.name
        );
        let problem = Diagnostic::error(summary).at(stack.cluster.span);
        Err(EngineError::Documents(vec![problem]))
    }
}

/// Whether templates of a stack may look something up on a server.
fn looks_up(workspace: &Workspace, stack: &Stack) -> bool {
    let prepared = workspace.prepared(stack).unwrap_or_default();
    let mut layers = prepared.iter();
    layers.any(|layer| layer.may_look_up().unwrap_or_default())
}
