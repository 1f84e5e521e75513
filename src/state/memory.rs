//! A state in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::model::{ClusterName, Digest, LayerName, Seed};

use super::{
    ClusterRecord, InFlight, LayerRecord, Origin, Outcome, Record, Revision, RevisionId,
    RevisionStart, Sighting, Snapshot, StateError, Store,
};

/// A state that is gone with the process: for tests, and for trying things out. It keeps all of its past by copies.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    lineage: Uuid,
    now: Moment,
    revisions: Vec<Revision>,
    open: Option<RevisionId>,
    /// The clusters after each revision.
    past: BTreeMap<RevisionId, BTreeMap<ClusterName, (u64, ClusterRecord)>>,
}

/// What a failed batch must leave as it was.
#[derive(Clone, Debug, Default)]
struct Moment {
    serial: u64,
    /// The clusters, each with a number of its own.
    clusters: BTreeMap<ClusterName, (u64, ClusterRecord)>,
    numbers: u64,
    blobs: BTreeMap<Digest, Arc<str>>,
    /// What the revision has changed so far: names and layers by the cluster's number.
    changed: BTreeMap<u64, (ClusterName, BTreeSet<LayerName>)>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            lineage: Uuid::new_v4(),
            now: Moment::default(),
            revisions: Vec::new(),
            open: None,
            past: BTreeMap::new(),
        }
    }
}

impl MemoryStore {
    fn expect(&self, revision: RevisionId) -> Result<usize, StateError> {
        if self.open == Some(revision) {
            Ok(self.revisions.len() - 1)
        } else {
            Err(StateError::NotBegun(revision))
        }
    }
}

impl Store for MemoryStore {
    fn snapshot(&mut self) -> Result<Snapshot, StateError> {
        Ok(Snapshot {
            lineage: self.lineage,
            serial: self.now.serial,
            clusters: self
                .now
                .clusters
                .iter()
                .map(|(name, (_, record))| (name.clone(), record.clone()))
                .collect(),
        })
    }

    fn blob(&mut self, digest: &Digest) -> Result<Arc<str>, StateError> {
        self.now
            .blobs
            .get(digest)
            .cloned()
            .ok_or(StateError::NoBlob(*digest))
    }

    fn remember(&mut self, sightings: &[(ClusterName, Sighting)]) -> Result<(), StateError> {
        for (cluster, sighting) in sightings {
            if let Some((_, record)) = self.now.clusters.get_mut(cluster) {
                let before = record.sighting.take();
                let applied_for = before.and_then(|before| before.applied_for);
                let mut sighting = sighting.clone();
                sighting.applied_for = sighting.applied_for.or(applied_for);
                record.sighting = Some(sighting);
            }
        }
        Ok(())
    }

    fn begin(&mut self, start: &RevisionStart) -> Result<RevisionId, StateError> {
        self.open = None;
        if start.serial != self.now.serial {
            return Err(StateError::Stale {
                expected: start.serial,
                actual: self.now.serial,
            });
        }
        let id = self.revisions.len() as u64 + 1;
        self.revisions.push(Revision {
            id,
            started: Timestamp::now(),
            finished: None,
            outcome: None,
            command: start.command.clone(),
            who: start.who.clone(),
            clusters: Vec::new(),
        });
        self.now.serial += 1;
        self.now.changed.clear();
        self.past.insert(id, self.now.clusters.clone());
        self.open = Some(id);
        Ok(id)
    }

    fn record(&mut self, revision: RevisionId, batch: &[Record]) -> Result<(), StateError> {
        let at = self.expect(revision)?;
        if batch.is_empty() {
            return Ok(());
        }
        let mut next = self.now.clone();
        for record in batch {
            next.record(revision, record)?;
        }
        next.serial += 1;
        let mut clusters: BTreeMap<ClusterName, u32> = BTreeMap::new();
        for (name, layers) in next.changed.values() {
            *clusters.entry(name.clone()).or_default() += layers.len() as u32;
        }
        self.revisions[at].clusters = clusters.into_iter().collect();
        self.past.insert(revision, next.clusters.clone());
        self.now = next;
        Ok(())
    }

    fn finish(&mut self, revision: RevisionId, outcome: Outcome) -> Result<(), StateError> {
        let at = self.expect(revision)?;
        self.revisions[at].finished = Some(Timestamp::now());
        self.revisions[at].outcome = Some(outcome);
        self.now.serial += 1;
        self.open = None;
        Ok(())
    }

    fn revisions(&mut self) -> Result<Vec<Revision>, StateError> {
        Ok(self.revisions.clone())
    }

    fn cluster_at(
        &mut self,
        cluster: &ClusterName,
        revision: RevisionId,
    ) -> Result<Option<ClusterRecord>, StateError> {
        let found = self
            .past
            .range(..=revision)
            .next_back()
            .and_then(|(_, clusters)| clusters.get(cluster));
        Ok(found.map(|(_, record)| {
            let mut record = record.clone();
            record.index = None;
            record.in_flight.clear();
            record.hooks_ran.clear();
            record.sighting = None;
            record.seeds.clear();
            for layer in record.layers.values_mut() {
                for object in &mut layer.objects {
                    (object.seen, object.held, object.origin) = (None, None, Origin::Made);
                }
            }
            record
        }))
    }
}

impl Moment {
    fn record(&mut self, revision: RevisionId, record: &Record) -> Result<(), StateError> {
        match record {
            Record::Cluster { cluster, record } => {
                let Some((number, known)) = self.clusters.get_mut(cluster) else {
                    self.numbers += 1;
                    let facts = ClusterRecord {
                        layers: BTreeMap::new(),
                        in_flight: Vec::new(),
                        hooks_ran: Vec::new(),
                        sighting: None,
                        ..record.clone()
                    };
                    self.clusters.insert(cluster.clone(), (self.numbers, facts));
                    self.note(self.numbers, cluster, None);
                    return Ok(());
                };
                let number = *number;
                let facts = |record: &ClusterRecord| {
                    (
                        record.uid,
                        record.target.clone(),
                        record.delete_when_removed,
                    )
                };
                let same = facts(known) == facts(record);
                (known.uid, known.target, known.delete_when_removed) = facts(record);
                known.index = record.index;
                for (layer, seed) in &record.seeds {
                    take_seed(known, layer, seed);
                }
                if !same {
                    self.note(number, cluster, None);
                }
            }
            Record::ClusterMoved { from, to } => {
                if from != to && self.clusters.contains_key(from) && self.clusters.contains_key(to)
                {
                    return Err(StateError::Taken(to.to_string()));
                }
                let (number, known) = self
                    .clusters
                    .remove(from)
                    .ok_or_else(|| StateError::NoCluster(from.clone()))?;
                self.clusters.insert(to.clone(), (number, known));
                if from != to {
                    self.note(number, to, None);
                }
            }
            Record::ClusterRemoved { cluster } => {
                if let Some((number, known)) = self.clusters.remove(cluster) {
                    self.note(number, cluster, None);
                    for layer in known.layers.keys() {
                        self.note(number, cluster, Some(layer));
                    }
                }
            }
            Record::Intent {
                cluster,
                layer,
                intents,
            } => {
                let (_, known) = self.known(cluster)?;
                known
                    .in_flight
                    .extend(intents.iter().map(|intent| InFlight {
                        revision,
                        layer: layer.clone(),
                        intent: intent.clone(),
                    }));
            }
            Record::Layer {
                cluster,
                layer,
                record,
                blobs,
                seed,
            } => {
                self.known(cluster)?;
                for (digest, text) in blobs {
                    if Digest::of(text.as_bytes()) != *digest {
                        return Err(StateError::DamagedBlob(*digest));
                    }
                    self.blobs.insert(*digest, text.clone());
                }
                let wanted = record
                    .objects
                    .iter()
                    .flat_map(|object| std::iter::once(&object.blob).chain(&object.held));
                for digest in std::iter::once(&record.values).chain(wanted) {
                    if !self.blobs.contains_key(digest) {
                        return Err(StateError::NoBlob(*digest));
                    }
                }
                let (number, known) = self.known(cluster)?;
                if let Some(seed) = seed {
                    take_seed(known, layer, seed);
                }
                known.in_flight.retain(|flight| flight.layer != *layer);
                known.hooks_ran.retain(|ran| ran.layer != *layer);
                let mut new = LayerRecord::clone(record);
                new.revision = revision;
                let same = known.layers.get(layer).is_some_and(|old| same(old, &new));
                if let Some(old) = known.layers.get(layer).filter(|_| same) {
                    new.revision = old.revision;
                }
                known.layers.insert(layer.clone(), new);
                if !same {
                    self.note(number, cluster, Some(layer));
                }
            }
            Record::LayerRemoved { cluster, layer } => {
                let (number, known) = self.known(cluster)?;
                known.in_flight.retain(|flight| flight.layer != *layer);
                known.hooks_ran.retain(|ran| ran.layer != *layer);
                if known.layers.remove(layer).is_some() {
                    self.note(number, cluster, Some(layer));
                }
            }
            Record::HookRan { cluster, ran } => {
                self.known(cluster)?.1.hooks_ran.push(ran.clone());
            }
            Record::Index { cluster, seen } => self.known(cluster)?.1.index = *seen,
        }
        Ok(())
    }

    fn known(&mut self, cluster: &ClusterName) -> Result<(u64, &mut ClusterRecord), StateError> {
        self.clusters
            .get_mut(cluster)
            .map(|(number, record)| (*number, record))
            .ok_or_else(|| StateError::NoCluster(cluster.clone()))
    }

    fn note(&mut self, number: u64, name: &ClusterName, layer: Option<&LayerName>) {
        let changed = self
            .changed
            .entry(number)
            .or_insert_with(|| (name.clone(), BTreeSet::new()));
        changed.0 = name.clone();
        changed.1.extend(layer.cloned());
    }
}

/// Gives a seed to a layer, and takes it from the one that had it.
fn take_seed(cluster: &mut ClusterRecord, layer: &LayerName, seed: &Seed) {
    let name = (&seed.layer, seed.generation);
    cluster
        .seeds
        .retain(|_, known| (&known.layer, known.generation) != name);
    cluster.seeds.insert(layer.clone(), seed.clone());
}

/// Whether two records of a layer differ at most in what was seen and in who wrote them.
fn same(old: &LayerRecord, new: &LayerRecord) -> bool {
    let bare = |record: &LayerRecord| {
        let mut record = record.clone();
        record.revision = 0;
        for object in &mut record.objects {
            (object.seen, object.held, object.origin) = (None, None, Origin::Made);
        }
        record
    };
    bare(old) == bare(new)
}
