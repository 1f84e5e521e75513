//! The ledger: what the state says of each layer of a cluster while a run goes on.
//!
//! It starts from the snapshot that the plan was made for and is told what became of each step. At any moment its
//! records name everything that may be on the target, so that a run may die after any commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Digest, LayerName, ObjectKey, Seed};
use crate::plan::{ClusterPlan, LayerPlan, ObjectAction, ObjectChange, Reason};
use crate::state::{InFlight, Intent, LayerRecord, ObjectRecord, Record};
use crate::target::IndexEntry;

use super::course::{self, Ran};
use super::step::{StepResult, intent};

/// The records of one cluster's layers.
pub(super) struct Ledger {
    layers: BTreeMap<LayerName, Entry>,
    /// What was in flight before the run, in layers whose steps have not been settled.
    flights: Vec<InFlight>,
    /// The layers whose steps have been settled, with what is still in doubt in them.
    settled: BTreeMap<LayerName, Vec<Intent>>,
    /// The hooks that have run in steps that have not been settled.
    ran: Ran,
}

struct Entry {
    record: LayerRecord,
    /// The fingerprint once everything of the layer is where it belongs; nothing when it is not known to be.
    settled: Option<Digest>,
    /// Objects that are still there and wait for another layer's step to take them over.
    leaving: Vec<Leaving>,
}

struct Leaving {
    key: ObjectKey,
    /// Whether the layer renders the object as well, and keeps a claim to it without holding it.
    claimed: bool,
}

impl Ledger {
    /// The ledger of a cluster at the beginning of a run.
    pub(super) fn new(
        layers: BTreeMap<LayerName, LayerRecord>,
        flights: &[InFlight],
        ran: Ran,
    ) -> Self {
        let entry = |record: LayerRecord| Entry {
            settled: record.fingerprint,
            record,
            leaving: Vec::new(),
        };
        Self {
            layers: layers
                .into_iter()
                .map(|(name, record)| (name, entry(record)))
                .collect(),
            flights: flights.to_vec(),
            settled: BTreeMap::new(),
            ran,
        }
    }

    /// Takes in what became of a step, and says what the state has to record.
    pub(super) fn settle(
        &mut self,
        cluster: &ClusterPlan,
        layer: &LayerPlan,
        result: &StepResult,
    ) -> Vec<Record> {
        let doubts = [&result.unsure[..], &result.owed[..]].concat();
        self.settled.insert(layer.layer.clone(), doubts);
        self.ran.lock().retain(|ran| ran.layer != layer.layer);
        let before = self.layers.remove(&layer.layer);
        let entry = entry_after(before.as_ref(), layer, result, cluster.target.is_server());
        let mut records = Vec::new();
        let moved = layer
            .objects
            .iter()
            .zip(&result.done)
            .filter(|(_, done)| done.is_some());
        for (from, key) in
            moved.filter_map(|(change, _)| moved_from(change).map(|from| (from, &change.key)))
        {
            records.extend(self.hand_over(cluster, from, key));
            records.extend(self.doubts(cluster, from));
        }
        match entry {
            Some(entry) => {
                // What was not touched still has the values from before it was rotated.
                let rotated = layer.reasons.contains(&Reason::Rotated);
                let seed = layer.seed.clone();
                let seed = seed.filter(|_| !rotated || !is_untouched(layer, result));
                let blobs = blobs(layer, result);
                records.push(self.keep(cluster, &layer.layer, entry, blobs, seed));
            }
            None => records.push(removed(cluster, &layer.layer)),
        }
        records.extend(self.doubts(cluster, &layer.layer));
        records
    }

    /// What may be in flight in a layer and which of its hooks have run, to be noted again behind a record of the layer, which
    /// ends what was noted.
    fn doubts(&self, cluster: &ClusterPlan, layer: &LayerName) -> Vec<Record> {
        let intents = match self.settled.get(layer) {
            Some(unsure) => unsure.clone(),
            None => {
                let earlier = self.flights.iter().filter(|flight| flight.layer == *layer);
                let planned = cluster.layers.iter().filter(|plan| plan.layer == *layer);
                let touched = planned
                    .flat_map(|plan| &plan.objects)
                    .filter(|change| change.action.touches());
                let earlier = earlier.map(|flight| flight.intent.clone());
                let hooks = cluster.layers.iter().filter(|plan| plan.layer == *layer);
                let hooks = hooks.flat_map(|plan| &plan.hooks).map(course::intent);
                earlier.chain(touched.map(intent)).chain(hooks).collect()
            }
        };
        let doubted = (!intents.is_empty()).then(|| Record::Intent {
            cluster: cluster.cluster.clone(),
            layer: layer.clone(),
            intents,
        });
        let ran = self.ran.lock();
        let ran = ran.iter().filter(|ran| ran.layer == *layer);
        let ran = ran.map(|ran| Record::HookRan {
            cluster: cluster.cluster.clone(),
            ran: ran.clone(),
        });
        doubted.into_iter().chain(ran).collect()
    }

    /// An object has gone from one layer to another.
    fn hand_over(
        &mut self,
        cluster: &ClusterPlan,
        from: &LayerName,
        key: &ObjectKey,
    ) -> Option<Record> {
        // What was in doubt about it in the old place is settled with the move.
        self.flights
            .retain(|flight| flight.layer != *from || flight.intent.key != *key);
        let mut entry = self.layers.remove(from)?;
        let leaving = entry.leaving.iter().position(|leaving| leaving.key == *key);
        let claimed = match leaving.map(|at| entry.leaving.swap_remove(at)) {
            Some(leaving) => leaving.claimed,
            None => {
                // Its own step comes later, or never: until then nobody knows the layer to be complete.
                entry.settled = None;
                false
            }
        };
        entry.record.objects.retain_mut(|object| {
            let it = object.key == *key;
            if it {
                (object.holder, object.seen) = (false, None);
            }
            !it || claimed
        });
        // Hooks on servers are nothing that is left.
        let is_left = |object: &ObjectRecord| !(object.hook && cluster.target.is_server());
        if !entry.record.objects.iter().any(is_left) && !cluster.order.contains(from) {
            return Some(removed(cluster, from));
        }
        Some(self.keep(cluster, from, entry, Vec::new(), None))
    }

    fn keep(
        &mut self,
        cluster: &ClusterPlan,
        layer: &LayerName,
        mut entry: Entry,
        blobs: Vec<(Digest, Arc<str>)>,
        seed: Option<Seed>,
    ) -> Record {
        entry.record.fingerprint = entry.settled.filter(|_| entry.leaving.is_empty());
        let record = Box::new(entry.record.clone());
        self.layers.insert(layer.clone(), entry);
        Record::Layer {
            cluster: cluster.cluster.clone(),
            layer: layer.clone(),
            record,
            blobs,
            seed,
        }
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// All objects of the cluster in order.
    pub(super) fn index(&self) -> Vec<IndexEntry> {
        let mut layers: Vec<(&LayerName, &Entry)> = self.layers.iter().collect();
        layers.sort_by_key(|(_, entry)| entry.record.position);
        let entries = layers.into_iter().flat_map(|(layer, entry)| {
            entry
                .record
                .objects
                .iter()
                .filter(|object| object.holder)
                .map(|object| IndexEntry {
                    layer: layer.clone(),
                    key: object.key.clone(),
                    hook: object.hook,
                })
        });
        entries.collect()
    }
}

/// What a layer is after its step; nothing when it is gone.
fn entry_after(
    before: Option<&Entry>,
    layer: &LayerPlan,
    result: &StepResult,
    server: bool,
) -> Option<Entry> {
    let is_apart = |object: &&ObjectRecord| server && object.hook;
    let held: Vec<&ObjectRecord> = before
        .iter()
        .flat_map(|entry| &entry.record.objects)
        .filter(|object| object.holder && !is_apart(object))
        .collect();
    let change = |key: &ObjectKey, puts: bool| {
        layer
            .objects
            .iter()
            .position(|change| change.key == *key && change.after.is_some() == puts)
    };
    let mut objects: Vec<ObjectRecord> = Vec::new();
    let mut leaving = Vec::new();
    let planned = layer
        .record
        .as_ref()
        .map_or(&[][..], |record| &record.objects);
    for object in planned.iter().filter(|object| !is_apart(object)) {
        let held = held.iter().find(|held| held.key == object.key).copied();
        match (change(&object.key, true), held) {
            (Some(at), held) => match &result.done[at] {
                Some(written) => objects.push(ObjectRecord {
                    seen: written.seen.or(object.seen),
                    held: result.held[at]
                        .as_ref()
                        .map(|held| held.digest)
                        .or(object.held),
                    ..object.clone()
                }),
                None => objects.extend(held.cloned()),
            },
            (None, Some(held)) if !object.holder => {
                leaving.push(Leaving {
                    key: object.key.clone(),
                    claimed: true,
                });
                objects.push(held.clone());
            }
            (None, _) => objects.push(object.clone()),
        }
    }
    for object in held {
        let same = |planned: &ObjectRecord| planned.key == object.key && !is_apart(&planned);
        if planned.iter().any(same) {
            continue;
        }
        match change(&object.key, false) {
            Some(at) if result.done[at].is_some() => continue,
            Some(_) => {}
            None => leaving.push(Leaving {
                key: object.key.clone(),
                claimed: false,
            }),
        }
        objects.push(object.clone());
    }
    // What a hook is stays known for as long as the layer is there, since those for its end run from the state.
    let hooks = match (&layer.record, before) {
        (Some(_), Some(before)) if is_untouched(layer, result) => &before.record.objects[..],
        (Some(_), _) => planned,
        (None, Some(before)) if result.error.is_some() => &before.record.objects[..],
        (None, _) => &[],
    };
    objects.extend(hooks.iter().filter(is_apart).cloned());
    let template = match (&layer.record, before) {
        // Nothing of it is anywhere, nor has anything of it run.
        (Some(_), None)
            if is_untouched(layer, result) && objects.is_empty() && layer.hooks.is_empty() =>
        {
            return None;
        }
        (Some(_), Some(before)) if is_untouched(layer, result) => &before.record,
        (Some(record), _) => record,
        (None, Some(before)) if !objects.is_empty() => &before.record,
        (None, _) => return None,
    };
    let settled = layer
        .record
        .as_ref()
        .and_then(|record| record.fingerprint)
        .filter(|_| result.error.is_none());
    Some(Entry {
        record: LayerRecord {
            objects,
            ..template.clone()
        },
        settled,
        leaving,
    })
}

/// Whether a layer's step failed before it touched anything, so that the layer is still what it was.
fn is_untouched(layer: &LayerPlan, result: &StepResult) -> bool {
    result.error.is_some()
        && result.unsure.is_empty()
        && layer
            .objects
            .iter()
            .zip(&result.done)
            .all(|(change, done)| !change.action.touches() || done.is_none())
}

fn removed(cluster: &ClusterPlan, layer: &LayerName) -> Record {
    Record::LayerRemoved {
        cluster: cluster.cluster.clone(),
        layer: layer.clone(),
    }
}

fn moved_from(change: &ObjectChange) -> Option<&LayerName> {
    if let ObjectAction::Move { from, .. } = &change.action {
        Some(from)
    } else {
        None
    }
}

fn blobs(layer: &LayerPlan, result: &StepResult) -> Vec<(Digest, Arc<str>)> {
    layer
        .texts()
        .chain(result.held.iter().flatten())
        .map(|blob| (blob.digest, Arc::clone(&blob.text)))
        .collect()
}
