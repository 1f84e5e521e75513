//! Folders below the project's root, opened one by one and never through a link.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, mkdirat, open, openat, statat, unlinkat};
use rustix::io::Errno;

use crate::target::TargetError;

/// How often folders are made anew that somebody else removes at the same time, because they are empty.
const ATTEMPTS: usize = 16;

/// The target's folder.
#[derive(Clone, Debug)]
pub(super) struct Base {
    root: PathBuf,
    parts: Vec<OsString>,
    full: PathBuf,
}

impl Base {
    /// Checks a path below a root. Looks at nothing.
    pub(super) fn new(root: &Path, path: &Path) -> Result<Self, TargetError> {
        let mut parts = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(part) => parts.push(part.to_owned()),
                Component::CurDir => {}
                Component::Prefix(_) | Component::RootDir | Component::ParentDir => {
                    return Err(TargetError::Unrooted {
                        path: path.to_owned(),
                    });
                }
            }
        }
        let full = root.join(parts.iter().collect::<PathBuf>());
        Ok(Self {
            root: root.to_owned(),
            parts,
            full,
        })
    }

    /// A path in the target's folder, for messages.
    pub(super) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.full.join(inside)
    }

    /// The target's folder; nothing when it is not there.
    pub(super) fn open(&self) -> Result<Option<OwnedFd>, TargetError> {
        let mut folder = self.open_root()?;
        for depth in 1..=self.parts.len() {
            folder = match open_folder(&folder, &self.parts[depth - 1]) {
                Ok(inner) => inner,
                Err(Errno::NOENT) => return Ok(None),
                Err(errno) => return Err(self.refuse(&folder, depth, errno)),
            };
        }
        Ok(Some(folder))
    }

    /// The target's folder, made if it is not there. Says whether it was made.
    pub(super) fn make(&self) -> Result<(OwnedFd, bool), TargetError> {
        let mut last = Errno::NOENT;
        'again: for _ in 0..ATTEMPTS {
            let mut folder = self.open_root()?;
            let mut made = false;
            for depth in 1..=self.parts.len() {
                (folder, made) = match make_folder(&folder, &self.parts[depth - 1]) {
                    Ok(inner) => inner,
                    // The folder that it would stand in has gone in the meantime.
                    Err(Errno::NOENT) => continue 'again,
                    Err(errno) => {
                        last = errno;
                        if matches!(errno, Errno::NOTDIR | Errno::LOOP) {
                            return Err(self.refuse(&folder, depth, errno));
                        }
                        return Err(io("make", self.prefix(depth), last));
                    }
                };
            }
            return Ok((folder, made));
        }
        Err(io("make", self.full.clone(), last))
    }

    /// Removes the target's folder and its parents below the root, as far as they are empty. What cannot be removed
    /// stays: an empty folder does no harm.
    pub(super) fn prune(&self) -> Result<(), TargetError> {
        let mut folders = vec![self.open_root()?];
        for part in self.parts.iter().take(self.parts.len().saturating_sub(1)) {
            match open_folder(&folders[folders.len() - 1], part) {
                Ok(inner) => folders.push(inner),
                Err(_) => return Ok(()),
            }
        }
        for (folder, part) in folders.iter().zip(&self.parts).rev() {
            if unlinkat(folder, part, AtFlags::REMOVEDIR).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn open_root(&self) -> Result<OwnedFd, TargetError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        open(&self.root, flags, Mode::empty()).map_err(|errno| io("open", self.root.clone(), errno))
    }

    fn prefix(&self, depth: usize) -> PathBuf {
        self.root
            .join(self.parts.iter().take(depth).collect::<PathBuf>())
    }

    fn refuse(&self, parent: &OwnedFd, depth: usize, errno: Errno) -> TargetError {
        not_a_folder(parent, &self.parts[depth - 1], self.prefix(depth), errno)
    }
}

/// Opens a folder within a folder, and never follows a link.
pub(super) fn open_folder(parent: impl AsFd, name: impl AsRef<OsStr>) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name.as_ref(), flags, Mode::empty())
}

/// Opens a folder within a folder, made if it is not there. Says whether it was made.
pub(super) fn make_folder(
    parent: impl AsFd,
    name: impl AsRef<OsStr>,
) -> Result<(OwnedFd, bool), Errno> {
    let (parent, name) = (parent.as_fd(), name.as_ref());
    match open_folder(parent, name) {
        Err(Errno::NOENT) => {}
        other => return other.map(|folder| (folder, false)),
    }
    let made = match mkdirat(parent, name, Mode::from_raw_mode(0o777)) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(errno) => return Err(errno),
    };
    open_folder(parent, name).map(|folder| (folder, made))
}

/// Why something could not be opened as a folder.
pub(super) fn not_a_folder(
    parent: impl AsFd,
    name: impl AsRef<OsStr>,
    path: PathBuf,
    errno: Errno,
) -> TargetError {
    if matches!(errno, Errno::NOTDIR | Errno::LOOP)
        && let Ok(stat) = statat(parent, name.as_ref(), AtFlags::SYMLINK_NOFOLLOW)
    {
        return match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => TargetError::Outside { path },
            kind => TargetError::Occupied {
                path,
                found: kind_name(kind),
                wanted: "a folder",
            },
        };
    }
    io("open", path, errno)
}

/// What people call a kind of file.
pub(super) fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a folder",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something unknown",
    }
}

/// A refusal of the file system.
pub(super) fn io(action: &'static str, path: PathBuf, errno: Errno) -> TargetError {
    TargetError::Io {
        action,
        path,
        source: errno.into(),
    }
}
