//! One cluster planned: documents, state and target brought together.

use std::sync::Arc;

use jiff::Timestamp;

use crate::apply::Targets;
use crate::diag::{Diagnostic, causes};
use crate::model::{ClusterName, LayerName};
use crate::plan::{
    ClusterAction, ClusterPlan, Desired, Lens, Reason, Subject, Verdict, doubts, drift,
    force_conflicts, judge, places, plan_cluster, questions, rehearsed,
};
use crate::state::{ClusterRecord, Sighting, Snapshot};
use crate::target::{Operation, Rehearsal, Target, TargetError, unmarked};
use crate::yaml::Value;

use super::detached::detached;
use super::error::EngineError;
use super::look::{Look, is_intact, look};
use super::past::as_it_was;
use super::planner::{LeftOut, PlanRequest, Want};
use super::refresh::Freshness;
use super::seeds::{self, Seeds};
use super::sightings::seen_now;
use super::subjects::Candidate;
use super::texts::StoredTexts;
use super::workspace::Workspace;

/// Everything that the work on one cluster shares with the others.
pub(super) struct Shared {
    pub workspace: Arc<Workspace>,
    pub texts: StoredTexts,
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
    if cluster.action == Some(ClusterAction::Forget) {
        return Ok(Found {
            plan: Some(forgotten(cluster)),
            ..Found::default()
        });
    }
    let known_as = cluster.known_as.as_ref();
    let target = shared
        .workspace
        .targets
        .open(&cluster.target, &cluster.name, cluster.uid);
    let target = target.map_err(|source| EngineError::Target {
        cluster: cluster.name.clone(),
        source,
    })?;
    let single = Single {
        shared,
        cluster,
        target: &*target,
        prior: known_as.and_then(|name| snapshot.clusters.get(name)),
        seeds: seeds::known(snapshot, cluster),
    };
    single.planned().await
}

/// One cluster that is planned.
pub(super) struct Single<'a> {
    pub shared: &'a Shared,
    pub cluster: &'a Candidate,
    pub target: &'a dyn Target,
    /// What the state knows of it.
    pub prior: Option<&'a ClusterRecord>,
    /// What the state knows of its random values.
    pub seeds: &'a Seeds,
}

/// What a cluster is to be.
struct Wanted {
    /// Nothing when it goes.
    desired: Option<Desired>,
    /// Why its layers go, when it goes.
    gone: Reason,
    /// Whether nothing but its target could make a difference.
    quiet: bool,
}

impl Single<'_> {
    /// What went wrong with the target as a whole.
    pub fn in_target(&self, source: TargetError) -> EngineError {
        EngineError::Target {
            cluster: self.cluster.name.clone(),
            source,
        }
    }

    async fn planned(&self) -> Result<Found, EngineError> {
        let (shared, cluster, prior) = (self.shared, self.cluster, self.prior);
        let is_server = cluster.target.is_server();
        let mut found = Found::default();
        let wanted = self.wanted(&mut found).await?;
        if wanted.quiet && !is_server && self.is_intact().await? {
            return Ok(found);
        }
        let desired = wanted.desired.as_ref();
        let known = places(prior, desired, &cluster.target);
        let how = shared.freshness.of(cluster, prior, wanted.quiet);
        let look = look(how, self.target, (&cluster.target, known, prior)).await;
        let mut look = look.map_err(|source| self.in_target(source))?;
        let lens = Lens {
            texts: &shared.texts,
            key: &shared.workspace.key,
            manager: &shared.manager,
        };
        let drifted = match prior {
            Some(prior) if is_server => drift(prior, &look.sight, &lens)?.len(),
            _ => 0,
        };
        found.unverified = look.take_unverified(&cluster.name);
        if look.is_first_hand && found.unverified.is_none() {
            found.sighting = self.sighting(drifted).await;
        }
        if wanted.quiet && is_server && drifted == 0 {
            return Ok(found);
        }
        let subject = Subject {
            cluster: &cluster.name,
            uid: cluster.uid,
            target: &cluster.target,
            delete_when_removed: cluster.delete_when_removed,
            action: cluster.action.clone(),
            prior,
            desired,
            gone: wanted.gone,
            sight: &look.sight,
            index_drifted: prior.is_some() && !look.index_intact,
            adopt: shared.request.adopt,
            manager: &shared.manager,
        };
        found.plan = plan_cluster(&subject, &shared.texts, &shared.workspace.key)?;
        if let Some(plan) = found.plan.take() {
            let unverified = &mut found.unverified;
            found.plan = self.rehearsed(plan, &look, desired, unverified).await;
        }
        if let Some(plan) = &mut found.plan {
            let doubts = doubts(plan).into_iter().map(|doubt| {
                let help = "apply asks again, once what is before it in the order is there";
                Diagnostic::warning(doubt).help(help)
            });
            found.warnings.extend(doubts);
            found.verdict = judge(plan, prior, desired);
            let detached = detached(&shared.workspace, cluster, plan, prior);
            found.verdict.approvals.extend(detached);
        }
        Ok(found)
    }

    /// What the cluster is to be.
    async fn wanted(&self, found: &mut Found) -> Result<Wanted, EngineError> {
        let request = &self.shared.request;
        if let Some((_, record)) = &self.shared.rolled_back {
            let to = match request.want {
                Want::Revision { to, .. } => to,
                Want::Documents | Want::Nothing => 0,
            };
            return Ok(Wanted {
                desired: Some(as_it_was(record, &self.shared.texts)?),
                gone: Reason::RolledBack { to },
                quiet: false,
            });
        }
        let Some(stack) = self.cluster.stack else {
            found.layers = self.prior.map_or(0, |prior| prior.layers.len());
            let retired = self.cluster.known_as.as_ref() != Some(&self.cluster.name);
            return Ok(Wanted {
                desired: None,
                gone: match request.want {
                    Want::Nothing => Reason::Destroyed,
                    _ if retired => Reason::Retargeted,
                    _ => Reason::ClusterRemoved,
                },
                quiet: false,
            });
        };
        let outcome = self.documents_want(stack).await?;
        found.warnings = outcome.warnings;
        found.layers = outcome.desired.layers.len();
        found.rotated = outcome.rotated;
        let is_quiet = |prior| is_quiet(prior, self.cluster);
        Ok(Wanted {
            desired: Some(outcome.desired),
            gone: Reason::ClusterRemoved,
            quiet: outcome.unchanged && self.prior.is_some_and(is_quiet),
        })
    }

    /// Whether its folder is as we left it.
    async fn is_intact(&self) -> Result<bool, EngineError> {
        let Some(prior) = self.prior else {
            return Ok(false);
        };
        let intact = is_intact(self.shared.request.refresh, prior, self.target).await;
        intact.map_err(|source| self.in_target(source))
    }

    /// Asks the server what a plan would come to there, and sets it right by the answers; nothing when nothing is left to do.
    async fn rehearsed(
        &self,
        mut plan: ClusterPlan,
        look: &Look,
        desired: Option<&Desired>,
        unverified: &mut Option<LeftOut>,
    ) -> Option<ClusterPlan> {
        let (request, key) = (&self.shared.request, &self.shared.workspace.key);
        if plan.target.is_server() && look.is_first_hand && unverified.is_none() {
            let questions = questions(&plan, desired, request.rehearse_new, key);
            let operations: Vec<Operation> = questions
                .iter()
                .map(|question| question.operation.clone())
                .collect();
            if !operations.is_empty() {
                match self.target.rehearse(operations).await {
                    Ok(mut answers) => {
                        if request.unmarked {
                            answers.iter_mut().for_each(without_marks);
                        }
                        let known = (&look.sight, self.prior);
                        plan = rehearsed(plan, &questions, answers, known, key)?;
                    }
                    Err(why) => {
                        let cluster = self.cluster.name.clone();
                        *unverified = Some(LeftOut { cluster, why });
                    }
                }
            }
        }
        plan.unverified = unverified
            .as_ref()
            .map(|left_out| causes(&left_out.why).join(": "));
        if request.force_conflicts {
            force_conflicts(&mut plan);
        }
        Some(plan)
    }

    /// What was found on the server, to be remembered; nothing when only some of the layers were asked for, or when the state
    /// does not know the cluster.
    async fn sighting(&self, drifted: usize) -> Option<(ClusterName, Sighting)> {
        let known_as = self.cluster.known_as.clone()?;
        if self.shared.request.selection.names_layers() {
            return None;
        }
        Some((
            known_as,
            seen_now(self.target, self.shared.now, drifted).await,
        ))
    }
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
