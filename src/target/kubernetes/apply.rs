//! Carrying out operations: batch by batch, within a batch at the same time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::model::ObjectKey;
use crate::target::{Expected, Manner, Operation, Outcome, TargetError};
use crate::yaml::Value;

use super::batch::{batches, key};
use super::discovery::Kind;
use super::exchange::IN_FLIGHT;
use super::list::Part;
use super::look::Found;
use super::put::Put;
use super::target::KubernetesTarget;

/// So many objects of a batch are written at the same time: as many as the server is asked at once.
pub(super) const WRITES: usize = IN_FLIGHT;

impl KubernetesTarget {
    pub(super) async fn carry_out(&self, operations: &[Operation]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(operations.len());
        for batch in batches(operations) {
            let batch = &operations[batch];
            let done = self.batch(batch).await;
            let well = done.iter().all(|one| matches!(one, Outcome::Done(_)));
            outcomes.extend(done);
            if !well {
                break;
            }
        }
        outcomes.resize_with(operations.len(), || Outcome::Untouched);
        outcomes
    }

    async fn batch(&self, batch: &[Operation]) -> Vec<Outcome> {
        let Some(first) = batch.first() else {
            return Vec::new();
        };
        let before = match self.before(batch).await {
            Ok(before) => before,
            Err(error) => return fail_first(batch, error),
        };
        let failed = AtomicBool::new(false);
        let mut outcomes: Vec<Outcome> = batch.iter().map(|_| Outcome::Untouched).collect();
        for is_first in [true, false] {
            let round = batch.iter().enumerate();
            let works: Vec<_> = round
                .filter(|(_, operation)| goes_first(operation, &before) == is_first)
                .map(|(at, operation)| {
                    let done = self.one(operation, &before, &failed);
                    async move { (at, done.await) }
                })
                .collect();
            let mut works = stream::iter(works).buffer_unordered(WRITES);
            while let Some((at, outcome)) = works.next().await {
                outcomes[at] = outcome;
            }
        }
        if is_definition(key(first)) && matches!(first, Operation::Put { .. }) {
            self.establish(batch, &mut outcomes).await;
        }
        outcomes
    }

    async fn one(&self, operation: &Operation, before: &Found, failed: &AtomicBool) -> Outcome {
        if failed.load(Ordering::Relaxed) {
            return Outcome::Untouched;
        }
        let there = before.get(key(operation));
        let done = match Put::of(operation) {
            Ok(Some(mut put)) => {
                // What is new has nobody to be taken over from: whoever was quicker has not been looked at.
                if put.expected == Expected::Absent && there.is_none() {
                    put.manner = Manner::Apply;
                }
                self.put(&put, there).await
            }
            Ok(None) => self.delete(operation, there).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(written) => Outcome::Done(written),
            Err(error) => {
                failed.store(true, Ordering::Relaxed);
                Outcome::Failed(error)
            }
        }
    }

    /// The metadata of what is there already of the objects of a batch, where that must be known.
    async fn before(&self, batch: &[Operation]) -> Result<Found, TargetError> {
        let keys: Vec<ObjectKey> = batch
            .iter()
            .filter(|operation| self.must_look(operation))
            .map(|operation| key(operation).clone())
            .collect();
        let Some(first) = keys.first() else {
            return Ok(HashMap::new());
        };
        let kind = Kind::of(first);
        let discovery = self.server.discovery().await?;
        let Some(resource) = discovery.preferred(&kind) else {
            return Ok(HashMap::new());
        };
        match self.server.look(resource, &keys, Part::Metadata).await {
            Ok(found) => Ok(found),
            Err(failure) if failure.is_missing() => Ok(HashMap::new()),
            Err(failure) => Err(self.server.unreachable(&failure).await),
        }
    }

    /// Whether it must be known what is there before an operation. Server-side apply itself would take an object of
    /// somebody else for ours as long as their fields do not differ.
    fn must_look(&self, operation: &Operation) -> bool {
        match operation {
            Operation::Delete { .. } => true,
            Operation::Put { key, .. } if is_namespace(key) => true,
            Operation::Put {
                key,
                expected,
                manner,
                ..
            } => {
                let new = *expected == Expected::Absent && !self.fresh.holds(&key.namespace);
                new || *manner == Manner::Replace
            }
        }
    }
}

/// Whether an object is a Namespace.
pub(super) fn is_namespace(key: &ObjectKey) -> bool {
    key.group.is_empty() && &*key.kind == "Namespace"
}

/// Whether an object is a CustomResourceDefinition.
pub(super) fn is_definition(key: &ObjectKey) -> bool {
    &*key.group == "apiextensions.k8s.io" && &*key.kind == "CustomResourceDefinition"
}

/// Whether an object must go before others of its batch: a ClusterRole that gathers the rules of others. When one of those
/// goes, a controller writes it anew by server-side apply, and makes it again if it went a moment ago.
fn goes_first(operation: &Operation, before: &Found) -> bool {
    let key = key(operation);
    let gathers = |object: &Value| {
        let managers = object.at(["metadata", "managedFields"]);
        let managers = managers.and_then(Value::as_list);
        managers
            .unwrap_or_default()
            .iter()
            .any(|manager| manager.at(["fieldsV1", "f:aggregationRule"]).is_some())
    };
    matches!(operation, Operation::Delete { .. })
        && &*key.kind == "ClusterRole"
        && before.get(key).is_some_and(gathers)
}

fn fail_first(batch: &[Operation], error: TargetError) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Failed(error)];
    outcomes.resize_with(batch.len(), || Outcome::Untouched);
    outcomes
}
