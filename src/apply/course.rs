//! What runs in a step beside its changes, on targets where something runs: hooks, and the wait until the layer is ready.
//!
//! Who asks the run to stop does not wait for this: a wait ends, and what it was about is done again by the next apply.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use crate::model::{HookEvent, ObjectKey};
use crate::plan::{ClusterPlan, HookRun, LayerPlan, Reason};
use crate::state::{HookRan, Intent, IntentAction, Origin, Record};
use crate::target::{Awaiting, Hook, HookLog, Patience, Target, TargetError};

use super::dispatcher::Stop;
use super::error::StepError;
use super::event::Event;
use super::step::Tools;

/// The hooks that have run in steps of a cluster which have not been settled. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Ran(Arc<Mutex<Vec<HookRan>>>);

impl Ran {
    /// What an interrupted run left.
    pub fn new(before: &[HookRan]) -> Self {
        Self(Arc::new(Mutex::new(before.to_vec())))
    }

    /// What has run, to be looked at or changed.
    pub fn lock(&self) -> std::sync::MutexGuard<'_, Vec<HookRan>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a hook that will run means to do, for the journal.
pub(super) fn intent(hook: &HookRun) -> Intent {
    Intent {
        key: hook.key.clone(),
        action: IntentAction::Run(hook.event),
        hook: true,
        keep: None,
    }
}

/// Whether an event comes before a layer's objects are touched.
fn is_before(event: HookEvent) -> bool {
    matches!(
        event,
        HookEvent::PreInstall
            | HookEvent::PreUpgrade
            | HookEvent::PreRollback
            | HookEvent::PreDelete
    )
}

/// When hooks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Before the objects are touched.
    Before,
    /// After they are ready, or gone.
    After,
}

/// A layer's step on a target where something runs.
pub(super) struct Course<'a> {
    pub cluster: &'a ClusterPlan,
    pub layer: &'a LayerPlan,
    pub target: &'a dyn Target,
    pub tools: &'a Tools,
    pub ran: &'a Ran,
}

impl Course<'_> {
    /// The objects that have to be ready before the next layers begin; none when nobody waits for the layer, or when
    /// nothing of it changes and nothing went wrong the last time.
    pub fn awaited(&self) -> Vec<ObjectKey> {
        let layer = self.layer;
        let changes = layer.objects.iter().any(|change| change.action.touches());
        let due =
            changes || !layer.hooks.is_empty() || layer.reasons.contains(&Reason::Interrupted);
        if !self.cluster.target.is_server() || !layer.waiting.wait || !due {
            return Vec::new();
        }
        let objects = layer.record.iter().flat_map(|record| &record.objects);
        // What was imported and never written has no marks, by which servers are watched.
        let ours = objects
            .filter(|object| object.holder && !object.hook && object.origin != Origin::Unmarked);
        ours.map(|object| object.key.clone()).collect()
    }

    /// Waits until the layer is ready.
    pub async fn ready(&self) -> Result<(), StepError> {
        let awaited = self.awaited();
        if awaited.is_empty() {
            return Ok(());
        }
        let (patience, last) = self.patience(None);
        let ready = self.target.ready(awaited, patience);
        self.unless_stopped(ready, &last, |source| StepError::NotReady { source })
            .await
    }

    /// Runs the hooks of one side, in their order, and deletes those that say so when all have run. `texts` are in clear,
    /// by position in the layer's plan; a hook without a text is left out.
    pub async fn hooks(&self, side: Side, texts: &[Option<Hook>]) -> Result<(), StepError> {
        let of_side: Vec<(&HookRun, &Hook)> = self
            .layer
            .hooks
            .iter()
            .zip(texts)
            .filter(|(run, _)| is_before(run.event) == (side == Side::Before))
            .filter_map(|(run, hook)| Some((run, hook.as_ref()?)))
            .collect();
        for (at, (run, hook)) in of_side.iter().enumerate() {
            if run.ran {
                continue;
            }
            if let Err(error) = self.run(run, hook).await {
                // As Helm: those that went well before it go as if all had gone well.
                if !matches!(error, StepError::Stopped { .. }) {
                    for (run, hook) in &of_side[..at] {
                        let _ = self.clear(run, hook).await;
                    }
                }
                return Err(error);
            }
        }
        for (run, hook) in of_side.iter().rev() {
            self.clear(run, hook).await?;
        }
        Ok(())
    }

    async fn run(&self, run: &HookRun, hook: &Hook) -> Result<(), StepError> {
        let (cluster, layer) = (&self.cluster.cluster, &self.layer.layer);
        self.tools.tell(Event::HookStarted {
            cluster: cluster.clone(),
            layer: layer.clone(),
            event: run.event,
            hook: run.key.clone(),
        });
        let began = Instant::now();
        let (patience, last) = self.patience(Some(run));
        let running = self.target.run_hook(hook.clone(), patience);
        self.unless_stopped(running, &last, |source| failed(run, source))
            .await?;
        let ran = HookRan {
            layer: layer.clone(),
            key: run.key.clone(),
            event: run.event,
            content: run.content,
        };
        self.ran.lock().push(ran.clone());
        let record = Record::HookRan {
            cluster: cluster.clone(),
            ran,
        };
        let recorded = self.tools.journal.record(vec![record]).await;
        recorded.map_err(StepError::State)?;
        self.tools.tell(Event::HookDone {
            cluster: cluster.clone(),
            layer: layer.clone(),
            event: run.event,
            hook: run.key.clone(),
            took: began.elapsed(),
        });
        Ok(())
    }

    async fn clear(&self, run: &HookRun, hook: &Hook) -> Result<(), StepError> {
        let cleared = self.target.clear_hook(hook.clone()).await;
        cleared.map_err(|source| failed(run, source))
    }

    /// How long is waited; what is awaited is told, and kept for whoever stops the waiting. What a hook prints is told too.
    fn patience(&self, run: Option<&HookRun>) -> (Patience, Arc<Mutex<Option<Awaiting>>>) {
        let last = Arc::new(Mutex::new(None));
        let (cluster, layer) = (self.cluster.cluster.clone(), self.layer.layer.clone());
        let (events, kept) = (self.tools.events.clone(), Arc::clone(&last));
        let told = move |awaiting: Awaiting| {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(awaiting.clone());
            // Nobody has to listen.
            let _ = events.send(Event::Awaiting {
                cluster: cluster.clone(),
                layer: layer.clone(),
                awaiting,
            });
        };
        let patience = Patience {
            timeout: self.layer.waiting.timeout(),
            told: Arc::new(told),
            printed: self.printed(run),
        };
        (patience, last)
    }

    /// Tells what a hook prints; nothing else prints.
    fn printed(&self, run: Option<&HookRun>) -> Arc<dyn Fn(HookLog) + Send + Sync> {
        let Some(run) = run else {
            return Arc::new(|_| {});
        };
        let (cluster, layer) = (self.cluster.cluster.clone(), self.layer.layer.clone());
        let (event, hook, events) = (run.event, run.key.clone(), self.tools.events.clone());
        Arc::new(move |log| {
            // Nobody has to listen.
            let _ = events.send(Event::HookPrinted {
                cluster: cluster.clone(),
                layer: layer.clone(),
                event,
                hook: hook.clone(),
                log,
            });
        })
    }

    async fn unless_stopped(
        &self,
        waiting: impl Future<Output = Result<(), TargetError>>,
        last: &Mutex<Option<Awaiting>>,
        error: impl FnOnce(TargetError) -> StepError,
    ) -> Result<(), StepError> {
        tokio::select! {
            biased;
            done = waiting => done.map_err(error),
            () = stopped(self.tools.stop.clone()) => {
                let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(StepError::Stopped { awaiting: last.map(Box::new) })
            }
        }
    }
}

fn failed(run: &HookRun, source: TargetError) -> StepError {
    StepError::Hook {
        event: run.event,
        hook: Box::new(run.key.clone()),
        source,
    }
}

/// Returns when the user asks for a stop; never when nobody can any more.
async fn stopped(mut stop: watch::Receiver<Stop>) {
    if stop.wait_for(|stop| *stop != Stop::Go).await.is_err() {
        std::future::pending::<()>().await;
    }
}
