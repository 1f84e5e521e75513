//! What every kind of registry can do.

use std::fmt;
use std::sync::Arc;

use crate::model::Sha256;

use super::RemoteError;

/// Something that a registry has in versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its name.
    pub name: Arc<str>,
}

/// What registries hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// Packs, as gzipped tar archives of their folders (those of git as plain ones).
    Pack,
    /// Helm charts, as the archives that `helm package` makes.
    Chart,
}

impl ItemKind {
    /// The kind as messages and files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pack => "pack",
            Self::Chart => "chart",
        }
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One item of a registry with its versions, in no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The item.
    pub item: Item,
    /// Its versions.
    pub offers: Vec<Offer>,
}

/// One version of an item, as the registry tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The version as the registry writes it.
    pub version: Arc<str>,
    /// The version of the software in it.
    pub app_version: Option<Arc<str>>,
    /// What it is.
    pub description: Option<Arc<str>>,
    /// Whether nobody should use it any more.
    pub deprecated: bool,
    /// The digest of its archive, where the registry tells it before the archive is fetched.
    pub archive: Option<Sha256>,
}

/// How old an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Whatever the cache holds, and the network when it holds nothing: for pins of the lock file.
    Any,
    /// Some minutes old: for people who look around.
    Recent,
    /// The registry is asked whether anything has changed: for what resolves or updates.
    Now,
}

/// An archive that is in the cache now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its digest, by which the cache has it.
    pub archive: Sha256,
    /// The commit that it is from, of a git repository.
    pub commit: Option<Arc<str>>,
}

/// One registry. Its methods block, may be called from any thread, and do not ask twice for what they hold.
pub trait Source: fmt::Debug + Send + Sync {
    /// Everything that the registry holds.
    ///
    /// # Errors
    /// When it cannot be had, or the registry is of a kind that does not tell.
    fn list(&self, freshness: Freshness) -> Result<Arc<[Listing]>, RemoteError>;

    /// The versions of one item; none when the registry does not have it.
    ///
    /// # Errors
    /// When they cannot be had.
    fn offers(&self, item: &Item, freshness: Freshness) -> Result<Vec<Offer>, RemoteError>;

    /// Brings the archive of one version into the cache. `pinned` is what the lock file says that came before: then
    /// nothing is asked when the cache holds that archive, and anything else that comes is refused.
    ///
    /// # Errors
    /// When it cannot be had, or is not what was pinned or announced.
    fn fetch(
        &self,
        item: &Item,
        version: &str,
        pinned: Option<&Fetched>,
    ) -> Result<Fetched, RemoteError>;
}
