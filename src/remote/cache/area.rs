//! Folders by a key.

use std::fs::{self, File};
use std::path::PathBuf;

use super::digested::touch;
use super::{Cache, CacheError, CacheLock};

/// The file whose time says when a folder was used last: what changes inside does not change the folder's own.
const USED: &str = "used";

/// The folder in an area that belongs to whoever holds the lock.
const INSIDE: &str = "in";

impl Cache {
    /// The folder of a key, for who holds its lock; empty at first. It counts as used now.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn area(&self, lock: &CacheLock) -> Result<PathBuf, CacheError> {
        let area = self.below("areas", lock.name())?;
        let inside = area.join(INSIDE);
        fs::create_dir_all(&inside)
            .and_then(|()| File::create(area.join(USED)))
            .map(|used| touch(&used))
            .map_err(|error| CacheError::io("make", &inside, &error))?;
        Ok(inside)
    }
}

/// The file in an area whose time says when it was used last.
pub(super) fn used(area: &std::path::Path) -> PathBuf {
    area.join(USED)
}
