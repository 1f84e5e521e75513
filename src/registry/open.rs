//! How packs and charts are had from elsewhere.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::archive;
use crate::model::{Registry, RegistryKind, Sha256};
use crate::remote::cache::Cache;
use crate::remote::credentials::Credentials;
use crate::remote::git::{Git, Place, Surroundings};
use crate::remote::helm::Helm;
use crate::remote::http::Endpoint;
use crate::remote::oci::Oci;
use crate::remote::{Network, RemoteError, Source};

use super::FetchEvent;
use super::vendor::VendorFolder;

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

/// The world outside as it is: the network, the cache of what came from there, and before both of them what was copied into
/// the project. The cache is opened when it is first needed, so that projects that need none make no folder.
#[derive(Debug)]
pub struct Outside {
    root: PathBuf,
    network: Arc<Network>,
    credentials: Credentials,
    cache: OnceLock<Result<Cache, RemoteError>>,
    vendor: OnceLock<Result<Option<VendorFolder>, RemoteError>>,
    mends: bool,
}

impl Outside {
    /// The world outside for a project with this root, which files of credentials are relative to.
    pub fn new(root: &Path, offline: bool) -> Self {
        Self {
            root: root.to_owned(),
            network: Network::new(offline),
            credentials: Credentials::of_process(),
            cache: OnceLock::new(),
            vendor: OnceLock::new(),
            mends: false,
        }
    }

    /// The same for who makes the copies in the project anew: one that is damaged is as good as none, and which there are is
    /// what the lock file says.
    #[must_use]
    pub fn mending(mut self) -> Self {
        self.mends = true;
        self
    }

    /// What was copied into the project.
    fn vendor(&self) -> Result<Option<&VendorFolder>, RemoteError> {
        let open = || {
            if self.mends {
                Ok(VendorFolder::by_lock(&self.root))
            } else {
                VendorFolder::open(&self.root)
            }
        };
        let vendor = self.vendor.get_or_init(open).as_ref();
        vendor.map(Option::as_ref).map_err(Clone::clone)
    }

    fn copy(&self, archive: &Sha256) -> Result<Option<Vec<u8>>, RemoteError> {
        let Some(vendor) = self.vendor()? else {
            return Ok(None);
        };
        match vendor.read(archive) {
            Err(_) if self.mends => Ok(None),
            read => read,
        }
    }

    fn cache(&self) -> Result<&Cache, RemoteError> {
        let open = || Ok(Cache::open(&Cache::default_folder()?)?);
        self.cache.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    fn endpoint(&self, registry: &Registry, url: &str) -> Result<Endpoint, RemoteError> {
        let Registry { name, access, .. } = registry;
        let (network, credentials) = (&self.network, &self.credentials);
        Endpoint::new(network, url, access, &self.root, name, credentials)
    }
}

impl Supplier for Outside {
    fn open(&self, registry: &Registry) -> Result<Arc<dyn Source>, RemoteError> {
        let cache = self.cache()?.clone();
        Ok(match &registry.kind {
            RegistryKind::Helm { url } => Arc::new(Helm::new(self.endpoint(registry, url)?, cache)),
            RegistryKind::Oci { url, packs } => {
                let endpoint = self.endpoint(registry, url)?;
                Arc::new(Oci::new(endpoint, Arc::clone(packs), cache))
            }
            RegistryKind::Git {
                url,
                reference,
                path,
            } => {
                let place = Place {
                    url: Arc::clone(url),
                    reference: reference.clone(),
                    path: path.clone(),
                };
                let around = Surroundings {
                    network: &self.network,
                    cache: &cache,
                    credentials: &self.credentials,
                    root: &self.root,
                };
                Arc::new(Git::new(place, &registry.access, &registry.name, &around)?)
            }
            RegistryKind::Directory { path } => {
                return Err(RemoteError::Unknown {
                    what: format!("way to the folder `{}`: it is here", path.display()),
                });
            }
        })
    }

    fn has(&self, archive: &Sha256) -> bool {
        match self.vendor() {
            Ok(vendor) => {
                vendor.is_some_and(|vendor| vendor.has(archive))
                    || self.cache().is_ok_and(|cache| cache.has(archive))
            }
            // Whoever reads it is told what is wrong with the copies; fetching it would hide that.
            Err(_) => true,
        }
    }

    fn read(&self, digest: &Sha256) -> Result<Option<Vec<u8>>, RemoteError> {
        match self.copy(digest)? {
            Some(bytes) => Ok(Some(bytes)),
            None => Ok(self.cache()?.read(digest, archive::LARGEST)?),
        }
    }
}
