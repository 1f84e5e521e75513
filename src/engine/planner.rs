//! A plan made: every cluster looked at, side by side.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::diag::Diagnostic;
use crate::model::{ClusterName, LayerName};
use crate::plan::{Base, ClusterAction, Plan, Purpose, delete_limit};
use crate::state::{Mode, RevisionId, Snapshot, Store};
use crate::target::{TargetError, field_manager};

use super::chosen::chosen;
use super::editions::check_editions;
use super::error::EngineError;
use super::problems::Problems;
use super::refresh::Freshness;
use super::seeds;
use super::selection::Selection;
use super::sightings::remember;
use super::single::{Found, Shared, look_at};
use super::subjects::Candidate;
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
    /// Whether what is taken over and is as it should be stays without our marks, so that nothing is changed.
    pub unmarked: bool,
    /// Whether fields that others own are taken over, also where nobody could ask the server beforehand.
    pub force_conflicts: bool,
    /// Whether servers are also asked about what is not there yet.
    pub rehearse_new: bool,
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
    /// Clusters whose servers could not be looked at, so that the state is believed.
    pub unverified: Vec<LeftOut>,
}

impl Planned {
    /// Whether every cluster was looked at as closely as was asked for.
    pub fn is_whole(&self) -> bool {
        self.left_out.is_empty() && self.unverified.is_empty()
    }
}

/// A cluster whose target cannot be looked at.
#[derive(Debug)]
pub struct LeftOut {
    /// The cluster.
    pub cluster: ClusterName,
    /// Why not.
    pub why: TargetError,
}

/// Makes a plan. Reads one snapshot of the state and needs no lock.
///
/// # Errors
/// When anything that the user wrote is wrong, or the state cannot be read. A cluster whose folder cannot be looked at
/// is left out; of one whose server cannot, what the state says is believed. The others go on.
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
    let servers = clusters
        .iter()
        .filter(|cluster| cluster.target.is_server())
        .count();
    let now = seeds::now();
    let shared = Arc::new(Shared {
        workspace: Arc::clone(workspace),
        manager: field_manager(workspace.project_uid()),
        freshness: Freshness {
            refresh: request.refresh,
            servers,
            policy: workspace.project.documents.project.refresh,
            now,
        },
        texts: StoredTexts::new(Box::new(store)),
        request,
        rolled_back,
        now,
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
    let mut unverified = Vec::new();
    let mut sightings = Vec::new();
    for one in found {
        plan.layers_total += one.layers;
        plan.approvals.extend(one.verdict.approvals);
        plan.refusals.extend(one.verdict.refusals);
        plan.clusters.extend(one.plan);
        unverified.extend(one.unverified);
        sightings.extend(one.sighting);
        for warning in one.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    remember(&workspace.project, &workspace.key, &sightings);
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
    let believed = unverified.iter().map(|one| {
        let (cluster, why) = (&one.cluster, &one.why);
        format!("cluster {cluster} is not verified: {why}")
    });
    plan.warnings = told.chain(missing).chain(believed).collect();
    Ok(Planned {
        plan,
        snapshot,
        warnings,
        left_out,
        unverified,
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

/// How many clusters are looked at at the same time. Folders keep the machine busy; servers are waited for.
pub(super) fn at_once(asked: usize, servers: bool) -> usize {
    const WAITING: usize = 64;
    let usual = std::thread::available_parallelism().map_or(4, |cores| cores.get() * 8);
    match asked {
        0 if servers => usual.max(WAITING),
        0 => usual,
        asked => asked,
    }
}

async fn look_at_all(
    shared: &Arc<Shared>,
    snapshot: &Arc<Snapshot>,
    clusters: Vec<Candidate>,
) -> Result<(Vec<Found>, Vec<LeftOut>), EngineError> {
    let servers = shared.freshness.servers > 0;
    let permits = Arc::new(Semaphore::new(at_once(shared.request.parallelism, servers)));
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
