//! One step: a layer of a cluster is carried out on its target.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use crate::diff;
use crate::model::{ClusterName, Digest, Key, LayerName, ObjectKey, TargetSpec};
use crate::plan::{
    ClusterPlan, HookRun, LayerPlan, ObjectAction, ObjectChange, PlannedBlob, Reason, held,
};
use crate::state::{Intent, IntentAction, Record};
use crate::target::{Expected, Hook, Manner, Operation, Outcome, Target, TargetError, Written};
use crate::yaml::{self, Value};

use super::course::{self, Course, Ran, Side};
use super::dispatcher::Stop;
use super::error::StepError;
use super::event::Event;
use super::recorder::Journal;

/// Opens targets.
pub trait Targets: Send + Sync {
    /// The target of a cluster, whose uid was made once and is kept.
    ///
    /// # Errors
    /// When the target cannot be used at all.
    fn open(
        &self,
        spec: &TargetSpec,
        cluster: &ClusterName,
        uid: Uuid,
    ) -> Result<Arc<dyn Target>, TargetError>;
}

/// Renders layers again, with their sensitive values in clear, for the moment in which they are written.
pub trait Reveal: Send + Sync {
    /// All objects of a layer.
    ///
    /// # Errors
    /// When the layer cannot be rendered.
    fn reveal(
        &self,
        cluster: &ClusterName,
        layer: &LayerName,
    ) -> Result<HashMap<ObjectKey, Arc<Value>>, Box<dyn std::error::Error + Send + Sync>>;
}

/// What became of a step's changes.
#[derive(Debug, Default)]
pub(super) struct StepResult {
    /// For each change of the layer's plan, what the target says of the object from now on; nothing for those that failed
    /// or were not reached.
    pub done: Vec<Option<Written>>,
    /// For each change of the layer's plan, our fields as the server holds them now, where there is a server.
    pub held: Vec<Option<PlannedBlob>>,
    /// The intents whose outcome nobody knows: that of the change that failed.
    pub unsure: Vec<Intent>,
    /// The intents of the hooks that the step is about, when it stopped early: by them the next plan knows what to run.
    pub owed: Vec<Intent>,
    /// Why it stopped early.
    pub error: Option<StepError>,
}

/// What a change means to do to the target, for the journal.
pub(super) fn intent(change: &ObjectChange) -> Intent {
    let action = change
        .content
        .map_or(IntentAction::Delete, IntentAction::Put);
    Intent {
        key: change.key.clone(),
        action,
        hook: change.hook,
        keep: change.keep,
    }
}

/// What a step needs beside its layer.
pub(super) struct Tools {
    pub reveal: Arc<dyn Reveal>,
    pub key: Key,
    pub journal: Journal,
    /// Whether clusters become what they were.
    pub back: bool,
    pub events: mpsc::UnboundedSender<Event>,
    pub stop: watch::Receiver<Stop>,
}

impl Tools {
    pub(super) fn tell(&self, event: Event) {
        // Nobody has to listen.
        let _ = self.events.send(event);
    }
}

impl StepResult {
    /// A step that failed before it touched anything.
    pub(super) fn failed(layer: &LayerPlan, error: StepError) -> Self {
        let done = layer
            .objects
            .iter()
            .map(|change| (!change.action.touches()).then(Written::default));
        Self {
            done: done.collect(),
            held: vec![None; layer.objects.len()],
            error: Some(error),
            ..Self::default()
        }
        .with_earlier_doubts(layer)
        .with_owed(layer)
    }

    /// A step that stopped early owes its hooks.
    fn with_owed(mut self, layer: &LayerPlan) -> Self {
        if self.error.is_some() {
            self.owed = layer.hooks.iter().map(course::intent).collect();
        }
        self
    }

    /// What an interrupted apply left in doubt stays so until a step has come as far as that.
    fn with_earlier_doubts(mut self, layer: &LayerPlan) -> Self {
        for (change, done) in layer.objects.iter().zip(&self.done) {
            let again = intent(change);
            if done.is_none()
                && change.reasons.contains(&Reason::Interrupted)
                && !self.unsure.contains(&again)
            {
                self.unsure.push(again);
            }
        }
        self
    }
}

/// Carries out a layer's changes: intent first, then the target.
pub(super) async fn carry_out(
    cluster: &ClusterPlan,
    layer: &LayerPlan,
    target: &dyn Target,
    tools: &Tools,
    ran: &Ran,
) -> StepResult {
    let course = Course {
        cluster,
        layer,
        target,
        tools,
        ran,
    };
    attempt(&course)
        .await
        .with_earlier_doubts(layer)
        .with_owed(layer)
}

async fn attempt(course: &Course<'_>) -> StepResult {
    let Course {
        cluster,
        layer,
        target,
        tools,
        ..
    } = *course;
    let touches = |at: &usize| layer.objects[*at].action.touches();
    let done = (0..layer.objects.len())
        .map(|at| (!touches(&at)).then(Written::default))
        .collect();
    let mut result = StepResult {
        done,
        held: vec![None; layer.objects.len()],
        ..StepResult::default()
    };
    let touched: Vec<usize> = (0..layer.objects.len()).filter(touches).collect();
    if touched.is_empty() && layer.hooks.is_empty() {
        result.error = course.ready().await.err();
        return result;
    }
    let (texts, hooks) = match texts(cluster, layer, tools).await {
        Ok(texts) => texts,
        Err(error) => {
            return StepResult {
                error: Some(error),
                ..result
            };
        }
    };
    let to_run = layer.hooks.iter().filter(|hook| !hook.ran);
    let intents = touched
        .iter()
        .map(|at| intent(&layer.objects[*at]))
        .chain(to_run.map(course::intent))
        .collect();
    let record = Record::Intent {
        cluster: cluster.cluster.clone(),
        layer: layer.layer.clone(),
        intents,
    };
    if let Err(error) = tools.journal.record(vec![record]).await {
        return StepResult {
            error: Some(StepError::State(error)),
            ..result
        };
    }
    if let Err(error) = course.hooks(Side::Before, &hooks).await {
        for at in touched {
            result.done[at] = None;
        }
        return StepResult {
            error: Some(error),
            ..result
        };
    }
    let mut operations = Vec::new();
    let mut origin = Vec::new();
    for at in touched {
        let text = texts[at].clone();
        for operation in operations_of(cluster, &layer.layer, &layer.objects[at], text) {
            operations.push(operation);
            origin.push(at);
        }
    }
    let mut last = None;
    for (at, outcome) in origin.into_iter().zip(target.apply(operations).await) {
        let first = last.replace(at) != Some(at);
        match outcome {
            // Of a move what is said of the new place counts.
            Outcome::Done(written) if first => {
                if let Some(why) = &written.kept {
                    tools.tell(Event::Kept {
                        cluster: cluster.cluster.clone(),
                        layer: layer.layer.clone(),
                        object: layer.objects[at].key.clone(),
                        why: why.clone(),
                    });
                }
                result.held[at] = held_of(&layer.objects[at], &written, &tools.key);
                result.done[at] = Some(written);
            }
            Outcome::Done(_) => {}
            Outcome::Untouched => result.done[at] = None,
            Outcome::Failed(source) => {
                let change = &layer.objects[at];
                result.done[at] = None;
                // What was refused is as it was, and not in doubt.
                if !(first && is_untouched(change.manner, &source)) {
                    result.unsure.push(intent(change));
                }
                result.error = Some(StepError::Target {
                    object: Some(Box::new(change.key.clone())),
                    source,
                });
            }
        }
    }
    if result.error.is_none() {
        result.error = finish(course, &hooks).await.err();
    }
    result
}

/// What comes behind a layer's objects: the wait until they are ready, and the hooks for after that.
async fn finish(course: &Course<'_>, hooks: &[Option<Hook>]) -> Result<(), StepError> {
    course.ready().await?;
    course.hooks(Side::After, hooks).await
}

/// Whether an operation that failed has certainly not touched anything. What is replaced may be gone by the time that its
/// successor is refused.
fn is_untouched(manner: Manner, error: &TargetError) -> bool {
    match error {
        TargetError::Moved { .. } | TargetError::Occupied { .. } => true,
        TargetError::Denied { .. }
        | TargetError::Foreign { .. }
        | TargetError::Contested { .. } => manner != Manner::Replace,
        _ => false,
    }
}

/// What is written and what is run, in clear, by position in the layer's plan. Hooks of a layer that goes and that nobody
/// can render any more are left out: nothing else could ever delete the layer.
async fn texts(
    cluster: &ClusterPlan,
    layer: &LayerPlan,
    tools: &Tools,
) -> Result<(Vec<Option<Arc<str>>>, Vec<Option<Hook>>), StepError> {
    let masked = |change: &ObjectChange| change.masked && change.action.touches();
    let hooked = layer.hooks.iter().any(|hook| hook.masked);
    let real = if hooked || layer.objects.iter().any(masked) {
        let revealed = revealed(cluster, layer, tools).await;
        // What goes is not written, so that only hooks can need it.
        if layer.record.is_none() {
            revealed.unwrap_or_default()
        } else {
            revealed?
        }
    } else {
        HashMap::new()
    };
    let clear = |key: &ObjectKey, blob: &PlannedBlob, content: Option<Digest>| {
        let changed = || {
            let object = Box::new(key.clone());
            if tools.back {
                StepError::Lost { object }
            } else {
                StepError::Changed { object }
            }
        };
        let real = real.get(key).ok_or_else(changed)?;
        let masked = yaml::parse(&blob.text)
            .ok()
            .and_then(|mut all| all.pop())
            .ok_or_else(changed)?;
        let text = diff::unmask(&masked, real)
            .map(|value| yaml::write_ordered(&value))
            .ok_or_else(changed)?;
        if Some(tools.key.hash(text.as_bytes())) != content {
            return Err(changed());
        }
        Ok(Arc::<str>::from(text))
    };
    let text = |change: &ObjectChange| -> Result<Option<Arc<str>>, StepError> {
        match &change.after {
            None => Ok(None),
            Some(after) if !masked(change) => Ok(Some(Arc::clone(&after.text))),
            Some(after) => clear(&change.key, after, change.content).map(Some),
        }
    };
    let hook = |run: &HookRun| -> Result<Option<Hook>, StepError> {
        let text = if run.masked {
            match clear(&run.key, &run.blob, Some(run.content)) {
                Err(_) if layer.record.is_none() => {
                    tools.tell(Event::HookLeftOut {
                        cluster: cluster.cluster.clone(),
                        layer: layer.layer.clone(),
                        event: run.event,
                        hook: run.key.clone(),
                    });
                    return Ok(None);
                }
                text => text?,
            }
        } else {
            Arc::clone(&run.blob.text)
        };
        Ok(Some(Hook {
            layer: layer.layer.clone(),
            key: run.key.clone(),
            text,
            deletions: run.deletions.clone(),
            outputs: run.outputs.clone(),
        }))
    };
    let texts = layer.objects.iter().map(text).collect::<Result<_, _>>()?;
    let hooks = layer.hooks.iter().map(hook).collect::<Result<_, _>>()?;
    Ok((texts, hooks))
}

/// All objects of a layer, in clear.
async fn revealed(
    cluster: &ClusterPlan,
    layer: &LayerPlan,
    tools: &Tools,
) -> Result<HashMap<ObjectKey, Arc<Value>>, StepError> {
    let (reveal, cluster, layer) = (
        Arc::clone(&tools.reveal),
        cluster.cluster.clone(),
        layer.layer.clone(),
    );
    let revealed = tokio::task::spawn_blocking(move || reveal.reveal(&cluster, &layer)).await;
    revealed
        .map_err(|error| StepError::Reveal(Box::new(error)))?
        .map_err(StepError::Reveal)
}

/// Our fields of an object as a server holds them, by its answer.
fn held_of(change: &ObjectChange, written: &Written, key: &Key) -> Option<PlannedBlob> {
    held(change.after.as_ref()?, written.live.as_deref()?, key)
}

fn operations_of(
    cluster: &ClusterPlan,
    layer: &LayerName,
    change: &ObjectChange,
    text: Option<Arc<str>>,
) -> Vec<Operation> {
    let expected = change.observed.map_or(Expected::Absent, Expected::Content);
    let (key, hook) = (&change.key, change.hook);
    let Some(text) = text else {
        return vec![Operation::Delete {
            layer: layer.clone(),
            key: key.clone(),
            hook,
            expected,
        }];
    };
    let mut operations = vec![Operation::Put {
        layer: layer.clone(),
        key: key.clone(),
        hook,
        text,
        expected,
        manner: change.manner,
        adopted: change.adopted,
    }];
    // On a server an object is in one place, whatever layer holds it.
    if let ObjectAction::Move { from, hook } = &change.action
        && !cluster.target.is_server()
    {
        let expected = change.moved.map_or(Expected::Absent, Expected::Content);
        operations.push(Operation::Delete {
            layer: from.clone(),
            key: key.clone(),
            hook: *hook,
            expected,
        });
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::is_untouched;
    use crate::model::ObjectKey;
    use crate::target::{Manner, TargetError};

    #[test]
    fn what_is_refused_is_untouched_unless_it_was_to_be_replaced() {
        let key = || ObjectKey::new("batch", "Job", "web", "migrate");
        let denied = TargetError::Denied {
            key: key(),
            message: "no".to_owned(),
        };
        assert!(is_untouched(Manner::Apply, &denied));
        assert!(is_untouched(Manner::TakeOver, &denied));
        assert!(!is_untouched(Manner::Replace, &denied));
        let moved = TargetError::Moved { key: key() };
        assert!(is_untouched(Manner::Replace, &moved));
        let unsure = TargetError::Unsure {
            refusal: Box::new(denied),
        };
        assert!(!is_untouched(Manner::Apply, &unsure));
        let stays = TargetError::Stays {
            key: key(),
            why: "it waits".to_owned(),
        };
        assert!(!is_untouched(Manner::Apply, &stays));
    }
}
