//! The index: the order of a cluster's objects, one path a line.
//!
//! Its last line is a keyed hash of the lines before it, so that a copy of the folder, which has other times and inodes,
//! is still known to be as we left it.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, FileType, statat, unlinkat};
use rustix::io::Errno;

use crate::model::Seen;
use crate::target::{Ask, IndexEntry, TargetError};

use super::durable::Group;
use super::folder::{io, kind_name};
use super::look::{self, Found};
use super::name::{self, INDEX};
use super::target::Inner;
use super::write::Guard;

const HEADER: &str = "\
# The objects of this folder in the order in which stratiform applies them, one path a line.
# Made anew by every apply; nothing else belongs here.
";
const CHECK: &str = "# check ";

impl Inner {
    /// Writes the index, or removes it with everything that has become empty; sweeps what killed applies left.
    pub(super) fn seal(
        &self,
        order: &[IndexEntry],
    ) -> Result<(Option<Seen>, Option<Arc<Group>>), TargetError> {
        if order.is_empty() {
            return self.unseal().map(|group| (None, group));
        }
        let (base, made) = self.base.make()?;
        if !made && !self.made.load(Ordering::Relaxed) {
            self.sweep(&base)?;
        }
        let text = self.index(order);
        let mut buffer = Vec::new();
        if let Found::File(there) = self.index_file(&base, &mut buffer)?
            && buffer == text.as_bytes()
        {
            return Ok((Some(look::seen(&there.stat)), None));
        }
        let seen = self.put(
            &base,
            INDEX,
            text.as_bytes(),
            false,
            Guard::Whatever,
            &|| INDEX.into(),
        )?;
        Ok((seen, Some(self.group(&base)?)))
    }

    fn unseal(&self) -> Result<Option<Arc<Group>>, TargetError> {
        let Some(base) = self.base.open()? else {
            return Ok(None);
        };
        let refuse = |errno| io("delete", self.base.path(INDEX), errno);
        self.sweep(&base)?;
        match look::kind(&base, INDEX) {
            Ok(FileType::RegularFile) => {
                unlinkat(&base, INDEX, AtFlags::empty()).map_err(refuse)?;
            }
            Ok(kind) => return Err(self.occupied(INDEX, kind)),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(refuse(errno)),
        }
        self.base.prune()?;
        self.group(&base).map(Some)
    }

    pub(super) fn group(&self, base: &OwnedFd) -> Result<Arc<Group>, TargetError> {
        Group::of(base).map_err(|errno| io("flush", self.base.path(""), errno))
    }

    pub(super) fn occupied(&self, path: &str, kind: FileType) -> TargetError {
        TargetError::Occupied {
            path: self.base.path(path),
            found: kind_name(kind),
            wanted: "a file",
        }
    }

    /// Whether the index is as we left it. One that we never finished is not, unless there is nothing to keep in order.
    pub(super) fn index_intact(
        &self,
        base: Option<&OwnedFd>,
        ask: &Ask,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, TargetError> {
        let Some(base) = base else {
            return Ok(
                ask.index.is_none() && !ask.known.iter().any(|known| known.content.is_some())
            );
        };
        let refuse = |errno| io("read", self.base.path(INDEX), errno);
        let stat = match statat(base, INDEX, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Some(stat),
            Err(Errno::NOENT) => None,
            Err(errno) => return Err(refuse(errno)),
        };
        let Some(index) = ask.index else {
            return Ok(stat.is_none() && !ask.known.iter().any(|known| known.content.is_some()));
        };
        match stat {
            None => Ok(false),
            Some(stat) if look::seen(&stat) == index => Ok(true),
            Some(_) => match self.index_file(base, buffer)? {
                Found::File(_) => Ok(self.is_ours(buffer, ask)),
                Found::Nothing | Found::Other(_) => Ok(false),
            },
        }
    }

    fn index_file(&self, base: &OwnedFd, buffer: &mut Vec<u8>) -> Result<Found, TargetError> {
        look::read(base, INDEX, &self.key, buffer)
            .map_err(|errno| io("read", self.base.path(INDEX), errno))
    }

    fn index(&self, order: &[IndexEntry]) -> String {
        let mut text = HEADER.to_owned();
        for entry in order {
            text.push_str(&name::path(
                &entry.layer,
                entry.hook,
                &name::file_name(&entry.key),
            ));
            text.push('\n');
        }
        let check = self.key.hash(text.as_bytes());
        format!("{text}{CHECK}{check}\n")
    }

    /// Whether an index was written by us and speaks of the objects that we know.
    fn is_ours(&self, bytes: &[u8], ask: &Ask) -> bool {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return false;
        };
        let check = text
            .trim_end_matches('\n')
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let (lines, check) = text.split_at(check);
        if check != format!("{CHECK}{}\n", self.key.hash(lines.as_bytes())) {
            return false;
        }
        let mut there: Vec<&str> = lines
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        there.sort_unstable();
        let known = ask.known.iter().filter(|known| known.content.is_some());
        let mut wanted: Vec<String> = known
            .map(|known| name::path(&known.layer, known.hook, &name::file_name(&known.key)))
            .collect();
        wanted.sort_unstable();
        there == wanted
    }
}
