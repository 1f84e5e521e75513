//! The rows of layers and objects: from records, and as they stand.

use rusqlite::Params;

use crate::model::{Digest, Keep, Seen};
use crate::state::{LayerRecord, ObjectRecord, Origin, StateError};

use super::super::read::each;
use super::super::row::Columns;
use super::super::share::join;
use super::Writer;

/// A layer's row, without what tells whose it is.
#[derive(PartialEq)]
pub(super) struct LayerRow {
    position: u32,
    category: i64,
    content: i64,
    profile: i64,
    fingerprint: Option<Digest>,
    values: Digest,
    depends_on: i64,
    ignore_fields: i64,
}

/// What was last seen of an object, which is no history.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub(super) seen: Option<Seen>,
    pub(super) held: Option<Digest>,
    pub(super) origin: Origin,
}

impl Look {
    pub(super) fn of(object: &ObjectRecord) -> Self {
        Self {
            seen: object.seen,
            held: object.held,
            origin: object.origin,
        }
    }
}

/// An object's row, without its place and what was seen.
#[derive(PartialEq)]
pub(super) struct ObjectRow {
    pub(super) object: i64,
    pub(super) blob: Digest,
    pub(super) content: Digest,
    pub(super) masked: bool,
    pub(super) holder: bool,
    pub(super) hook: bool,
    pub(super) keep: Option<Keep>,
}

impl Writer<'_> {
    /// Since when a layer is as it is, and how.
    pub(super) fn current(
        &self,
        cluster: i64,
        layer: i64,
    ) -> Result<Option<(i64, LayerRow)>, StateError> {
        let mut found = None;
        each(
            self.connection,
            self.path,
            "SELECT since, position, category, content, profile, fingerprint, values_blob, depends_on, ignore_fields
             FROM layers WHERE cluster = ?1 AND layer = ?2",
            [cluster, layer],
            |row| {
                found = Some((
                    row.number(0)?,
                    LayerRow {
                        position: row.small(1)?,
                        category: row.number(2)?,
                        content: row.number(3)?,
                        profile: row.number(4)?,
                        fingerprint: row.maybe_digest(5)?,
                        values: row.digest(6)?,
                        depends_on: row.number(7)?,
                        ignore_fields: row.number(8)?,
                    },
                ));
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// A layer's objects in their order, each with what was seen of it.
    pub(super) fn objects(
        &self,
        cluster: i64,
        layer: i64,
    ) -> Result<Vec<(ObjectRow, Look)>, StateError> {
        let mut found = Vec::new();
        each(
            self.connection,
            self.path,
            "SELECT object, blob, content, masked, holder, hook, keep, held, origin, seen_size, seen_mtime,
                    seen_ctime, seen_inode
             FROM objects WHERE cluster = ?1 AND layer = ?2 ORDER BY position",
            [cluster, layer],
            |row: &Columns<'_>| {
                let object = ObjectRow {
                    object: row.number(0)?,
                    blob: row.digest(1)?,
                    content: row.digest(2)?,
                    masked: row.flag(3)?,
                    holder: row.flag(4)?,
                    hook: row.flag(5)?,
                    keep: row.keep(6)?,
                };
                let look = Look {
                    held: row.maybe_digest(7)?,
                    origin: row.origin(8)?,
                    seen: row.seen(9)?,
                };
                found.push((object, look));
                Ok(())
            },
        )?;
        Ok(found)
    }

    pub(super) fn layer_row(&mut self, record: &LayerRecord) -> Result<LayerRow, StateError> {
        self.want_blob(&record.values)?;
        let ignored = if record.ignore_fields.is_empty() {
            "[]".to_owned()
        } else {
            serde_json::to_string(&record.ignore_fields).map_err(|error| {
                self.failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
            })?
        };
        let content = self
            .memory
            .numbers
            .content(self.connection, &record.content);
        let profile = self
            .memory
            .numbers
            .profile(self.connection, &record.profile);
        Ok(LayerRow {
            position: record.position,
            category: self.word(record.category.as_str())?,
            content: content.map_err(|error| self.failed(error))?,
            profile: profile.map_err(|error| self.failed(error))?,
            fingerprint: record.fingerprint,
            values: record.values,
            depends_on: self.word(&join(&record.depends_on))?,
            ignore_fields: self.word(&ignored)?,
        })
    }

    pub(super) fn object_row(&mut self, object: &ObjectRecord) -> Result<ObjectRow, StateError> {
        let blobs = std::iter::once(&object.blob).chain(&object.held);
        blobs
            .into_iter()
            .try_for_each(|blob| self.want_blob(blob))?;
        let key = self.memory.numbers.object(self.connection, &object.key);
        Ok(ObjectRow {
            object: key.map_err(|error| self.failed(error))?,
            blob: object.blob,
            content: object.content,
            masked: object.masked,
            holder: object.holder,
            hook: object.hook,
            keep: object.keep,
        })
    }
}

impl LayerRow {
    /// The row's columns, in the order in which inserting and updating want them.
    pub(super) fn columns(&self, cluster: i64, layer: i64, since: i64) -> impl Params + '_ {
        (
            cluster,
            layer,
            since,
            self.position,
            self.category,
            self.content,
            self.profile,
            self.fingerprint.as_ref().map(Digest::as_bytes),
            self.values.as_bytes(),
            self.depends_on,
            self.ignore_fields,
        )
    }
}
