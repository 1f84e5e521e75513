//! What is on its way into the cache.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use crate::model::Sha256;
use crate::remote::http::Sink;

use super::{Cache, CacheError, held};

/// Something that is being written. It enters the cache with [`Incoming::commit`]; dropped before that, it is gone.
#[derive(Debug)]
#[must_use]
pub struct Incoming {
    cache: Cache,
    path: PathBuf,
    file: File,
    digest: sha2::Sha256,
    length: u64,
}

impl Cache {
    /// Begins something new.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn incoming(&self) -> Result<Incoming, CacheError> {
        let path = self.below("incoming", &random_name()?)?;
        let file = held::hold(&path).map_err(|error| CacheError::io("make", &path, &error))?;
        Ok(Incoming {
            cache: self.clone(),
            path,
            file,
            digest: sha2::Sha256::new(),
            length: 0,
        })
    }

    /// Removes what killed processes have left on its way, and says how much that was.
    pub(super) fn sweep(&self) -> Result<(u64, u64), CacheError> {
        let mut swept = (0, 0);
        for path in self.files_in(&self.folder().join("incoming"))? {
            // It may have found its place since.
            let Ok(size) = path.metadata().map(|metadata| metadata.len()) else {
                continue;
            };
            let held = held::try_hold(&path);
            let free = held.map_err(|error| CacheError::io("lock", &path, &error))?;
            if free.is_some() && fs::remove_file(&path).is_ok() {
                swept = (swept.0 + 1, swept.1 + size);
            }
        }
        Ok(swept)
    }
}

impl Incoming {
    /// Writes bytes behind those that are there.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), CacheError> {
        self.write_all(bytes)
            .map_err(|error| CacheError::io("write", &self.path, &error))
    }

    /// Forgets what was written.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn restart(&mut self) -> Result<(), CacheError> {
        self.begin_again()
            .map_err(|error| CacheError::io("write", &self.path, &error))
    }

    /// How many bytes were written.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Puts it into the cache, durably, and gives the digest by which it is found there.
    ///
    /// # Errors
    /// When it is not what was expected, or the cache cannot be written; then it is gone.
    pub fn commit(mut self, expected: Option<&Sha256>) -> Result<Sha256, CacheError> {
        let digest = Sha256::from_bytes(std::mem::take(&mut self.digest).finalize().into());
        if let Some(expected) = expected.filter(|expected| **expected != digest) {
            return Err(CacheError::Mismatch {
                expected: *expected,
                found: digest,
            });
        }
        self.place(&self.cache.blob(&digest))?;
        Ok(digest)
    }

    /// Gives what was written its name, durably.
    pub(super) fn place(&self, to: &Path) -> Result<(), CacheError> {
        let folder = to.parent().unwrap_or(to);
        self.file
            .sync_all()
            .and_then(|()| fs::create_dir_all(folder))
            .and_then(|()| fs::rename(&self.path, to))
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| CacheError::io("write", to, &error))
    }

    fn begin_again(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.digest = sha2::Sha256::new();
        self.length = 0;
        Ok(())
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Sink for Incoming {
    fn restart(&mut self) -> io::Result<()> {
        self.begin_again()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Nothing is there by this name once it has found its place.
        let _ = fs::remove_file(&self.path);
    }
}

/// A name that nobody else has.
fn random_name() -> Result<String, CacheError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| CacheError::Io {
        doing: "make a name for a file",
        path: "incoming".into(),
        why: error.to_string(),
    })?;
    Ok(bytes.iter().fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    }))
}
