//! The store itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use crate::model::{ClusterName, Digest, Key};
use crate::state::key::key_check;
use crate::state::{
    ClusterRecord, Outcome, Record, Revision, RevisionId, RevisionStart, Sighting, Snapshot,
    StateError, Store,
};

use super::open::{Mode, open, open_beside};
use super::write::{Memory, Writer};
use super::{blob, read, sighting};

/// A state in a SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    mode: Mode,
    /// Nothing when the file is not there and is only to be read.
    connection: Option<Connection>,
    memory: Memory,
    /// The revision that is being recorded.
    revision: Option<RevisionId>,
}

impl SqliteStore {
    /// Opens the state in a file. To write needs the [`crate::state::Lock`], which is the caller's to hold.
    ///
    /// # Errors
    /// When the file is not a state, is damaged, or was written by a newer program (it is then left as it is); when it,
    /// or its folder, cannot be read or written.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, StateError> {
        Ok(Self {
            path: path.to_owned(),
            mode,
            connection: open(path, mode)?,
            memory: Memory::default(),
            revision: None,
        })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a state; not when it was opened to be read and is not there.
    pub fn is_there(&self) -> bool {
        self.connection.is_some()
    }

    /// Compares a key with the one that the state was made with; a state that is opened to be written and has none yet
    /// remembers this one, as a keyed hash that tells nothing.
    ///
    /// # Errors
    /// [`StateError::WrongKey`], or when the state cannot be read or written.
    pub fn check_key(&mut self, key: &Key) -> Result<(), StateError> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let check = key_check(key);
        let kept: Option<Vec<u8>> = connection
            .query_row("SELECT key_check FROM meta", [], |row| row.get(0))
            .map_err(|error| StateError::sqlite("read", &self.path, error))?;
        match kept {
            Some(kept) if kept == check.as_bytes() => Ok(()),
            Some(_) => Err(StateError::WrongKey {
                path: self.path.clone(),
            }),
            None if self.mode == Mode::Read => Ok(()),
            None => connection
                .execute("UPDATE meta SET key_check = ?1", [check.as_bytes()])
                .map(drop)
                .map_err(|error| StateError::sqlite("write", &self.path, error)),
        }
    }

    /// Compares a project's name with the one that the state belongs to; a state that is opened to be written and
    /// belongs to none yet belongs to this one from now on.
    ///
    /// # Errors
    /// [`StateError::OtherProject`], or when the state cannot be read or written.
    pub fn check_project(&mut self, project: &str) -> Result<(), StateError> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let owner: Option<String> = connection
            .query_row("SELECT project FROM meta", [], |row| row.get(0))
            .map_err(|error| StateError::sqlite("read", &self.path, error))?;
        match owner {
            Some(owner) if owner == project => Ok(()),
            Some(owner) => Err(StateError::OtherProject {
                path: self.path.clone(),
                owner,
                project: project.to_owned(),
            }),
            None if self.mode == Mode::Read => Ok(()),
            None => connection
                .execute("UPDATE meta SET project = ?1", [project])
                .map(drop)
                .map_err(|error| StateError::sqlite("write", &self.path, error)),
        }
    }

    /// The connection and the path, for the rest of this room.
    pub(super) fn parts(&self) -> (Option<&Connection>, &Path) {
        (self.connection.as_ref(), &self.path)
    }

    /// Reads in one transaction, so that all of it is of one moment; nothing when there is no state.
    fn read<T>(
        &mut self,
        take: impl FnOnce(&Connection, &Path) -> Result<T, StateError>,
    ) -> Result<Option<T>, StateError> {
        let Some(connection) = &mut self.connection else {
            return Ok(None);
        };
        let transaction = connection
            .transaction()
            .map_err(|error| StateError::sqlite("read", &self.path, error))?;
        take(&transaction, &self.path).map(Some)
    }

    /// Writes in one transaction, which is durable when this returns, and raises the serial.
    pub(super) fn write<T>(
        &mut self,
        put: impl FnOnce(&Transaction<'_>, &Path, &mut Memory) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        let path = &self.path;
        let failed = |error| StateError::sqlite("write", path, error);
        let Some(connection) = &mut self.connection else {
            return Err(StateError::ReadOnly { path: path.clone() });
        };
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let done = put(&transaction, path, &mut self.memory).and_then(|value| {
            transaction
                .execute("UPDATE meta SET serial = serial + 1", [])
                .and_then(|_| transaction.commit())
                .map_err(failed)?;
            Ok(value)
        });
        match &done {
            Ok(_) => self.memory.keep(),
            Err(_) => self.memory.take_back(),
        }
        done
    }
}

impl Store for SqliteStore {
    fn snapshot(&mut self) -> Result<Snapshot, StateError> {
        Ok(self.read(read::snapshot)?.unwrap_or(Snapshot {
            lineage: Uuid::nil(),
            serial: 0,
            clusters: BTreeMap::new(),
        }))
    }

    fn blob(&mut self, digest: &Digest) -> Result<Arc<str>, StateError> {
        match &self.connection {
            None => Err(StateError::NoBlob(*digest)),
            Some(connection) => blob::read(connection, &self.path, digest),
        }
    }

    fn remember(&mut self, sightings: &[(ClusterName, Sighting)]) -> Result<(), StateError> {
        match (&mut self.connection, self.mode) {
            _ if sightings.is_empty() => Ok(()),
            (None, _) => Ok(()),
            (Some(connection), Mode::Write) => sighting::keep(connection, &self.path, sightings),
            (Some(_), Mode::Read) => match open_beside(&self.path)? {
                Some(mut connection) => sighting::keep(&mut connection, &self.path, sightings),
                None => Ok(()),
            },
        }
    }

    fn begin(&mut self, start: &RevisionStart) -> Result<RevisionId, StateError> {
        self.revision = None;
        self.memory.begin();
        let revision = self.write(|transaction, path, _| {
            let (_, actual) = read::base(transaction, path)?;
            if actual != start.serial {
                return Err(StateError::Stale {
                    expected: start.serial,
                    actual,
                });
            }
            transaction
                .prepare_cached("INSERT INTO revisions (started, command, who) VALUES (?1, ?2, ?3)")
                .and_then(|mut insert| {
                    insert.insert(params![
                        Timestamp::now().to_string(),
                        start.command,
                        start.who
                    ])
                })
                .map_err(|error| StateError::sqlite("write", path, error))
        })?;
        let revision = revision.cast_unsigned();
        self.revision = Some(revision);
        Ok(revision)
    }

    fn record(&mut self, revision: RevisionId, batch: &[Record]) -> Result<(), StateError> {
        self.expect(revision)?;
        if batch.is_empty() {
            return Ok(());
        }
        self.write(|transaction, path, memory| {
            let mut writer = Writer {
                connection: transaction,
                path,
                memory,
                revision: revision.cast_signed(),
            };
            batch.iter().try_for_each(|record| writer.record(record))
        })
    }

    fn finish(&mut self, revision: RevisionId, outcome: Outcome) -> Result<(), StateError> {
        self.expect(revision)?;
        let outcome = match outcome {
            Outcome::Done => "done",
            Outcome::Failed => "failed",
            Outcome::Interrupted => "interrupted",
        };
        self.write(|transaction, path, _| {
            transaction
                .execute(
                    "UPDATE revisions SET finished = ?2, outcome = ?3 WHERE revision = ?1",
                    params![
                        revision.cast_signed(),
                        Timestamp::now().to_string(),
                        outcome
                    ],
                )
                .map(drop)
                .map_err(|error| StateError::sqlite("write", path, error))
        })?;
        self.revision = None;
        Ok(())
    }

    fn revisions(&mut self) -> Result<Vec<Revision>, StateError> {
        Ok(self.read(read::revisions)?.unwrap_or_default())
    }

    fn cluster_at(
        &mut self,
        cluster: &ClusterName,
        revision: RevisionId,
    ) -> Result<Option<ClusterRecord>, StateError> {
        Ok(self
            .read(|connection, path| read::cluster_at(connection, path, cluster, revision))?
            .flatten())
    }
}

impl SqliteStore {
    fn expect(&self, revision: RevisionId) -> Result<(), StateError> {
        match self.revision {
            Some(begun) if begun == revision => Ok(()),
            _ => Err(StateError::NotBegun(revision)),
        }
    }
}
