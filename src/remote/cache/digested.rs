//! Entries by their digest.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::model::Sha256;

use super::{Cache, CacheError};

/// No entry is given memory for more than this before its bytes are there.
const FIRST_ROOM: u64 = 8 << 20;

impl Cache {
    /// Whether an entry is there. It counts as used now.
    pub fn has(&self, digest: &Sha256) -> bool {
        let Ok(file) = File::open(self.blob(digest)) else {
            return false;
        };
        touch(&file);
        true
    }

    /// The bytes of an entry; nothing when it is not there. A damaged one is removed and is not there. It counts as used
    /// now.
    ///
    /// # Errors
    /// When it has more bytes than `limit`, or the system refuses.
    pub fn read(&self, digest: &Sha256, limit: u64) -> Result<Option<Vec<u8>>, CacheError> {
        let path = self.blob(digest);
        let bytes = match read_file(&path, limit) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                let digest = *digest;
                return Err(CacheError::TooLarge { digest, limit });
            }
            Err(error) => return Err(CacheError::io("read", &path, &error)),
        };
        if Sha256::of(&bytes) == *digest {
            return Ok(Some(bytes));
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(CacheError::io("remove the damaged", &path, &error))
            }
            _ => Ok(None),
        }
    }

    /// Keeps bytes that are there already.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn keep(&self, bytes: &[u8]) -> Result<Sha256, CacheError> {
        let mut incoming = self.incoming()?;
        incoming.write(bytes)?;
        incoming.commit(None)
    }

    /// Where an entry is, or would be.
    pub(super) fn blob(&self, digest: &Sha256) -> PathBuf {
        let hex = digest.hex();
        let folder = self.folder().join("blobs/sha256").join(&hex[..2]);
        folder.join(hex)
    }
}

/// Reads a file and notes that it was used. One that has more bytes than `limit` is an error of that kind.
pub(super) fn read_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    touch(&file);
    let size = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(FIRST_ROOM)).unwrap_or(0));
    let read = (&mut file)
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if read as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Notes that something was used now. A cache that cannot be written can be read nevertheless.
pub(super) fn touch(file: &File) {
    let _ = file.set_modified(SystemTime::now());
}
