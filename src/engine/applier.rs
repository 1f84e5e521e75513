//! A plan applied: under the lock, on the state that it was made for.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::apply::{self, Event, Execution, Options, Stop, Summary, Targets};
use crate::model::ClusterName;
use crate::plan::{Plan, Reason};
use crate::state::{Holder, Lock, Mode, Outcome, Sighting, Snapshot, StateError, Store};

use super::error::EngineError;
use super::project::LoadedProject;
use super::revealer::Revealer;
use super::sightings::{remember, seen_now};
use super::targets::OpenTargets;
use super::workspace::Workspace;

/// The right to change a project's state: held from before the plan until after the apply.
#[derive(Debug)]
pub struct Session {
    _lock: Lock,
    holder: Holder,
}

impl Session {
    /// Takes the lock of a project's state; waits for it as long as `timeout` says. Blocks the thread.
    ///
    /// # Errors
    /// When somebody else holds it.
    pub fn begin(
        project: &LoadedProject,
        command: &str,
        timeout: Option<Duration>,
    ) -> Result<Self, EngineError> {
        let holder = Holder::here(command);
        let lock = Lock::acquire(&project.state_path(), &holder, timeout)?;
        Ok(Self {
            _lock: lock,
            holder,
        })
    }
}

impl Session {
    /// User and host.
    pub(super) fn who(&self) -> String {
        self.holder.who()
    }
}

/// What is applied, and how.
#[derive(Debug)]
pub struct ApplyRequest {
    /// The plan.
    pub plan: Arc<Plan>,
    /// What was asked for, for the history.
    pub command: String,
    /// How many layers are carried out at the same time.
    pub parallelism: usize,
}

/// Applies a plan.
///
/// # Errors
/// When the plan is stale or made for another state, has refusals, or the state cannot be written.
pub async fn apply(
    workspace: &Arc<Workspace>,
    session: &Session,
    request: ApplyRequest,
    events: &mpsc::UnboundedSender<Event>,
    stop: watch::Receiver<Stop>,
) -> Result<Summary, EngineError> {
    let mut store = workspace.project.store(Mode::Read, &workspace.key)?;
    let snapshot = Arc::new(store.snapshot()?);
    drop(store);
    let base = &request.plan.base;
    if base.lineage != snapshot.lineage || base.project != workspace.project_uid() {
        return Err(EngineError::OtherState {
            path: workspace.state_path(),
        });
    }
    if base.serial != snapshot.serial {
        return Err(StateError::Stale {
            expected: base.serial,
            actual: snapshot.serial,
        }
        .into());
    }
    let store = workspace.project.store(Mode::Write, &workspace.key)?;
    let targets = Arc::new(workspace.targets.clone());
    let plan = Arc::clone(&request.plan);
    let revealer = Revealer::new(Arc::clone(workspace), &plan, &snapshot, &targets).await;
    let execution = Execution {
        reveal: Arc::new(revealer),
        plan: request.plan,
        snapshot: Arc::<Snapshot>::clone(&snapshot),
        store: Box::new(store),
        targets: Arc::<OpenTargets>::clone(&targets),
        key: workspace.key.clone(),
    };
    let options = Options {
        parallelism: request.parallelism,
        command: request.command,
        who: session.who(),
    };
    let summary = apply::run(execution, &options, events, stop).await?;
    if summary.outcome == Outcome::Done {
        let sightings = left_behind(&plan, &snapshot, &targets).await;
        remember(&workspace.project, &workspace.key, &sightings);
    }
    Ok(summary)
}

/// What is to be remembered of the servers that a plan was applied to: what it put right has drifted no more. When somebody
/// last looked stays as it was.
async fn left_behind(
    plan: &Plan,
    snapshot: &Snapshot,
    targets: &OpenTargets,
) -> Vec<(ClusterName, Sighting)> {
    let mut sightings = Vec::new();
    let servers = plan
        .clusters
        .iter()
        .filter(|cluster| cluster.target.is_server());
    for cluster in servers.filter(|cluster| cluster.unverified.is_none()) {
        let (name, uid) = (&cluster.cluster, cluster.uid);
        let known = snapshot.clusters.get(name);
        let changes = cluster.layers.iter().flat_map(|layer| &layer.objects);
        let repaired = changes.filter(|change| change.reasons.iter().any(Reason::is_drift));
        let repaired = u32::try_from(repaired.count()).unwrap_or(u32::MAX);
        let mut sighting = match known.and_then(|known| known.sighting.clone()) {
            Some(sighting) => Sighting {
                drifted: sighting.drifted.saturating_sub(repaired),
                ..sighting
            },
            None => match targets.open(&cluster.target, name, uid) {
                Ok(target) => seen_now(&*target, Timestamp::now(), 0).await,
                Err(_) => continue,
            },
        };
        let rendered_for = cluster.capabilities.as_ref();
        sighting.applied_for = rendered_for.map(|known| known.kube_version.clone());
        sightings.push((name.clone(), sighting));
    }
    sightings
}
