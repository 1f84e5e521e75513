//! What is in the target's folder beside what we put there: the files of others, and what a killed apply left.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, Dir, FileType, unlinkat};
use rustix::io::Errno;

use crate::target::{Known, TargetError, Unmanaged};

use super::folder::{io, open_folder};
use super::look;
use super::name::{self, HOOKS, INDEX};
use super::target::Inner;

/// One entry of a folder.
struct Entry {
    name: String,
    is_folder: bool,
}

impl Inner {
    /// What nobody asked for, sorted. A folder that holds nothing of ours is told and not entered.
    pub(super) fn unmanaged(
        &self,
        base: &OwnedFd,
        known: &[Known],
    ) -> Result<Vec<Unmanaged>, TargetError> {
        let mut files = HashSet::with_capacity(known.len());
        let mut folders = HashSet::new();
        for known in known {
            let file = name::file_name(&known.key);
            files.insert(name::path(&known.layer, known.hook, &file));
            folders.insert(format!("{}/", known.layer));
            if known.hook {
                folders.insert(format!("{}/{HOOKS}/", known.layer));
            }
        }
        files.insert(INDEX.to_owned());
        let mut unmanaged = Vec::new();
        let mut open = vec![(String::new(), None)];
        while let Some((prefix, folder)) = open.pop() {
            let folder = folder.as_ref().unwrap_or(base);
            for entry in self.entries(folder, &prefix)? {
                let mut path = format!("{prefix}{}", entry.name);
                if entry.is_folder {
                    path.push('/');
                    if folders.contains(&path) {
                        // Gone in the meantime, or no folder any more: the next look tells.
                        if let Ok(inner) = open_folder(folder, &entry.name) {
                            open.push((path, Some(inner)));
                        }
                        continue;
                    }
                }
                if !files.contains(&path) && !name::is_temporary(&entry.name) {
                    unmanaged.push(Unmanaged { path });
                }
            }
        }
        unmanaged.sort();
        Ok(unmanaged)
    }

    /// Removes what killed applies left in the target's folder, and folders of layers that hold nothing else.
    pub(super) fn sweep(&self, base: &OwnedFd) -> Result<(), TargetError> {
        for entry in self.entries(base, "")? {
            if !entry.is_folder {
                self.sweep_one(base, "", &entry)?;
                continue;
            }
            let Ok(layer) = open_folder(base, &entry.name) else {
                continue;
            };
            let prefix = format!("{}/", entry.name);
            let mut swept = false;
            for entry in self.entries(&layer, &prefix)? {
                if !entry.is_folder {
                    swept |= self.sweep_one(&layer, &prefix, &entry)?;
                } else if entry.name == HOOKS
                    && let Ok(hooks) = open_folder(&layer, HOOKS)
                {
                    let prefix = format!("{prefix}{HOOKS}/");
                    let mut empty = false;
                    for entry in self.entries(&hooks, &prefix)? {
                        empty |= self.sweep_one(&hooks, &prefix, &entry)?;
                    }
                    swept |= empty && remove_folder(&layer, HOOKS);
                }
            }
            if swept {
                remove_folder(base, &entry.name);
            }
        }
        Ok(())
    }

    fn sweep_one(
        &self,
        folder: &OwnedFd,
        prefix: &str,
        entry: &Entry,
    ) -> Result<bool, TargetError> {
        if !name::is_temporary(&entry.name) {
            return Ok(false);
        }
        match look::kind(folder, &entry.name).and_then(|kind| match kind {
            FileType::RegularFile => unlinkat(folder, entry.name.as_str(), AtFlags::empty()),
            _ => Ok(()),
        }) {
            Ok(()) | Err(Errno::NOENT) => Ok(true),
            Err(errno) => {
                let path = format!("{prefix}{}", entry.name);
                Err(io("delete", self.base.path(path), errno))
            }
        }
    }

    fn entries(&self, folder: &OwnedFd, prefix: &str) -> Result<Vec<Entry>, TargetError> {
        let refuse = |errno| io("list", self.base.path(prefix), errno);
        let mut entries = Vec::new();
        for entry in Dir::read_from(folder).map_err(refuse)? {
            let entry = entry.map_err(refuse)?;
            let bytes = entry.file_name().to_bytes();
            if bytes == b"." || bytes == b".." {
                continue;
            }
            let name = OsStr::from_bytes(bytes).to_string_lossy().into_owned();
            let kind = match entry.file_type() {
                FileType::Unknown => look::kind(folder, &name).unwrap_or(FileType::Unknown),
                kind => kind,
            };
            entries.push(Entry {
                name,
                is_folder: kind == FileType::Directory,
            });
        }
        Ok(entries)
    }
}

/// Removes a folder if it is empty. One that cannot be removed stays: it does no harm.
pub(super) fn remove_folder(parent: impl AsFd, name: &str) -> bool {
    unlinkat(parent, name, AtFlags::REMOVEDIR).is_ok()
}
