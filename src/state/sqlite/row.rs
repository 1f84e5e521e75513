//! Our types in SQLite's columns, and back.

use std::path::Path;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::model::{Digest, Keep, Seen};
use crate::state::{Origin, StateError};

/// Columns of one row, read by position, with errors that say which file is damaged.
pub(super) struct Columns<'a> {
    row: &'a Row<'a>,
    path: &'a Path,
}

impl<'a> Columns<'a> {
    pub(super) fn new(row: &'a Row<'a>, path: &'a Path) -> Self {
        Self { row, path }
    }

    fn value(&self, at: usize) -> Result<ValueRef<'a>, StateError> {
        self.row
            .get_ref(at)
            .map_err(|error| StateError::sqlite("read", self.path, error))
    }

    fn wrong(&self, at: usize, wanted: &str) -> StateError {
        let column = self.row.as_ref().column_name(at).unwrap_or("a column");
        StateError::Damaged {
            path: self.path.to_owned(),
            what: format!("`{column}` holds no {wanted}"),
        }
    }

    pub(super) fn number(&self, at: usize) -> Result<i64, StateError> {
        match self.value(at)? {
            ValueRef::Integer(number) => Ok(number),
            _ => Err(self.wrong(at, "number")),
        }
    }

    pub(super) fn maybe_number(&self, at: usize) -> Result<Option<i64>, StateError> {
        match self.value(at)? {
            ValueRef::Null => Ok(None),
            _ => self.number(at).map(Some),
        }
    }

    pub(super) fn unsigned(&self, at: usize) -> Result<u64, StateError> {
        u64::try_from(self.number(at)?).map_err(|_| self.wrong(at, "number from 0"))
    }

    pub(super) fn small(&self, at: usize) -> Result<u32, StateError> {
        u32::try_from(self.number(at)?).map_err(|_| self.wrong(at, "small number from 0"))
    }

    pub(super) fn flag(&self, at: usize) -> Result<bool, StateError> {
        Ok(self.number(at)? != 0)
    }

    pub(super) fn text(&self, at: usize) -> Result<&'a str, StateError> {
        self.maybe_text(at)?.ok_or_else(|| self.wrong(at, "text"))
    }

    pub(super) fn maybe_text(&self, at: usize) -> Result<Option<&'a str>, StateError> {
        match self.value(at)? {
            ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                .map(Some)
                .map_err(|_| self.wrong(at, "text")),
            ValueRef::Null => Ok(None),
            _ => Err(self.wrong(at, "text")),
        }
    }

    pub(super) fn bytes(&self, at: usize) -> Result<&'a [u8], StateError> {
        match self.value(at)? {
            ValueRef::Blob(bytes) => Ok(bytes),
            _ => Err(self.wrong(at, "bytes")),
        }
    }

    /// A text that must mean something.
    pub(super) fn parsed<T, E>(
        &self,
        at: usize,
        wanted: &str,
        parse: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<T, StateError> {
        parse(self.text(at)?).map_err(|_| self.wrong(at, wanted))
    }

    pub(super) fn digest(&self, at: usize) -> Result<Digest, StateError> {
        self.maybe_digest(at)?
            .ok_or_else(|| self.wrong(at, "digest"))
    }

    pub(super) fn maybe_digest(&self, at: usize) -> Result<Option<Digest>, StateError> {
        match self.value(at)? {
            ValueRef::Blob(bytes) => bytes
                .try_into()
                .map(|bytes| Some(Digest::from_bytes(bytes)))
                .map_err(|_| self.wrong(at, "digest")),
            ValueRef::Null => Ok(None),
            _ => Err(self.wrong(at, "digest")),
        }
    }

    /// Why an object stays, in the words of [`keep_text`].
    pub(super) fn keep(&self, at: usize) -> Result<Option<Keep>, StateError> {
        match self.maybe_text(at)? {
            None => Ok(None),
            Some("crds") => Ok(Some(Keep::Crds)),
            Some("policy") => Ok(Some(Keep::Policy)),
            Some("taken-over") => Ok(Some(Keep::TakenOver)),
            Some(_) => Err(self.wrong(at, "reason to keep an object")),
        }
    }

    /// Where an object came from.
    pub(super) fn origin(&self, at: usize) -> Result<Origin, StateError> {
        match self.maybe_text(at)? {
            None => Ok(Origin::Made),
            Some("adopted") => Ok(Origin::Adopted),
            Some("unmarked") => Ok(Origin::Unmarked),
            Some(_) => Err(self.wrong(at, "origin of an object")),
        }
    }

    /// The four columns of a [`Seen`], from `at` on.
    pub(super) fn seen(&self, at: usize) -> Result<Option<Seen>, StateError> {
        if self.value(at)? == ValueRef::Null {
            return Ok(None);
        }
        Ok(Some(Seen {
            size: self.unsigned(at)?,
            mtime: self.number(at + 1)?,
            ctime: self.number(at + 2)?,
            inode: self.number(at + 3)?.cast_unsigned(),
        }))
    }
}

/// Why an object stays, as a column's text.
pub(super) fn keep_text(keep: Keep) -> &'static str {
    match keep {
        Keep::Crds => "crds",
        Keep::Policy => "policy",
        Keep::TakenOver => "taken-over",
    }
}

/// Where an object came from, as the column has it.
pub(super) fn origin_text(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Made => None,
        Origin::Adopted => Some("adopted"),
        Origin::Unmarked => Some("unmarked"),
    }
}

/// The four columns of a [`Seen`].
pub(super) fn seen_columns(seen: Option<Seen>) -> [Option<i64>; 4] {
    seen.map_or([None; 4], |seen| {
        [
            Some(seen.size.cast_signed()),
            Some(seen.mtime),
            Some(seen.ctime),
            Some(seen.inode.cast_signed()),
        ]
    })
}
