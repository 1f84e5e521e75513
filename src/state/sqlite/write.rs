//! Recording a batch: the rows that a fact changes, and the past that it leaves behind.

mod rows;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, params};

use crate::model::{ClusterName, Digest, LayerName, Seed, Seen};
use crate::state::{ClusterRecord, HookRan, Intent, LayerRecord, Record, StateError};

use super::blob::BlobWriter;
use super::row::{keep_text, origin_text, seen_columns};
use super::share::Numbers;

use rows::{Look, ObjectRow};

/// What a writer remembers from batch to batch.
#[derive(Default)]
pub(super) struct Memory {
    numbers: Numbers,
    blobs: BlobWriter,
    clusters: std::collections::HashMap<ClusterName, i64>,
    /// Cluster and layer, as numbers: what the revision has changed so far.
    changed: HashSet<(i64, i64)>,
    /// Those of the batch that is being recorded.
    fresh: Vec<(i64, i64)>,
}

impl Memory {
    /// Begins another revision.
    pub(super) fn begin(&mut self) {
        self.changed.clear();
        self.fresh.clear();
    }

    /// The batch is durable.
    pub(super) fn keep(&mut self) {
        self.fresh.clear();
    }

    /// The batch was taken back, and with it the rows that we remember.
    pub(super) fn take_back(&mut self) {
        for change in self.fresh.drain(..) {
            self.changed.remove(&change);
        }
        self.numbers = Numbers::default();
        self.clusters.clear();
        self.blobs.forget();
    }
}

/// Records facts inside one transaction.
pub(super) struct Writer<'a> {
    pub(super) connection: &'a Connection,
    pub(super) path: &'a Path,
    pub(super) memory: &'a mut Memory,
    pub(super) revision: i64,
}

impl Writer<'_> {
    pub(super) fn record(&mut self, record: &Record) -> Result<(), StateError> {
        match record {
            Record::Cluster { cluster, record } => self.cluster(cluster, record),
            Record::ClusterMoved { from, to } => self.cluster_moved(from, to),
            Record::ClusterRemoved { cluster } => self.cluster_removed(cluster),
            Record::Intent {
                cluster,
                layer,
                intents,
            } => self.intent(cluster, layer, intents),
            Record::Layer {
                cluster,
                layer,
                record,
                blobs,
                seed,
            } => {
                self.layer(cluster, layer, record, blobs)?;
                let number = self.known(cluster)?;
                seed.iter()
                    .try_for_each(|seed| self.seed(number, layer, seed))
            }
            Record::LayerRemoved { cluster, layer } => self.layer_removed(cluster, layer),
            Record::HookRan { cluster, ran } => self.hook_ran(cluster, ran),
            Record::Index { cluster, seen } => {
                let number = self.known(cluster)?;
                self.index(number, *seen)
            }
        }
    }

    fn cluster(&mut self, name: &ClusterName, record: &ClusterRecord) -> Result<(), StateError> {
        let uid = record.uid.to_string();
        let target = serde_json::to_string(&record.target).map_err(|error| {
            self.failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
        })?;
        let Some(number) = self.find(name)? else {
            let number = self
                .connection
                .prepare_cached(
                    "INSERT INTO clusters (since, name, uid, target, delete_when_removed) VALUES (?1, ?2, ?3, ?4, ?5)",
                )
                .and_then(|mut insert| {
                    insert.insert(params![
                        self.revision,
                        name.as_str(),
                        uid,
                        target,
                        record.delete_when_removed
                    ])
                })
                .map_err(|error| self.failed(error))?;
            self.memory.clusters.insert(name.clone(), number);
            self.index(number, record.index)?;
            self.seeds(number, record)?;
            return self.note(number, name, 0);
        };
        let same: bool = self
            .connection
            .prepare_cached(
                "SELECT uid = ?2 AND target = ?3 AND delete_when_removed = ?4 FROM clusters WHERE cluster = ?1",
            )
            .and_then(|mut select| {
                select.query_row(
                    params![number, uid, target, record.delete_when_removed],
                    |row| row.get(0),
                )
            })
            .map_err(|error| self.failed(error))?;
        if !same {
            self.close_cluster(number)?;
            self.run(
                "UPDATE clusters SET since = ?2, uid = ?3, target = ?4, delete_when_removed = ?5 WHERE cluster = ?1",
                params![number, self.revision, uid, target, record.delete_when_removed],
            )?;
            self.note(number, name, 0)?;
        }
        self.seeds(number, record)?;
        self.index(number, record.index)
    }

    fn seeds(&mut self, cluster: i64, record: &ClusterRecord) -> Result<(), StateError> {
        let mut seeds = record.seeds.iter();
        seeds.try_for_each(|(layer, seed)| self.seed(cluster, layer, seed))
    }

    fn seed(&mut self, cluster: i64, layer: &LayerName, seed: &Seed) -> Result<(), StateError> {
        let (layer, name) = (self.word(layer.as_str())?, self.word(seed.layer.as_str())?);
        // Replaces the layer's former seed, and takes this one from the layer that had it.
        self.run(
            "INSERT OR REPLACE INTO seeds (cluster, layer, name, generation, made) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                cluster,
                layer,
                name,
                seed.generation.cast_signed(),
                seed.made.to_string()
            ],
        )
    }

    fn cluster_moved(&mut self, from: &ClusterName, to: &ClusterName) -> Result<(), StateError> {
        let number = self.known(from)?;
        if from == to {
            return Ok(());
        }
        if self.find(to)?.is_some() {
            return Err(StateError::Taken(to.to_string()));
        }
        self.close_cluster(number)?;
        self.run(
            "UPDATE clusters SET since = ?2, name = ?3 WHERE cluster = ?1",
            params![number, self.revision, to.as_str()],
        )?;
        self.memory.clusters.remove(from);
        self.memory.clusters.insert(to.clone(), number);
        self.note(number, to, 0)
    }

    fn cluster_removed(&mut self, name: &ClusterName) -> Result<(), StateError> {
        let Some(number) = self.find(name)? else {
            return Ok(());
        };
        let mut gone = Vec::new();
        super::read::each(
            self.connection,
            self.path,
            "SELECT layer FROM layers WHERE cluster = ?1",
            [number],
            |row| {
                gone.push(row.number(0)?);
                Ok(())
            },
        )?;
        self.note(number, name, 0)?;
        for layer in gone {
            self.forget_layer(number, name, layer)?;
        }
        for forget in [
            "DELETE FROM journal WHERE cluster = ?1",
            "DELETE FROM hooks_ran WHERE cluster = ?1",
            "DELETE FROM seeds WHERE cluster = ?1",
            "DELETE FROM sightings WHERE cluster = ?1",
        ] {
            self.run(forget, [number])?;
        }
        self.close_cluster(number)?;
        self.run("DELETE FROM clusters WHERE cluster = ?1", [number])?;
        self.memory.clusters.remove(name);
        Ok(())
    }

    fn intent(
        &mut self,
        cluster: &ClusterName,
        layer: &LayerName,
        intents: &[Intent],
    ) -> Result<(), StateError> {
        let number = self.known(cluster)?;
        let layer = self.word(layer.as_str())?;
        let intents = serde_json::to_string(intents).map_err(|error| {
            self.failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
        })?;
        self.run(
            "INSERT INTO journal (revision, cluster, layer, intents) VALUES (?1, ?2, ?3, ?4)",
            params![self.revision, number, layer, intents],
        )
    }

    fn hook_ran(&mut self, cluster: &ClusterName, ran: &HookRan) -> Result<(), StateError> {
        let number = self.known(cluster)?;
        let layer = self.word(ran.layer.as_str())?;
        let object = self.memory.numbers.object(self.connection, &ran.key);
        let object = object.map_err(|error| self.failed(error))?;
        let event = serde_json::to_value(ran.event).map_err(|error| {
            self.failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
        })?;
        self.run(
            "INSERT INTO hooks_ran (cluster, layer, object, event, content) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                number,
                layer,
                object,
                event.as_str(),
                ran.content.as_bytes()
            ],
        )
    }

    fn layer(
        &mut self,
        cluster: &ClusterName,
        name: &LayerName,
        record: &LayerRecord,
        blobs: &[(Digest, Arc<str>)],
    ) -> Result<(), StateError> {
        let number = self.known(cluster)?;
        let layer = self.word(name.as_str())?;
        for (digest, text) in blobs {
            self.memory
                .blobs
                .put(self.connection, self.path, digest, text)?;
        }
        let row = self.layer_row(record)?;
        let objects = record
            .objects
            .iter()
            .map(|object| self.object_row(object))
            .collect::<Result<Vec<_>, _>>()?;

        match self.current(number, layer)? {
            None => {
                self.run(
                    "INSERT INTO layers (cluster, layer, since, position, category, content, profile, fingerprint,
                                         values_blob, depends_on, ignore_fields)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                    row.columns(number, layer, self.revision),
                )?;
                for (position, (object, look)) in objects.iter().zip(looks(record)).enumerate() {
                    self.add_object((number, layer, position), object, look)?;
                }
                self.changed(number, cluster, layer)?;
            }
            Some((since, before)) => {
                let past = self.objects(number, layer)?;
                let same = before == row
                    && past.len() == objects.len()
                    && past.iter().zip(&objects).all(|((was, _), is)| was == is);
                if !same {
                    if since < self.revision {
                        self.close_layer(number, layer)?;
                    }
                    self.run(
                        "UPDATE layers SET since = ?3, position = ?4, category = ?5, content = ?6, profile = ?7,
                                           fingerprint = ?8, values_blob = ?9, depends_on = ?10, ignore_fields = ?11
                         WHERE cluster = ?1 AND layer = ?2",
                        row.columns(number, layer, self.revision),
                    )?;
                    self.changed(number, cluster, layer)?;
                }
                for (position, (object, look)) in objects.iter().zip(looks(record)).enumerate() {
                    let place = (number, layer, position);
                    match past.get(position) {
                        Some((was, last)) if was == object => {
                            if *last != look {
                                self.refresh_object(place, look)?;
                            }
                        }
                        Some(_) => {
                            self.drop_object(place)?;
                            self.add_object(place, object, look)?;
                        }
                        None => self.add_object(place, object, look)?,
                    }
                }
                for position in objects.len()..past.len() {
                    self.drop_object((number, layer, position))?;
                }
            }
        }
        self.landed(number, layer)
    }

    fn layer_removed(
        &mut self,
        cluster: &ClusterName,
        layer: &LayerName,
    ) -> Result<(), StateError> {
        let number = self.known(cluster)?;
        let layer = self.word(layer.as_str())?;
        if self.current(number, layer)?.is_some() {
            self.forget_layer(number, cluster, layer)?;
        }
        self.landed(number, layer)
    }

    fn index(&mut self, cluster: i64, seen: Option<Seen>) -> Result<(), StateError> {
        let [size, mtime, ctime, inode] = seen_columns(seen);
        self.run(
            "UPDATE clusters SET seen_size = ?2, seen_mtime = ?3, seen_ctime = ?4, seen_inode = ?5 WHERE cluster = ?1",
            params![cluster, size, mtime, ctime, inode],
        )
    }

    /// Nothing of a layer is in flight any more.
    fn landed(&mut self, cluster: i64, layer: i64) -> Result<(), StateError> {
        for forget in [
            "DELETE FROM journal WHERE cluster = ?1 AND layer = ?2",
            "DELETE FROM hooks_ran WHERE cluster = ?1 AND layer = ?2",
        ] {
            self.run(forget, [cluster, layer])?;
        }
        Ok(())
    }

    fn forget_layer(
        &mut self,
        cluster: i64,
        name: &ClusterName,
        layer: i64,
    ) -> Result<(), StateError> {
        self.run(
            "INSERT INTO past_objects (cluster, layer, position, until, since, object, blob, content, masked, holder, hook,
                                       keep)
             SELECT cluster, layer, position, ?3, since, object, blob, content, masked, holder, hook, keep
             FROM objects WHERE cluster = ?1 AND layer = ?2 AND since < ?3",
            [cluster, layer, self.revision],
        )?;
        self.run(
            "DELETE FROM objects WHERE cluster = ?1 AND layer = ?2",
            [cluster, layer],
        )?;
        self.close_layer(cluster, layer)?;
        self.run(
            "DELETE FROM layers WHERE cluster = ?1 AND layer = ?2",
            [cluster, layer],
        )?;
        self.changed(cluster, name, layer)
    }

    /// Keeps a cluster's row as it was before this revision; a row that this revision made leaves no past.
    fn close_cluster(&mut self, cluster: i64) -> Result<(), StateError> {
        self.run(
            "INSERT INTO past_clusters (cluster, until, since, name, uid, target, delete_when_removed)
             SELECT cluster, ?2, since, name, uid, target, delete_when_removed
             FROM clusters WHERE cluster = ?1 AND since < ?2",
            [cluster, self.revision],
        )
    }

    fn close_layer(&mut self, cluster: i64, layer: i64) -> Result<(), StateError> {
        self.run(
            "INSERT INTO past_layers (cluster, layer, until, since, position, category, content, profile, fingerprint,
                                      values_blob, depends_on, ignore_fields)
             SELECT cluster, layer, ?3, since, position, category, content, profile, fingerprint, values_blob,
                    depends_on, ignore_fields
             FROM layers WHERE cluster = ?1 AND layer = ?2 AND since < ?3",
            [cluster, layer, self.revision],
        )
    }

    fn drop_object(&mut self, place: (i64, i64, usize)) -> Result<(), StateError> {
        let (cluster, layer, position) = place;
        self.run(
            "INSERT INTO past_objects (cluster, layer, position, until, since, object, blob, content, masked, holder, hook,
                                       keep)
             SELECT cluster, layer, position, ?4, since, object, blob, content, masked, holder, hook, keep
             FROM objects WHERE cluster = ?1 AND layer = ?2 AND position = ?3 AND since < ?4",
            params![cluster, layer, position as i64, self.revision],
        )?;
        self.run(
            "DELETE FROM objects WHERE cluster = ?1 AND layer = ?2 AND position = ?3",
            params![cluster, layer, position as i64],
        )
    }

    fn add_object(
        &mut self,
        (cluster, layer, position): (i64, i64, usize),
        object: &ObjectRow,
        look: Look,
    ) -> Result<(), StateError> {
        let [size, mtime, ctime, inode] = seen_columns(look.seen);
        self.run(
            "INSERT INTO objects (cluster, layer, position, since, object, blob, content, masked, holder, hook,
                                  keep, held, origin, seen_size, seen_mtime, seen_ctime, seen_inode)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            params![
                cluster,
                layer,
                position as i64,
                self.revision,
                object.object,
                object.blob.as_bytes(),
                object.content.as_bytes(),
                object.masked,
                object.holder,
                object.hook,
                object.keep.map(keep_text),
                look.held.as_ref().map(Digest::as_bytes),
                origin_text(look.origin),
                size,
                mtime,
                ctime,
                inode
            ],
        )
    }

    fn refresh_object(
        &mut self,
        (cluster, layer, position): (i64, i64, usize),
        look: Look,
    ) -> Result<(), StateError> {
        let [size, mtime, ctime, inode] = seen_columns(look.seen);
        let held = look.held.as_ref().map(Digest::as_bytes);
        self.run(
            "UPDATE objects SET seen_size = ?4, seen_mtime = ?5, seen_ctime = ?6, seen_inode = ?7, held = ?8,
                                origin = ?9
             WHERE cluster = ?1 AND layer = ?2 AND position = ?3",
            params![
                cluster,
                layer,
                position as i64,
                size,
                mtime,
                ctime,
                inode,
                held,
                origin_text(look.origin)
            ],
        )
    }

    fn want_blob(&mut self, digest: &Digest) -> Result<(), StateError> {
        match self.memory.blobs.has(self.connection, digest) {
            Ok(true) => Ok(()),
            Ok(false) => Err(StateError::NoBlob(*digest)),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Counts a layer among those that the revision changed.
    fn changed(&mut self, cluster: i64, name: &ClusterName, layer: i64) -> Result<(), StateError> {
        if !self.memory.changed.insert((cluster, layer)) {
            return Ok(());
        }
        self.memory.fresh.push((cluster, layer));
        self.note(cluster, name, 1)
    }

    fn note(&mut self, cluster: i64, name: &ClusterName, layers: i64) -> Result<(), StateError> {
        self.run(
            "INSERT INTO changes (revision, cluster, name, layers) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (revision, cluster) DO UPDATE SET name = excluded.name, layers = layers + excluded.layers",
            params![self.revision, cluster, name.as_str(), layers],
        )
    }

    fn known(&mut self, name: &ClusterName) -> Result<i64, StateError> {
        self.find(name)?
            .ok_or_else(|| StateError::NoCluster(name.clone()))
    }

    fn find(&mut self, name: &ClusterName) -> Result<Option<i64>, StateError> {
        if let Some(number) = self.memory.clusters.get(name) {
            return Ok(Some(*number));
        }
        let found = self
            .connection
            .prepare_cached("SELECT cluster FROM clusters WHERE name = ?1")
            .and_then(|mut select| {
                select
                    .query_row([name.as_str()], |row| row.get(0))
                    .optional()
            })
            .map_err(|error| self.failed(error))?;
        if let Some(number) = found {
            self.memory.clusters.insert(name.clone(), number);
        }
        Ok(found)
    }

    fn word(&mut self, text: &str) -> Result<i64, StateError> {
        self.memory
            .numbers
            .word(self.connection, text)
            .map_err(|error| self.failed(error))
    }

    fn run(&self, sql: &str, what: impl Params) -> Result<(), StateError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(what))
            .map(drop)
            .map_err(|error| self.failed(error))
    }

    fn failed(&self, error: rusqlite::Error) -> StateError {
        StateError::sqlite("write", self.path, error)
    }
}

fn looks(record: &LayerRecord) -> impl Iterator<Item = Look> {
    record.objects.iter().map(Look::of)
}
