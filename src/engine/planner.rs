//! A plan made: every cluster looked at, side by side.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::apply::Targets;
use crate::diag::Diagnostic;
use crate::model::{ClusterName, LayerName, ProfileKind, Waiting};
use crate::plan::{
    Approval, ApprovalKind, Base, ClusterAction, ClusterPlan, Desired, DesiredLayer, DesiredObject,
    LayerPlan, Plan, PlanError, PlannedBlob, Purpose, Reason, Rendering, Subject, Texts, Verdict,
    delete_limit, judge, places, plan_cluster,
};
use crate::render::Context;
use crate::state::{ClusterRecord, Mode, RevisionId, Snapshot, Store};
use crate::target::{Target, TargetError};
use crate::yaml;

use super::chosen::chosen;
use super::desired::{DesiredError, Maker};
use super::editions::check_editions;
use super::error::EngineError;
use super::look::{is_intact, sight};
use super::problems::Problems;
use super::seeds::{self, Seeds};
use super::selection::Selection;
use super::subjects::Candidate;
use super::targets::OpenTargets;
use super::texts::StoredTexts;
use super::workspace::Workspace;

/// How targets are looked at before a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refresh {
    /// As closely as is cheap: what looks as we left it is taken as unchanged.
    #[default]
    Auto,
    /// Everything is read.
    All,
    /// Not at all: the state is believed.
    None,
}

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Want {
    /// What the documents say.
    #[default]
    Documents,
    /// Nothing: everything that we made goes.
    Nothing,
    /// What a cluster was after a revision.
    Revision {
        /// The cluster.
        cluster: ClusterName,
        /// The revision.
        to: RevisionId,
    },
}

/// What a plan is asked for.
#[derive(Clone, Debug, Default)]
pub struct PlanRequest {
    /// What is wanted.
    pub want: Want,
    /// For which clusters and layers.
    pub selection: Selection,
    /// How targets are looked at.
    pub refresh: Refresh,
    /// Whether objects that are not ours are taken over.
    pub adopt: bool,
    /// Layers that get other random values.
    pub rotate: Vec<LayerName>,
    /// How many clusters are looked at at the same time; 0 for as many as the machine bears.
    pub parallelism: usize,
}

impl PlanRequest {
    /// Whether it asks for everything, in the usual way.
    pub fn is_plain(&self) -> bool {
        self.selection.is_all()
            && self.refresh == Refresh::Auto
            && !self.adopt
            && self.rotate.is_empty()
    }
}

/// A plan, and what it was made from.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The state that it was made for.
    pub snapshot: Arc<Snapshot>,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
    /// Clusters whose targets cannot be looked at; they are not in the plan.
    pub left_out: Vec<LeftOut>,
}

/// A cluster that could not be planned.
#[derive(Debug)]
pub struct LeftOut {
    /// The cluster.
    pub cluster: ClusterName,
    /// Why its target cannot be looked at.
    pub why: TargetError,
}

/// Everything that the work on one cluster shares with the others.
struct Shared {
    workspace: Arc<Workspace>,
    texts: StoredTexts,
    targets: OpenTargets,
    request: PlanRequest,
    rolled_back: Option<(ClusterName, ClusterRecord)>,
    /// When seeds are made: one moment for the whole plan.
    now: Timestamp,
}

/// What came of one cluster.
#[derive(Default)]
struct Found {
    plan: Option<ClusterPlan>,
    verdict: Verdict,
    layers: usize,
    /// Layers that get other random values.
    rotated: Vec<LayerName>,
    warnings: Vec<Diagnostic>,
}

/// Makes a plan. Reads one snapshot of the state and needs no lock.
///
/// # Errors
/// When anything that the user wrote is wrong, or the state cannot be read. A cluster whose target cannot be looked at
/// is left out, and the others go on.
pub async fn plan(
    workspace: &Arc<Workspace>,
    request: PlanRequest,
) -> Result<Planned, EngineError> {
    let mut store = workspace.project.store(Mode::Read, &workspace.key)?;
    let snapshot = Arc::new(store.snapshot()?);
    if request.want == Want::Documents {
        check_editions(workspace, &snapshot)?;
    }
    let rolled_back = match &request.want {
        Want::Revision { cluster, to } => {
            let gone = || EngineError::NoRevision {
                cluster: cluster.clone(),
                revision: *to,
            };
            // A state at a revision that is still to come would be what is there now.
            if !store.revisions()?.iter().any(|known| known.id == *to) {
                return Err(gone());
            }
            Some((
                cluster.clone(),
                store.cluster_at(cluster, *to)?.ok_or_else(gone)?,
            ))
        }
        Want::Documents | Want::Nothing => None,
    };
    let purpose = match &request.want {
        Want::Documents => Purpose::Apply,
        Want::Nothing => Purpose::Destroy,
        Want::Revision { cluster, to } => Purpose::Rollback {
            cluster: cluster.clone(),
            to: *to,
        },
    };
    let base = Base {
        project: workspace.project_uid(),
        lineage: snapshot.lineage,
        serial: snapshot.serial,
    };
    let clusters = chosen(workspace, &snapshot, &request)?;
    seeds::check_there(workspace, &clusters, &request)?;
    let clusters_total = clusters.len();
    let shared = Arc::new(Shared {
        workspace: Arc::clone(workspace),
        texts: StoredTexts::new(Box::new(store)),
        targets: OpenTargets::new(
            workspace.root().to_owned(),
            workspace.key.clone(),
            workspace.project_uid(),
        ),
        request,
        rolled_back,
        now: seeds::now(),
    });
    let (found, left_out) = look_at_all(&shared, &snapshot, clusters).await?;
    if left_out.is_empty() {
        let rotated: Vec<&LayerName> = found.iter().flat_map(|one| &one.rotated).collect();
        seeds::check_rotated(&shared.request.rotate, &rotated)?;
    }
    let mut plan = Plan {
        base,
        purpose,
        clusters: Vec::new(),
        clusters_total: clusters_total - left_out.len(),
        layers_total: 0,
        approvals: Vec::new(),
        refusals: Vec::new(),
        warnings: Vec::new(),
    };
    let mut warnings = Vec::new();
    for one in found {
        plan.layers_total += one.layers;
        plan.approvals.extend(one.verdict.approvals);
        plan.refusals.extend(one.verdict.refusals);
        plan.clusters.extend(one.plan);
        for warning in one.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    if plan.purpose != Purpose::Destroy {
        plan.approvals.extend(delete_limit(
            &plan.clusters,
            workspace.project.documents.project.delete_limit,
        ));
    }
    let told = warnings.iter().map(|warning| warning.summary.clone());
    let missing = left_out.iter().map(|one| {
        let (cluster, why) = (&one.cluster, &one.why);
        format!("cluster {cluster} is left out: {why}")
    });
    plan.warnings = told.chain(missing).collect();
    Ok(Planned {
        plan,
        snapshot,
        warnings,
        left_out,
    })
}

/// The positions of clusters that go to another target, and of what they leave at the old one.
fn pairs(clusters: &[Candidate]) -> Vec<(usize, usize)> {
    let retired = |candidate: &Candidate| match &candidate.action {
        Some(ClusterAction::Retarget { retired, .. }) => {
            clusters.iter().position(|other| other.name == *retired)
        }
        _ => None,
    };
    let new = clusters.iter().enumerate();
    new.filter_map(|(at, candidate)| Some((at, retired(candidate)?)))
        .collect()
}

async fn look_at_all(
    shared: &Arc<Shared>,
    snapshot: &Arc<Snapshot>,
    clusters: Vec<Candidate>,
) -> Result<(Vec<Found>, Vec<LeftOut>), EngineError> {
    let permits = match shared.request.parallelism {
        0 => std::thread::available_parallelism().map_or(4, |cores| cores.get() * 8),
        parallelism => parallelism,
    };
    let permits = Arc::new(Semaphore::new(permits));
    let names: Vec<ClusterName> = clusters
        .iter()
        .map(|cluster| cluster.name.clone())
        .collect();
    let mut found: Vec<Option<Found>> = std::iter::repeat_with(|| None)
        .take(clusters.len())
        .collect();
    let pairs = pairs(&clusters);
    let mut tasks = JoinSet::new();
    for (at, cluster) in clusters.into_iter().enumerate() {
        let permit = Arc::clone(&permits)
            .acquire_owned()
            .await
            .expect("nobody closes the semaphore");
        let (shared, snapshot) = (Arc::clone(shared), Arc::clone(snapshot));
        tasks.spawn(async move {
            let result = look_at(&shared, &snapshot, &cluster).await;
            drop(permit);
            (at, result)
        });
    }
    let mut problems = Problems::default();
    let mut failed = Vec::new();
    let mut left_out = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        let (at, result) = ended.expect("planning a cluster does not panic");
        match result {
            Ok(one) => found[at] = Some(one),
            Err(EngineError::Documents(documents)) => failed.push((at, documents)),
            Err(EngineError::Target { cluster, source }) => {
                left_out.push(LeftOut {
                    cluster,
                    why: source,
                });
            }
            Err(other) => return Err(other),
        }
    }
    // A cluster goes to another target as a whole, or not at all.
    for (new, old) in pairs {
        if found[new].is_none() || found[old].is_none() {
            (found[new], found[old]) = (None, None);
        }
    }
    failed.sort_by_key(|(at, _)| *at);
    failed
        .into_iter()
        .for_each(|(at, documents)| problems.add(&names[at], documents));
    let problems = problems.finish();
    if problems.is_empty() {
        left_out.sort_by(|a, b| a.cluster.cmp(&b.cluster));
        Ok((found.into_iter().flatten().collect(), left_out))
    } else {
        Err(EngineError::Documents(problems))
    }
}

async fn look_at(
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
            let outcome = documents_want(shared, &*target, cluster, (stack, prior, seeds))?;
            found.warnings = outcome.warnings;
            found.layers = outcome.desired.layers.len();
            found.rotated = outcome.rotated;
            if outcome.unchanged
                && let Some(prior) = prior.filter(|prior| is_quiet(prior, cluster))
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
    let (sight, index_intact) = sight(shared.request.refresh, &*target, known, prior)
        .await
        .map_err(in_target)?;
    let subject = Subject {
        cluster: &cluster.name,
        uid: cluster.uid,
        target: &cluster.target,
        delete_when_removed: cluster.delete_when_removed,
        action: cluster.action.clone(),
        prior,
        desired: desired.as_ref(),
        gone,
        sight: &sight,
        index_drifted: prior.is_some() && !index_intact,
        adopt: shared.request.adopt,
    };
    found.plan = plan_cluster(&subject, &shared.texts, &shared.workspace.key)?;
    if let Some(plan) = &mut found.plan {
        found.verdict = judge(plan, prior, desired.as_ref());
        found
            .verdict
            .approvals
            .extend(detached(shared, cluster, plan, prior));
    }
    Ok(found)
}

fn documents_want(
    shared: &Shared,
    target: &dyn Target,
    cluster: &Candidate,
    (stack, prior, seeds): (usize, Option<&ClusterRecord>, &Seeds),
) -> Result<super::desired::Outcome, EngineError> {
    let workspace = &*shared.workspace;
    let stack = &workspace.stacks[stack];
    let prepared = workspace.prepared(stack).map_err(EngineError::Documents)?;
    let project = &workspace.project.documents.project;
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
        wanted: &|layer: &LayerName| shared.request.selection.has_layer(layer),
    };
    maker.make().map_err(|error| match error {
        DesiredError::Documents(problems) => EngineError::Documents(problems),
        DesiredError::State(error) => EngineError::State(error),
        DesiredError::Target(refused) => {
            let problem = Diagnostic::error(refused.to_string()).at(stack.cluster.span);
            EngineError::Documents(vec![problem])
        }
    })
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
    }
}

/// What a cluster was, as what it should be.
fn as_it_was(record: &ClusterRecord, texts: &dyn Texts) -> Result<Desired, PlanError> {
    let mut known: Vec<_> = record.layers.iter().collect();
    known.sort_by_key(|(_, layer)| layer.position);
    let positions: HashMap<&LayerName, usize> = known
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (*name, at))
        .collect();
    let mut desired = Desired::default();
    for (at, (name, layer)) in known.iter().enumerate() {
        desired.edges.extend(
            layer
                .depends_on
                .iter()
                .filter_map(|needed| positions.get(needed).copied())
                // Layers that were applied at different times may name each other.
                .filter(|needed| *needed < at)
                .map(|needed| (needed, at)),
        );
        let blob = |digest| {
            texts.text(digest).map(|text| PlannedBlob {
                digest: *digest,
                text,
            })
        };
        let mut objects = Vec::with_capacity(layer.objects.len());
        for object in &layer.objects {
            let blob = blob(&object.blob)?;
            let parsed = yaml::parse(&blob.text).ok().and_then(|mut all| all.pop());
            let real = Arc::new(parsed.ok_or(PlanError::Damaged {
                digest: object.blob,
            })?);
            let (key, masked) = (object.key.clone(), object.masked);
            objects.push(DesiredObject {
                key,
                hook: object.hook,
                keep: object.keep,
                masked,
                blob,
                content: object.content,
                real,
            });
        }
        desired.layers.push(DesiredLayer {
            layer: (*name).clone(),
            category: layer.category.clone(),
            content: layer.content.clone(),
            profile: layer.profile.clone(),
            fingerprint: layer.fingerprint.unwrap_or(layer.values),
            depends_on: layer.depends_on.clone(),
            waiting: Waiting::default(),
            ignore_fields: layer.ignore_fields.clone().into(),
            renamed_from: None,
            seed: None,
            rotated: false,
            rendering: Rendering::Rendered {
                values: blob(&layer.values)?,
                objects,
            },
        });
    }
    Ok(desired)
}

/// Profiles whose layers go because their selector no longer matches the cluster.
fn detached(
    shared: &Shared,
    cluster: &Candidate,
    plan: &ClusterPlan,
    prior: Option<&ClusterRecord>,
) -> Vec<Approval> {
    let (Some(stack), Some(prior)) = (cluster.stack, prior) else {
        return Vec::new();
    };
    let stack = &shared.workspace.stacks[stack];
    let gone = |layer: &&LayerPlan| {
        layer.record.is_none() && layer.reasons.contains(&Reason::RemovedFromProfile)
    };
    let mut profiles: Vec<&str> = plan
        .layers
        .iter()
        .filter(gone)
        .filter_map(|layer| Some(&*prior.layers.get(&layer.layer)?.profile.name))
        .collect();
    profiles.sort_unstable();
    profiles.dedup();
    let selects = |name: &str| {
        let mut all = shared.workspace.project.documents.profiles.iter();
        all.any(|profile| {
            profile.kind == ProfileKind::AddOn
                && profile.name.as_str() == name
                && profile.cluster_selector.is_some()
        })
    };
    let attached = |name: &str| {
        stack
            .layers
            .iter()
            .any(|layer| layer.profile.name.as_str() == name)
    };
    let approval = |profile: &str| Approval {
        cluster: cluster.name.clone(),
        layer: None,
        kind: ApprovalKind::Detached {
            profile: profile.to_owned(),
        },
    };
    profiles
        .into_iter()
        .filter(|name| selects(name) && !attached(name))
        .map(approval)
        .collect()
}
