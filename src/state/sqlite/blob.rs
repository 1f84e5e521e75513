//! Texts by their digests.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use rusqlite::{Connection, OptionalExtension, params};

use crate::model::Digest;
use crate::state::StateError;

/// Texts shorter than this, in bytes, are not worth the time to pack them.
const WORTH_PACKING: usize = 512;

const PLAIN: i64 = 0;
const DEFLATE: i64 = 1;

/// Puts texts into the file. Remembers which are there.
pub(super) struct BlobWriter {
    known: HashSet<Digest>,
    compress: Compress,
    packed: Vec<u8>,
}

impl Default for BlobWriter {
    fn default() -> Self {
        Self {
            known: HashSet::new(),
            compress: Compress::new(Compression::fast(), false),
            packed: Vec::new(),
        }
    }
}

impl BlobWriter {
    /// Forgets what is there, since a transaction was taken back.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// Whether a text is there.
    pub(super) fn has(
        &mut self,
        connection: &Connection,
        digest: &Digest,
    ) -> rusqlite::Result<bool> {
        if self.known.contains(digest) {
            return Ok(true);
        }
        let found = connection
            .prepare_cached("SELECT 1 FROM blobs WHERE digest = ?1")?
            .exists([digest.as_bytes()])?;
        if found {
            self.known.insert(*digest);
        }
        Ok(found)
    }

    /// Puts a text there unless it is there.
    pub(super) fn put(
        &mut self,
        connection: &Connection,
        path: &Path,
        digest: &Digest,
        text: &str,
    ) -> Result<(), StateError> {
        let failed = |error| StateError::sqlite("write", path, error);
        if self.has(connection, digest).map_err(failed)? {
            return Ok(());
        }
        if Digest::of(text.as_bytes()) != *digest {
            return Err(StateError::DamagedBlob(*digest));
        }
        let (packing, data) = self.pack(text.as_bytes());
        connection
            .prepare_cached(
                "INSERT INTO blobs (digest, size, packing, data) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut insert| {
                insert.execute(params![digest.as_bytes(), text.len() as i64, packing, data])
            })
            .map_err(failed)?;
        self.known.insert(*digest);
        Ok(())
    }

    fn pack<'a>(&'a mut self, text: &'a [u8]) -> (i64, &'a [u8]) {
        if text.len() < WORTH_PACKING {
            return (PLAIN, text);
        }
        self.packed.clear();
        self.packed.reserve(text.len());
        self.compress.reset();
        // What does not get shorter does not end within the text's own length, and stays as it is.
        match self
            .compress
            .compress_vec(text, &mut self.packed, FlushCompress::Finish)
        {
            Ok(Status::StreamEnd) => (DEFLATE, &self.packed),
            _ => (PLAIN, text),
        }
    }
}

/// A text by its digest, proved to be the one.
pub(super) fn read(
    connection: &Connection,
    path: &Path,
    digest: &Digest,
) -> Result<Arc<str>, StateError> {
    let failed = |error| StateError::sqlite("read", path, error);
    let (size, packing, data) = connection
        .prepare_cached("SELECT size, packing, data FROM blobs WHERE digest = ?1")
        .map_err(failed)?
        .query_row([digest.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?))
        })
        .optional()
        .map_err(failed)?
        .ok_or(StateError::NoBlob(*digest))?;
    unpack(*digest, size, packing, data)
}

/// A text from its row, proved to be the one that the digest means.
pub(super) fn unpack(
    digest: Digest,
    size: i64,
    packing: i64,
    data: Vec<u8>,
) -> Result<Arc<str>, StateError> {
    let damaged = || StateError::DamagedBlob(digest);
    let plain = match packing {
        PLAIN => data,
        DEFLATE => {
            // Deflate never packs better than 1032 to 1, so a damaged size cannot ask for more memory than that.
            let size = usize::try_from(size).map_err(|_| damaged())?;
            if size / 1032 > data.len() {
                return Err(damaged());
            }
            let mut plain = Vec::with_capacity(size);
            match Decompress::new(false).decompress_vec(&data, &mut plain, FlushDecompress::Finish)
            {
                Ok(Status::StreamEnd) => plain,
                _ => return Err(damaged()),
            }
        }
        _ => return Err(damaged()),
    };
    if Digest::of(&plain) != digest {
        return Err(damaged());
    }
    String::from_utf8(plain)
        .map(Arc::from)
        .map_err(|_| damaged())
}
