//! Making room.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::area::used;
use super::{Cache, CacheError};

/// What was removed.
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

impl Cache {
    /// Removes what nobody has used for so long, and what killed processes have left. Others may use the cache
    /// meanwhile: what they hold is left alone, and what is removed under their eyes is fetched again.
    ///
    /// # Errors
    /// When the cache cannot be read or written.
    pub fn prune(&self, unused_for: Duration) -> Result<Pruned, CacheError> {
        let mut pruned = Pruned::default();
        let (files, bytes) = self.sweep()?;
        pruned.add(files, bytes);
        let now = SystemTime::now();
        let is_old = |path: &Path| is_unused(path, now, unused_for);
        for shelf in ["blobs/sha256", "notes"] {
            for folder in self.files_in(&self.folder().join(shelf))? {
                for path in self.files_in(&folder)? {
                    if is_old(&path) {
                        remove(&path, &mut pruned);
                    }
                }
            }
        }
        for area in self.files_in(&self.folder().join("areas"))? {
            self.prune_area(&area, &is_old, &mut pruned)?;
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
        fs::remove_dir_all(area).map_err(|error| CacheError::io("remove", area, &error))?;
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

fn remove(path: &Path, pruned: &mut Pruned) {
    let size = path.metadata().map(|metadata| metadata.len());
    // Another process may have been quicker.
    if let (Ok(bytes), Ok(())) = (size, fs::remove_file(path)) {
        pruned.add(1, bytes);
    }
}

/// The number of files below a folder, and their bytes. Links are not followed.
fn size(folder: &Path) -> Result<(u64, u64), CacheError> {
    let mut total = (0, 0);
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let read = |error| CacheError::io("read", &folder, &error);
        for entry in fs::read_dir(&folder).map_err(read)? {
            let entry = entry.map_err(read)?;
            let metadata = entry.metadata().map_err(read)?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                total = (total.0 + 1, total.1 + metadata.len());
            }
        }
    }
    Ok(total)
}
