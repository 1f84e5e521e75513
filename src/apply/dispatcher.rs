//! The dispatcher: owns the state of a run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::graph::ReadySet;
use crate::model::{ClusterName, Key};
use crate::plan::{Action, ClusterAction, ClusterPlan, LayerPlan, Plan, Purpose};
use crate::state::{Outcome, Record, RevisionStart, Snapshot, StateError, Store};
use crate::target::{Target, TargetError};

use super::course::Ran;
use super::error::{ApplyError, StepError};
use super::event::{Counts, Event, Summary};
use super::ledger::Ledger;
use super::prelude::prelude;
use super::recorder::{Journal, Recorder};
use super::step::{Reveal, StepResult, Targets, Tools, carry_out};

/// What is carried out, and with what.
pub struct Execution {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The state that it was made for.
    pub snapshot: Arc<Snapshot>,
    /// Where it is recorded.
    pub store: Box<dyn Store>,
    /// Where it is done.
    pub targets: Arc<dyn Targets>,
    /// Where sensitive values come from.
    pub reveal: Arc<dyn Reveal>,
    /// The key of hashes.
    pub key: Key,
}

/// How a plan is carried out.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many layers are carried out at the same time, at least 1.
    pub parallelism: usize,
    /// What was asked for, for the history.
    pub command: String,
    /// User and host, for the history.
    pub who: String,
}

/// Whether the user wants a run to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stop {
    /// Go on.
    #[default]
    Go,
    /// Finish what is in flight and record it, begin nothing else.
    Drain,
}

/// Where a step stands: positions in the plan's clusters and in the cluster's layers.
type Step = (usize, usize);

/// What a task of the run has come to.
enum Message {
    /// A layer was carried out, or failed; nothing of that is recorded yet.
    Carried {
        step: usize,
        result: StepResult,
        began: Instant,
    },
    /// What became of a layer is recorded.
    Settled {
        step: usize,
        result: StepResult,
        began: Instant,
        recorded: Result<(), Arc<StateError>>,
    },
    /// A cluster's index was written, or not.
    Sealed {
        cluster: usize,
        error: Option<StepError>,
    },
}

/// Carries out a plan. Dropping the future aborts the run as a kill would: what was in flight is in the journal.
///
/// # Errors
/// When the plan is refused, or the state cannot be written. That a layer failed is no error: see [`Summary`].
pub async fn run(
    execution: Execution,
    options: &Options,
    events: &mpsc::UnboundedSender<Event>,
    stop: watch::Receiver<Stop>,
) -> Result<Summary, ApplyError> {
    let Execution {
        plan,
        snapshot,
        mut store,
        targets,
        reveal,
        key,
    } = execution;
    if !plan.refusals.is_empty() {
        return Err(ApplyError::Refused);
    }
    let start = RevisionStart {
        serial: plan.base.serial,
        command: options.command.clone(),
        who: options.who.clone(),
    };
    let fatal = |error: StateError| ApplyError::State(Arc::new(error));
    let prelude = prelude(&plan, &snapshot);
    let began = tokio::task::spawn_blocking(move || {
        let revision = store.begin(&start)?;
        if !prelude.is_empty() {
            store.record(revision, &prelude)?;
        }
        Ok((store, revision))
    });
    let (store, revision) = began.await.map_err(|_| ApplyError::Died)?.map_err(fatal)?;
    let recorder = Recorder::start(store, revision);
    let tools = Arc::new(Tools {
        reveal,
        key,
        journal: recorder.journal(),
        back: matches!(plan.purpose, Purpose::Rollback { .. }),
        events: events.clone(),
        stop: stop.clone(),
    });
    let mut run = Run::new(
        plan,
        &snapshot,
        &*targets,
        tools,
        revision,
        events.clone(),
        stop,
    );
    let ended = run.work(options.parallelism.max(1)).await;
    let mut summary = run.summary;
    if ended.is_err() {
        summary.outcome = Outcome::Failed;
    }
    let state_lost = run.state_lost.take();
    drop(run);
    recorder
        .finish(revision, summary.outcome)
        .await
        .map_err(ApplyError::State)?;
    ended?;
    if let Some(error) = state_lost {
        return Err(ApplyError::State(error));
    }
    // A reader that has gone away misses the end and nothing else.
    let _ = events.send(Event::Ended(summary));
    Ok(summary)
}

/// A cluster during a run.
struct Place {
    ledger: Ledger,
    ran: Ran,
    target: Result<Arc<dyn Target>, Arc<TargetError>>,
    /// Steps that have not ended yet.
    open: usize,
    /// Whether a step has failed, so that something may be left.
    failed: bool,
}

struct Run {
    plan: Arc<Plan>,
    steps: Vec<Step>,
    ready: ReadySet,
    places: Vec<Option<Place>>,
    tools: Arc<Tools>,
    tasks: JoinSet<Message>,
    in_flight: usize,
    events: mpsc::UnboundedSender<Event>,
    stop: watch::Receiver<Stop>,
    summary: Summary,
    state_lost: Option<Arc<StateError>>,
}

impl Run {
    fn new(
        plan: Arc<Plan>,
        snapshot: &Snapshot,
        targets: &dyn Targets,
        tools: Arc<Tools>,
        revision: u64,
        events: mpsc::UnboundedSender<Event>,
        stop: watch::Receiver<Stop>,
    ) -> Self {
        let mut steps = Vec::new();
        let mut edges = Vec::new();
        let retired: HashMap<&ClusterName, &ClusterName> =
            plan.clusters.iter().filter_map(retired).collect();
        let mut places = Vec::new();
        for (at, cluster) in plan.clusters.iter().enumerate() {
            let first = steps.len();
            edges.extend(
                cluster
                    .edges
                    .iter()
                    .map(|(before, after)| (first + before, first + after)),
            );
            steps.extend((0..cluster.layers.len()).map(|layer| (at, layer)));
            let known_as = match &cluster.action {
                ClusterAction::Rename { from } => Some(from),
                ClusterAction::Retarget { .. } | ClusterAction::Create => None,
                _ => Some(
                    retired
                        .get(&cluster.cluster)
                        .copied()
                        .unwrap_or(&cluster.cluster),
                ),
            };
            let prior = known_as.and_then(|name| snapshot.clusters.get(name));
            let layers = prior.map(|prior| prior.layers.clone()).unwrap_or_default();
            let flights = prior.map_or(&[][..], |prior| &prior.in_flight);
            let ran = Ran::new(prior.map_or(&[][..], |prior| &prior.hooks_ran));
            places.push((cluster.action != ClusterAction::Forget).then(|| {
                Place {
                    ledger: Ledger::new(layers, flights, ran.clone()),
                    ran,
                    target: targets
                        .open(&cluster.target, &cluster.cluster, cluster.uid)
                        .map_err(Arc::new),
                    open: cluster.layers.len(),
                    failed: false,
                }
            }));
        }
        let ready = ReadySet::new(steps.len(), &edges).expect("a plan's own graph has no cycle");
        let summary = Summary {
            revision,
            outcome: Outcome::Done,
            layers_done: 0,
            layers_failed: 0,
            layers_skipped: 0,
            layers_left: 0,
            objects: Counts::default(),
        };
        Self {
            plan,
            steps,
            ready,
            places,
            tools,
            tasks: JoinSet::new(),
            in_flight: 0,
            events,
            stop,
            summary,
            state_lost: None,
        }
    }

    fn tell(&self, event: Event) {
        // Nobody has to listen.
        let _ = self.events.send(event);
    }

    fn cluster(&self, step: usize) -> &ClusterPlan {
        &self.plan.clusters[self.steps[step].0]
    }

    fn layer(&self, step: usize) -> &LayerPlan {
        &self.cluster(step).layers[self.steps[step].1]
    }

    async fn work(&mut self, parallelism: usize) -> Result<(), ApplyError> {
        self.tell(Event::Began {
            revision: self.summary.revision,
            layers: self.steps.len(),
            clusters: self.plan.clusters.len(),
        });
        for cluster in 0..self.plan.clusters.len() {
            if self.plan.clusters[cluster].layers.is_empty() {
                self.seal(cluster);
            }
        }
        let mut draining = false;
        // Nobody can ask for a stop any more when the other end is gone.
        let mut listening = true;
        loop {
            draining |= self.state_lost.is_some();
            while !draining && *self.stop.borrow() == Stop::Go && self.in_flight < parallelism {
                let Some(step) = self.ready.take_ready() else {
                    break;
                };
                self.begin(step);
            }
            if !draining && *self.stop.borrow() != Stop::Go {
                draining = true;
                self.tell(Event::Draining {
                    in_flight: self.in_flight,
                });
            }
            tokio::select! {
                biased;
                message = self.tasks.join_next() => match message {
                    None => break,
                    Some(message) => self.take(message.map_err(|_| ApplyError::Died)?),
                },
                changed = self.stop.changed(), if listening && !draining => listening = changed.is_ok(),
            }
        }
        self.summary.layers_left = self.ready.remaining();
        self.summary.outcome = if self.summary.layers_left > 0 {
            Outcome::Interrupted
        } else if self.summary.layers_failed > 0 {
            Outcome::Failed
        } else {
            self.summary.outcome
        };
        Ok(())
    }

    fn begin(&mut self, step: usize) {
        let (cluster, layer) = self.steps[step];
        let plan = Arc::clone(&self.plan);
        let (this, action) = (
            &plan.clusters[cluster].layers[layer],
            plan.clusters[cluster].layers[layer].action,
        );
        self.tell(Event::Started {
            cluster: plan.clusters[cluster].cluster.clone(),
            layer: this.layer.clone(),
            action,
        });
        self.in_flight += 1;
        let tools = Arc::clone(&self.tools);
        let began = Instant::now();
        let place = self.places[cluster]
            .as_ref()
            .expect("clusters with steps have a place");
        let (target, ran) = (place.target.clone(), place.ran.clone());
        self.tasks.spawn(async move {
            let (cluster, layer) = (
                &plan.clusters[cluster],
                &plan.clusters[cluster].layers[layer],
            );
            let result = match target {
                Ok(target) => carry_out(cluster, layer, &*target, &tools, &ran).await,
                Err(error) => StepResult::failed(layer, StepError::Unusable(error)),
            };
            Message::Carried {
                step,
                result,
                began,
            }
        });
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Carried {
                step,
                result,
                began,
            } => {
                let (cluster, layer) = self.steps[step];
                let plan = Arc::clone(&self.plan);
                let (cluster_plan, layer_plan) = (
                    &plan.clusters[cluster],
                    &plan.clusters[cluster].layers[layer],
                );
                let place = self.places[cluster]
                    .as_mut()
                    .expect("clusters with steps have a place");
                let records = place.ledger.settle(cluster_plan, layer_plan, &result);
                // Submitted here, since what layers hand over to each other must be recorded in this order.
                let recording = self.tools.journal.submit(records);
                self.tasks.spawn(async move {
                    let recorded = recording.await;
                    Message::Settled {
                        step,
                        result,
                        began,
                        recorded,
                    }
                });
            }
            Message::Settled {
                step,
                mut result,
                began,
                recorded,
            } => {
                self.in_flight -= 1;
                if let Err(error) = recorded {
                    self.state_lost = Some(Arc::clone(&error));
                    result.error = Some(StepError::State(error));
                }
                self.settled(step, result, began);
            }
            Message::Sealed { cluster, error } => {
                if let Some(error) = error {
                    self.summary.outcome = Outcome::Failed;
                    if let StepError::State(error) = &error {
                        self.state_lost = Some(Arc::clone(error));
                    }
                    let cluster = self.plan.clusters[cluster].cluster.clone();
                    self.tell(Event::Failed {
                        cluster,
                        layer: None,
                        error: Arc::new(error),
                    });
                }
            }
        }
    }

    fn settled(&mut self, step: usize, result: StepResult, began: Instant) {
        let (cluster, layer) = (
            self.cluster(step).cluster.clone(),
            self.layer(step).layer.clone(),
        );
        let mut ended = 1;
        let failed = result.error.is_some();
        let counts = Counts::done(self.layer(step), &result.done);
        self.summary.objects.add(counts);
        match result.error {
            None => {
                let action: Action = self.layer(step).action;
                self.summary.layers_done += 1;
                self.ready.done(step);
                self.tell(Event::Finished {
                    cluster,
                    layer,
                    action,
                    counts,
                    took: began.elapsed(),
                });
            }
            // It is not over: like those behind it, it is left to the next run.
            Some(error @ StepError::Stopped { .. }) => {
                self.tell(Event::Failed {
                    cluster,
                    layer: Some(layer),
                    error: Arc::new(error),
                });
            }
            Some(error) => {
                self.summary.layers_failed += 1;
                self.tell(Event::Failed {
                    cluster: cluster.clone(),
                    layer: Some(layer),
                    error: Arc::new(error),
                });
                for (skipped, because) in self.ready.failed(step) {
                    ended += 1;
                    self.summary.layers_skipped += 1;
                    let (layer, because) = (
                        self.layer(skipped).layer.clone(),
                        self.layer(because).layer.clone(),
                    );
                    self.tell(Event::Skipped {
                        cluster: cluster.clone(),
                        layer,
                        because,
                    });
                }
            }
        }
        let cluster = self.steps[step].0;
        let place = self.places[cluster]
            .as_mut()
            .expect("clusters with steps have a place");
        place.open -= ended;
        place.failed |= failed;
        if place.open == 0 {
            self.seal(cluster);
        }
    }

    /// Writes the index of a cluster all of whose steps have ended.
    fn seal(&mut self, cluster: usize) {
        let Some(place) = &self.places[cluster] else {
            return;
        };
        let Ok(target) = place.target.clone() else {
            return;
        };
        let order = place.ledger.index();
        let plan = &self.plan.clusters[cluster];
        let gone = plan.action == ClusterAction::Delete && place.ledger.is_empty() && !place.failed;
        let name = plan.cluster.clone();
        let journal = self.tools.journal.clone();
        self.tasks.spawn(async move {
            let error = seal(&*target, order, name, gone, &journal).await.err();
            Message::Sealed { cluster, error }
        });
    }
}

async fn seal(
    target: &dyn Target,
    order: Vec<crate::target::IndexEntry>,
    cluster: ClusterName,
    gone: bool,
    journal: &Journal,
) -> Result<(), StepError> {
    let seen = target
        .seal(order)
        .await
        .map_err(|source| StepError::Target {
            object: None,
            source,
        })?;
    let record = if gone {
        Record::ClusterRemoved { cluster }
    } else {
        Record::Index { cluster, seen }
    };
    journal.record(vec![record]).await.map_err(StepError::State)
}

/// The name under which a retargeted cluster's old objects are kept, and the name that the state knows them by.
fn retired(cluster: &ClusterPlan) -> Option<(&ClusterName, &ClusterName)> {
    if let ClusterAction::Retarget { was, retired, .. } = &cluster.action {
        Some((retired, was))
    } else {
        None
    }
}
