//! One cluster planned: documents, state and target brought together.

use std::sync::Arc;

use jiff::Timestamp;

use crate::apply::Targets;
use crate::diag::{Diagnostic, causes};
use crate::model::{ClusterName, LayerName, Stack};
use crate::plan::{
    ClusterAction, ClusterPlan, Desired, Lens, Reason, Subject, Verdict, drift, force_conflicts,
    judge, places, plan_cluster, questions, rehearsed,
};
use crate::render::Context;
use crate::state::{ClusterRecord, Sighting, Snapshot};
use crate::target::{Operation, Rehearsal, Target, unmarked};
use crate::yaml::Value;

use super::capabilities::{self, Facts, on_server};
use super::desired::{DesiredError, Maker, Outcome};
use super::detached::detached;
use super::error::EngineError;
use super::look::{Look, is_intact, look};
use super::oracle::{Oracle, ROUNDS};
use super::past::as_it_was;
use super::planner::{LeftOut, PlanRequest, Refresh, Want};
use super::refresh::Freshness;
use super::seeds::{self, Seeds};
use super::sightings::seen_now;
use super::subjects::Candidate;
use super::targets::OpenTargets;
use super::texts::StoredTexts;
use super::workspace::Workspace;

/// Everything that the work on one cluster shares with the others.
pub(super) struct Shared {
    pub workspace: Arc<Workspace>,
    pub texts: StoredTexts,
    pub targets: OpenTargets,
    pub request: PlanRequest,
    pub rolled_back: Option<(ClusterName, ClusterRecord)>,
    /// Our field manager on servers.
    pub manager: String,
    /// Which servers are looked at.
    pub freshness: Freshness,
    /// When seeds are made: one moment for the whole plan.
    pub now: Timestamp,
}

/// What came of one cluster.
#[derive(Default)]
pub(super) struct Found {
    pub plan: Option<ClusterPlan>,
    pub verdict: Verdict,
    pub layers: usize,
    /// Layers that get other random values.
    pub rotated: Vec<LayerName>,
    pub warnings: Vec<Diagnostic>,
    /// Why its server could not be looked at, if it could not.
    pub unverified: Option<LeftOut>,
    /// What was found on its server.
    pub sighting: Option<(ClusterName, Sighting)>,
}

/// Plans one cluster.
///
/// # Errors
/// When anything that the user wrote is wrong, the state is damaged, or its folder cannot be looked at.
pub(super) async fn look_at(
    shared: &Shared,
    snapshot: &Snapshot,
    cluster: &Candidate,
) -> Result<Found, EngineError> {
    let prior = cluster
        .known_as
        .as_ref()
        .and_then(|name| snapshot.clusters.get(name));
    let in_target = |source| EngineError::Target {
        cluster: cluster.name.clone(),
        source,
    };
    let target = shared
        .targets
        .open(&cluster.target, &cluster.name, cluster.uid)
        .map_err(in_target)?;
    let mut found = Found::default();
    if cluster.action == Some(ClusterAction::Forget) {
        found.plan = Some(forgotten(cluster));
        return Ok(found);
    }
    let mut quiet = false;
    let (desired, gone) = match (&shared.rolled_back, cluster.stack) {
        (Some((_, record)), _) => {
            let to = if let Want::Revision { to, .. } = shared.request.want {
                to
            } else {
                0
            };
            (
                Some(as_it_was(record, &shared.texts)?),
                Reason::RolledBack { to },
            )
        }
        (None, Some(stack)) => {
            let seeds = seeds::known(snapshot, cluster);
            let parts = (stack, prior, seeds);
            let outcome = desired(shared, &*target, cluster, parts).await?;
            found.warnings = outcome.warnings;
            found.layers = outcome.desired.layers.len();
            found.rotated = outcome.rotated;
            quiet = outcome.unchanged && prior.is_some_and(|prior| is_quiet(prior, cluster));
            if quiet
                && !cluster.target.is_server()
                && let Some(prior) = prior
                && is_intact(shared.request.refresh, prior, &*target)
                    .await
                    .map_err(in_target)?
            {
                return Ok(found);
            }
            (Some(outcome.desired), Reason::ClusterRemoved)
        }
        (None, None) => {
            let retired = cluster.known_as.as_ref() != Some(&cluster.name);
            let reason = match shared.request.want {
                Want::Nothing => Reason::Destroyed,
                _ if retired => Reason::Retargeted,
                _ => Reason::ClusterRemoved,
            };
            found.layers = prior.map_or(0, |prior| prior.layers.len());
            (None, reason)
        }
    };
    let known = places(prior, desired.as_ref(), &cluster.target);
    let how = shared.freshness.of(cluster, prior, quiet);
    let mut look = look(how, &*target, (&cluster.target, known, prior))
        .await
        .map_err(in_target)?;
    let lens = Lens {
        texts: &shared.texts,
        key: &shared.workspace.key,
        manager: &shared.manager,
    };
    let drifted = match prior {
        Some(prior) if cluster.target.is_server() => drift(prior, &look.sight, &lens)?.len(),
        _ => 0,
    };
    found.unverified = look.take_unverified(&cluster.name);
    if look.is_first_hand && found.unverified.is_none() {
        found.sighting = sighting(shared, cluster, &*target, drifted).await;
    }
    if quiet && cluster.target.is_server() && drifted == 0 {
        return Ok(found);
    }
    let subject = Subject {
        cluster: &cluster.name,
        uid: cluster.uid,
        target: &cluster.target,
        delete_when_removed: cluster.delete_when_removed,
        action: cluster.action.clone(),
        prior,
        desired: desired.as_ref(),
        gone,
        sight: &look.sight,
        index_drifted: prior.is_some() && !look.index_intact,
        adopt: shared.request.adopt,
        manager: &shared.manager,
    };
    found.plan = plan_cluster(&subject, &shared.texts, &shared.workspace.key)?;
    if let Some(plan) = found.plan.take() {
        let asked = (&*target, &look, prior, desired.as_ref());
        found.plan = rehearse(shared, plan, asked, &mut found.unverified).await;
    }
    if let Some(plan) = &mut found.plan {
        found.verdict = judge(plan, prior, desired.as_ref());
        found
            .verdict
            .approvals
            .extend(detached(&shared.workspace, cluster, plan, prior));
    }
    Ok(found)
}

/// Asks a cluster's server what a plan would come to there, and sets it right by the answers; nothing when nothing is left
/// to do.
async fn rehearse(
    shared: &Shared,
    mut plan: ClusterPlan,
    (target, look, prior, desired): (&dyn Target, &Look, Option<&ClusterRecord>, Option<&Desired>),
    unverified: &mut Option<LeftOut>,
) -> Option<ClusterPlan> {
    let key = &shared.workspace.key;
    let cluster = plan.cluster.clone();
    if plan.target.is_server() && look.is_first_hand && unverified.is_none() {
        let questions = questions(&plan, desired, key);
        let operations: Vec<Operation> = questions
            .iter()
            .map(|question| question.operation.clone())
            .collect();
        if !operations.is_empty() {
            match target.rehearse(operations).await {
                Ok(mut answers) => {
                    if shared.request.unmarked {
                        answers.iter_mut().for_each(without_marks);
                    }
                    let known = (&look.sight, prior);
                    plan = rehearsed(plan, &questions, answers, known, key)?;
                }
                Err(why) => *unverified = Some(LeftOut { cluster, why }),
            }
        }
    }
    plan.unverified = unverified
        .as_ref()
        .map(|left_out| causes(&left_out.why).join(": "));
    if shared.request.force_conflicts {
        force_conflicts(&mut plan);
    }
    Some(plan)
}

/// An answer as if our marks were not written, and nobody minded: servers compare what two field managers say letter by
/// letter, and `1Gi` is not `1024Mi` to them.
fn without_marks(answer: &mut Rehearsal) {
    if let Rehearsal::Fine { after: Some(after) }
    | Rehearsal::Contested {
        after: Some(after), ..
    } = answer
    {
        let after = Some(Arc::new(unmarked(Value::clone(after))));
        *answer = Rehearsal::Fine { after };
    }
}

/// What was found on a cluster's server, to be remembered; nothing when only some of its layers were asked for, or when the
/// state does not know it.
async fn sighting(
    shared: &Shared,
    cluster: &Candidate,
    target: &dyn Target,
    drifted: usize,
) -> Option<(ClusterName, Sighting)> {
    let known_as = cluster.known_as.clone()?;
    if shared.request.selection.names_layers() {
        return None;
    }
    Some((known_as, seen_now(target, shared.now, drifted).await))
}

/// What the documents want on a cluster, for what its server can do: asked when it is looked at anyway, else as it was the
/// last time.
async fn desired(
    shared: &Shared,
    target: &dyn Target,
    cluster: &Candidate,
    parts: (usize, Option<&ClusterRecord>, &Seeds),
) -> Result<Outcome, EngineError> {
    let (stack, prior, _) = parts;
    let stack = &shared.workspace.stacks[stack];
    if !cluster.target.is_server() {
        return documents_want(shared, target, cluster, parts, None).await;
    }
    let looked_at = |quiet| shared.freshness.of(cluster, prior, quiet) != Refresh::None;
    let remembered = capabilities::remembered(prior, stack);
    let mut facts = remembered.clone();
    if looked_at(true) {
        facts = capabilities::asked(target, stack).await.or(facts);
    }
    let mut outcome = documents_want(shared, target, cluster, parts, facts.as_ref()).await?;
    // Where there turns out to be something to do, it is looked at after all.
    if !facts.as_ref().is_some_and(|facts| facts.is_first_hand)
        && looked_at(outcome.unchanged)
        && let Some(asked) = capabilities::asked(target, stack).await
    {
        let other = remembered.is_none_or(|known| known.capabilities != asked.capabilities);
        if other || looks_up(&shared.workspace, stack) {
            outcome = documents_want(shared, target, cluster, parts, Some(&asked)).await?;
        }
        facts = Some(asked);
    }
    let warning = facts
        .as_ref()
        .and_then(|facts| capabilities::other_version(stack, facts));
    outcome.warnings.extend(warning);
    Ok(outcome)
}

/// What the documents want, with what templates look up on the cluster's server. A layer that is as the state knows it looks
/// it up anew when the server was just asked for its capabilities.
async fn documents_want(
    shared: &Shared,
    target: &dyn Target,
    cluster: &Candidate,
    (stack, prior, seeds): (usize, Option<&ClusterRecord>, &Seeds),
    facts: Option<&Facts>,
) -> Result<Outcome, EngineError> {
    let workspace = &*shared.workspace;
    let capabilities = facts.map(|facts| &facts.capabilities);
    let stack = &*on_server(&workspace.stacks[stack], capabilities);
    let prepared = workspace.prepared(stack).map_err(EngineError::Documents)?;
    let project = &workspace.project.documents.project;
    let wanted = |layer: &LayerName| shared.request.selection.has_layer(layer);
    let mut oracle = Oracle::new(facts.is_some_and(|facts| facts.is_first_hand));
    for _ in 0..ROUNDS {
        let maker = Maker {
            workspace,
            stack,
            prepared: &prepared,
            cx: Context::new(
                stack,
                &prepared,
                project,
                workspace.project_uid(),
                cluster.uid,
            ),
            prior,
            seeds,
            rotate: &shared.request.rotate,
            now: shared.now,
            texts: &shared.texts,
            target,
            oracle: cluster.target.is_server().then_some(&oracle),
            wanted: &wanted,
        };
        let questions = match maker.make() {
            Ok(mut outcome) => {
                outcome.desired.capabilities = capabilities.cloned();
                return Ok(outcome);
            }
            Err(DesiredError::LooksUp(questions)) => questions,
            Err(DesiredError::Documents(problems)) => return Err(EngineError::Documents(problems)),
            Err(DesiredError::State(error)) => return Err(EngineError::State(error)),
            Err(DesiredError::Target(refused)) => {
                let problem = Diagnostic::error(refused.to_string()).at(stack.cluster.span);
                return Err(EngineError::Documents(vec![problem]));
            }
        };
        let asked = oracle.ask(target, questions).await;
        asked.map_err(|source| EngineError::Target {
            cluster: cluster.name.clone(),
            source,
        })?;
    }
    let summary = format!(
        "the templates of cluster `{}` look up something else each time they are rendered",
        cluster.name
    );
    let problem = Diagnostic::error(summary).at(stack.cluster.span);
    Err(EngineError::Documents(vec![problem]))
}

/// Whether templates of a stack may look something up on a server.
fn looks_up(workspace: &Workspace, stack: &Stack) -> bool {
    let prepared = workspace.prepared(stack).unwrap_or_default();
    let mut layers = prepared.iter();
    layers.any(|layer| layer.may_look_up().unwrap_or_default())
}

/// Whether nothing but the target could make a difference.
fn is_quiet(prior: &ClusterRecord, cluster: &Candidate) -> bool {
    prior.in_flight.is_empty()
        && cluster.action.is_none()
        && prior.target == cluster.target
        && prior.delete_when_removed == cluster.delete_when_removed
}

fn forgotten(cluster: &Candidate) -> ClusterPlan {
    ClusterPlan {
        cluster: cluster.name.clone(),
        action: ClusterAction::Forget,
        uid: cluster.uid,
        target: cluster.target.clone(),
        delete_when_removed: cluster.delete_when_removed,
        layers: Vec::new(),
        edges: Vec::new(),
        order: Vec::new(),
        index_drifted: false,
        capabilities: None,
        unverified: None,
    }
}
