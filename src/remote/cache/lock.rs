//! Locks by which several processes and threads do not fetch the same thing twice.

use std::fs::{self, File};
use std::path::PathBuf;

use super::{Cache, CacheError, held};

/// The lock of a key. Others that want it wait, threads of the same process too, until this is dropped or the process
/// ends in whatever way. Whoever gets it looks again whether the work has been done meanwhile.
#[derive(Debug)]
#[must_use]
pub struct CacheLock {
    path: PathBuf,
    name: String,
    // Held until it is closed.
    _file: File,
}

impl Cache {
    /// Waits for the lock of a key, and takes it. Blocks the thread.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn lock(&self, key: &str) -> Result<CacheLock, CacheError> {
        let name = Self::name_of(key);
        let path = self.below("locks", &name)?;
        let file = held::hold(&path).map_err(|error| CacheError::io("lock", &path, &error))?;
        Ok(CacheLock {
            path,
            name,
            _file: file,
        })
    }

    /// The lock behind a name; nothing when others hold it.
    pub(super) fn try_lock(&self, name: &str) -> Result<Option<CacheLock>, CacheError> {
        let path = self.below("locks", name)?;
        let file = held::try_hold(&path).map_err(|error| CacheError::io("lock", &path, &error))?;
        Ok(file.map(|file| CacheLock {
            path,
            name: name.to_owned(),
            _file: file,
        }))
    }
}

impl CacheLock {
    /// What the key is called on disk.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for CacheLock {
    fn drop(&mut self) {
        // Those that wait notice that the file is gone; one that stays hinders nobody.
        let _ = fs::remove_file(&self.path);
    }
}
