//! Small documents by a key.

use std::io;
use std::path::PathBuf;

use crate::model::Sha256;

use super::digested::read_file;
use super::{Cache, CacheError};

/// The bytes of a digest, which a note begins with.
const HEAD: usize = 32;

/// The most bytes of a note.
const LIMIT: u64 = 256 << 20;

impl Cache {
    /// The note of a key; nothing when there is none, or when it is damaged. It counts as used now.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn note(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        let path = self.note_path(key);
        let mut bytes = match read_file(&path, LIMIT) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(CacheError::io("read", &path, &error)),
        };
        let intact = bytes
            .split_first_chunk::<HEAD>()
            .is_some_and(|(head, rest)| Sha256::from_bytes(*head) == Sha256::of(rest));
        Ok(intact.then(|| bytes.split_off(HEAD)))
    }

    /// Writes the note of a key, in place of the one before.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn set_note(&self, key: &str, bytes: &[u8]) -> Result<(), CacheError> {
        let mut incoming = self.incoming()?;
        incoming.write(Sha256::of(bytes).bytes())?;
        incoming.write(bytes)?;
        incoming.place(&self.note_path(key))
    }

    fn note_path(&self, key: &str) -> PathBuf {
        let name = Self::name_of(key);
        self.folder().join("notes").join(&name[..2]).join(name)
    }
}
