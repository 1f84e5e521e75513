//! Writing and deleting files.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, Timespec, Timestamps, fstat, futimens, linkat,
    openat, renameat, renameat_with, unlinkat,
};
use rustix::io::Errno;

use crate::model::{LayerName, ObjectKey, Seen};
use crate::target::{Expected, Operation, TargetError};

use super::durable::Group;
use super::folder::{io, make_folder, not_a_folder, open_folder};
use super::listing::remove_folder;
use super::look::{self, Found};
use super::name::{self, HOOKS};
use super::target::Inner;

/// How often a folder is made anew that another step removes at the same time, because it is empty.
const ATTEMPTS: usize = 16;

/// What became of a call's operations.
pub(super) struct Written {
    pub(super) answers: Vec<Result<Option<Seen>, TargetError>>,
    /// Who makes it durable; nothing when nothing was touched.
    pub(super) group: Option<Arc<Group>>,
}

/// What must be at a place before it is written.
#[derive(Clone, Copy)]
pub(super) enum Guard<'a> {
    /// Anything.
    Whatever,
    /// What a plan has seen of an object.
    Expected(&'a ObjectKey, Expected),
}

/// Where an operation takes place.
#[derive(Clone, Copy)]
struct Place<'a> {
    layer: &'a LayerName,
    hook: bool,
    key: &'a ObjectKey,
    file: &'a str,
}

impl Place<'_> {
    fn path(&self) -> String {
        name::path(self.layer, self.hook, self.file)
    }
}

/// What is open during a call.
#[derive(Default)]
struct Session {
    base: Option<OwnedFd>,
    /// The folder that was written to last: operations come layer by layer.
    current: Option<(LayerName, bool, OwnedFd)>,
    touched: bool,
    /// Folders that may have become empty.
    emptied: BTreeSet<(LayerName, bool)>,
}

impl Inner {
    pub(super) fn apply(&self, operations: &[Operation]) -> Written {
        let mut session = Session::default();
        let mut answers = Vec::with_capacity(operations.len());
        for operation in operations {
            let answer = self.carry_out(operation, &mut session);
            let failed = answer.is_err();
            answers.push(answer);
            if failed {
                break;
            }
        }
        session.current = None;
        if let Some(base) = session
            .base
            .as_ref()
            .filter(|_| !session.emptied.is_empty())
        {
            self.tidy(base, &session.emptied);
        }
        let group = match session.base.filter(|_| session.touched) {
            Some(base) => self.group(&base),
            None => {
                return Written {
                    answers,
                    group: None,
                };
            }
        };
        let group = match group {
            Ok(group) => Some(group),
            Err(error) => {
                if let Some(last @ Ok(_)) = answers.last_mut() {
                    *last = Err(error);
                }
                None
            }
        };
        Written { answers, group }
    }

    fn carry_out(
        &self,
        operation: &Operation,
        session: &mut Session,
    ) -> Result<Option<Seen>, TargetError> {
        match operation {
            Operation::Put {
                layer,
                key,
                hook,
                text,
                expected,
                manner: _,
                adopted: _,
            } => {
                let file = name::file_name(key);
                let place = Place {
                    layer,
                    hook: *hook,
                    key,
                    file: &file,
                };
                self.put_object(place, text, *expected, session)
            }
            Operation::Delete {
                layer,
                key,
                hook,
                expected,
            } => {
                let file = name::file_name(key);
                let place = Place {
                    layer,
                    hook: *hook,
                    key,
                    file: &file,
                };
                self.delete(place, *expected, session)?;
                session.emptied.insert((layer.clone(), *hook));
                Ok(None)
            }
        }
    }

    fn put_object(
        &self,
        place: Place<'_>,
        text: &str,
        expected: Expected,
        session: &mut Session,
    ) -> Result<Option<Seen>, TargetError> {
        let guard = Guard::Expected(place.key, expected);
        let (layer, hook) = (place.layer, place.hook);
        for _ in 0..ATTEMPTS {
            let at_hand =
                matches!(&session.current, Some((at, hooks, _)) if at == layer && *hooks == hook);
            if !at_hand {
                session.current = match self.make_layer(layer, hook, session)? {
                    Some(folder) => Some((layer.clone(), hook, folder)),
                    None => continue,
                };
            }
            let Some((_, _, folder)) = &session.current else {
                continue;
            };
            let secret = place.key.is_secret();
            let path = || place.path();
            if let Some(seen) =
                self.put(folder, place.file, text.as_bytes(), secret, guard, &path)?
            {
                session.touched = true;
                return Ok(Some(seen));
            }
            // The folder has gone in the meantime.
            session.current = None;
            session.base = None;
        }
        Err(io("write", self.base.path(place.path()), Errno::NOENT))
    }

    /// The folder of a layer, made if it is not there; nothing when the folder that it would stand in has gone in the
    /// meantime.
    fn make_layer(
        &self,
        layer: &LayerName,
        hook: bool,
        session: &mut Session,
    ) -> Result<Option<OwnedFd>, TargetError> {
        let base = match session.base.take() {
            Some(base) => base,
            None => {
                let (base, made) = self.base.make()?;
                if made {
                    self.made.store(true, Ordering::Relaxed);
                }
                base
            }
        };
        let step = |parent: &OwnedFd, name: &str, path: &str| match make_folder(parent, name) {
            Ok((folder, _)) => Ok(Some(folder)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno @ (Errno::NOTDIR | Errno::LOOP)) => {
                Err(not_a_folder(parent, name, self.base.path(path), errno))
            }
            Err(errno) => Err(io("make", self.base.path(path), errno)),
        };
        let made = match step(&base, layer.as_str(), layer.as_str())? {
            Some(folder) if hook => step(&folder, HOOKS, &format!("{layer}/{HOOKS}"))?,
            folder => folder,
        };
        session.base = made.is_some().then_some(base);
        Ok(made)
    }

    /// Writes a file at once or not at all. Nothing when its folder has gone.
    pub(super) fn put(
        &self,
        folder: &OwnedFd,
        file: &str,
        bytes: &[u8],
        secret: bool,
        guard: Guard<'_>,
        path: &dyn Fn() -> String,
    ) -> Result<Option<Seen>, TargetError> {
        let refuse = |errno| io("write", self.base.path(path()), errno);
        let temporary = name::temporary(file);
        let mode = Mode::from_raw_mode(if secret { 0o600 } else { 0o666 });
        let create = || {
            let flags =
                OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            openat(folder, temporary.as_str(), flags, mode)
        };
        let created = match create() {
            // A killed apply has left it.
            Err(Errno::EXIST) => {
                unlinkat(folder, temporary.as_str(), AtFlags::empty()).map_err(refuse)?;
                create()
            }
            created => created,
        };
        let handle = match created {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(refuse(errno)),
        };
        let written = fill(&handle, bytes)
            .map_err(refuse)
            .and_then(|()| self.put_in_place(folder, &temporary, file, guard, path))
            .and_then(|()| fstat(&handle).map_err(refuse));
        match written {
            Ok(stat) => Ok(Some(look::seen(&stat))),
            Err(error) => {
                // It has a name that the next sweep knows, should this fail as well.
                let _ = unlinkat(folder, temporary.as_str(), AtFlags::empty());
                Err(error)
            }
        }
    }

    fn put_in_place(
        &self,
        folder: &OwnedFd,
        temporary: &str,
        file: &str,
        guard: Guard<'_>,
        path: &dyn Fn() -> String,
    ) -> Result<(), TargetError> {
        let refuse = |errno| io("write", self.base.path(path()), errno);
        match guard {
            Guard::Expected(key, Expected::Absent) => {
                match rename_to_nothing(folder, temporary, file) {
                    Err(Errno::EXIST) => match look::kind(folder, file) {
                        Ok(kind) if kind != FileType::RegularFile => {
                            Err(self.occupied(&path(), kind))
                        }
                        _ => Err(TargetError::Moved { key: key.clone() }),
                    },
                    renamed => renamed.map_err(refuse),
                }
            }
            Guard::Expected(key, Expected::Content(_)) => {
                if !self.is_expected(folder, file, guard, path)? {
                    return Err(TargetError::Moved { key: key.clone() });
                }
                renameat(folder, temporary, folder, file).map_err(refuse)
            }
            Guard::Whatever => match look::kind(folder, file) {
                Ok(kind) if kind != FileType::RegularFile => Err(self.occupied(&path(), kind)),
                _ => renameat(folder, temporary, folder, file).map_err(refuse),
            },
        }
    }

    /// Whether a file is there. One with another content than expected, or one that is not expected, is an error.
    fn is_expected(
        &self,
        folder: &OwnedFd,
        file: &str,
        guard: Guard<'_>,
        path: &dyn Fn() -> String,
    ) -> Result<bool, TargetError> {
        let found = look::read(folder, file, &self.key, &mut Vec::new())
            .map_err(|errno| io("read", self.base.path(path()), errno))?;
        match (found, guard) {
            (Found::Nothing, _) => Ok(false),
            (Found::Other(kind), _) => Err(self.occupied(&path(), kind)),
            (Found::File(there), Guard::Expected(key, expected)) => {
                if expected == Expected::Content(there.digest) {
                    Ok(true)
                } else {
                    Err(TargetError::Moved { key: key.clone() })
                }
            }
            (Found::File(_), Guard::Whatever) => Ok(true),
        }
    }

    fn delete(
        &self,
        place: Place<'_>,
        expected: Expected,
        session: &mut Session,
    ) -> Result<(), TargetError> {
        if session.base.is_none() {
            session.base = self.base.open()?;
        }
        let Some(base) = &session.base else {
            return Ok(());
        };
        let Some(folder) = self.layer(base, place.layer, place.hook)? else {
            return Ok(());
        };
        let guard = Guard::Expected(place.key, expected);
        if self.is_expected(&folder, place.file, guard, &|| place.path())? {
            match unlinkat(&folder, place.file, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(io("delete", self.base.path(place.path()), errno)),
            }
        }
        // Also when it was gone: what others deleted must not come back after a crash either.
        session.touched = true;
        Ok(())
    }

    /// Removes folders that have become empty, from the inside out.
    fn tidy(&self, base: &OwnedFd, emptied: &BTreeSet<(LayerName, bool)>) {
        let mut gone = false;
        for (layer, hook) in emptied {
            if *hook && let Ok(folder) = open_folder(base, layer.as_str()) {
                remove_folder(&folder, HOOKS);
            }
            gone |= remove_folder(base, layer.as_str());
        }
        if gone {
            // An empty folder does no harm; whoever comes next tells why the root cannot be opened.
            let _ = self.base.prune();
        }
    }
}

/// Writes the bytes, and the precise time as the time of modification (see [`look`]).
fn fill(file: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = rustix::io::retry_on_intr(|| rustix::io::write(file, bytes))?;
        bytes = &bytes[written..];
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = Timespec {
        tv_sec: now.as_secs() as _,
        tv_nsec: now.subsec_nanos() as _,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    futimens(file, &times)
}

/// Renames a file to a name that must be free.
fn rename_to_nothing(folder: &OwnedFd, from: &str, to: &str) -> Result<(), Errno> {
    match renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
        // Some network file systems know no such rename, but all of them know links.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            linkat(folder, from, folder, to, AtFlags::empty())?;
            unlinkat(folder, from, AtFlags::empty())
        }
        renamed => renamed,
    }
}
