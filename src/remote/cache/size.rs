//! How much there is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Cache, CacheError};

/// What a cache holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// How many archives and indexes.
    pub entries: u64,
    /// The bytes of all files, those of notes and git repositories too.
    pub bytes: u64,
}

impl Cache {
    /// What it holds now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn holdings(&self) -> Result<Holdings, CacheError> {
        let (entries, _) = size(&self.folder().join("blobs"))?;
        let (_, bytes) = size(self.folder())?;
        Ok(Holdings { entries, bytes })
    }
}

/// The number of files below a folder, and their bytes. Links are not followed; what others remove meanwhile, and a
/// folder that is not there, count as nothing.
pub(super) fn size(folder: &Path) -> Result<(u64, u64), CacheError> {
    let mut total = (0, 0);
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let read = |error| CacheError::io("read", &folder, &error);
        let Some(entries) = there(fs::read_dir(&folder)).map_err(read)? else {
            continue;
        };
        for entry in entries {
            let entry = entry.map_err(read)?;
            let Some(metadata) = there(entry.metadata()).map_err(read)? else {
                continue;
            };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                total = (total.0 + 1, total.1 + metadata.len());
            }
        }
    }
    Ok(total)
}

fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}
