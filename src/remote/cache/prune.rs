//! Making room.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::area::used;
use super::size::size;
use super::{Cache, CacheError};

/// Whether room is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pruning {
    /// What is old goes.
    Remove,
    /// It is only counted.
    Count,
}

/// What was removed, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Pruned {
    fn add(&mut self, files: u64, bytes: u64) {
        self.files += files;
        self.bytes += bytes;
    }
}

impl Pruning {
    fn remove(self, path: &Path, pruned: &mut Pruned) {
        let size = path.metadata().map(|metadata| metadata.len());
        let removed = match self {
            Self::Remove => fs::remove_file(path),
            Self::Count => Ok(()),
        };
        // Another process may have been quicker.
        if let (Ok(bytes), Ok(())) = (size, removed) {
            pruned.add(1, bytes);
        }
    }
}

impl Cache {
    /// Removes what nobody has used for so long, or counts it, and removes what killed processes have left. Others may use the cache
    /// meanwhile: what they hold is left alone, and what is removed under their eyes is fetched again.
    ///
    /// # Errors
    /// When the cache cannot be read or written.
    pub fn prune(&self, unused_for: Duration, pruning: Pruning) -> Result<Pruned, CacheError> {
        let mut pruned = Pruned::default();
        // What killed processes have left goes whenever a cache is opened, and is no loss.
        let (files, bytes) = self.sweep()?;
        pruned.add(files, bytes);
        let now = SystemTime::now();
        let is_old = |path: &Path| is_unused(path, now, unused_for);
        for shelf in ["blobs/sha256", "notes"] {
            for folder in self.files_in(&self.folder().join(shelf))? {
                for path in self.files_in(&folder)? {
                    if is_old(&path) {
                        pruning.remove(&path, &mut pruned);
                    }
                }
            }
        }
        for area in self.files_in(&self.folder().join("areas"))? {
            self.prune_area(&area, &is_old, pruning, &mut pruned)?;
        }
        for lock in self.names_in("locks")? {
            // Whoever takes a lock removes its file when it is done.
            drop(self.try_lock(&lock)?);
        }
        Ok(pruned)
    }

    fn prune_area(
        &self,
        area: &Path,
        is_old: &dyn Fn(&Path) -> bool,
        pruning: Pruning,
        pruned: &mut Pruned,
    ) -> Result<(), CacheError> {
        let name = area.file_name().unwrap_or_default().to_string_lossy();
        let Some(_lock) = self.try_lock(&name)? else {
            return Ok(());
        };
        let mark = used(area);
        if mark.exists() && !is_old(&mark) {
            return Ok(());
        }
        let (files, bytes) = size(area)?;
        if pruning == Pruning::Remove {
            fs::remove_dir_all(area).map_err(|error| CacheError::io("remove", area, &error))?;
        }
        pruned.add(files, bytes);
        Ok(())
    }

    fn names_in(&self, folder: &str) -> Result<Vec<String>, CacheError> {
        let paths = self.files_in(&self.folder().join(folder))?;
        let names = paths.iter().filter_map(|path| path.file_name());
        Ok(names
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }
}

/// Whether a file was used last so long ago. One that is gone, or was used in the future, is not old.
fn is_unused(path: &Path, now: SystemTime, unused_for: Duration) -> bool {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|used| now.duration_since(used).is_ok_and(|age| age >= unused_for))
}
