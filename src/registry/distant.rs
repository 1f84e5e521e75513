//! A registry that is elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use crate::model::{Registry, RegistryKind, Sha256, Version};
use crate::remote::{Fetched, Freshness, Item, ItemKind, Offer, RemoteError, Source};

use super::Supplier;
use super::resolve::guard;

/// A registry that is elsewhere. It is opened when something is first wanted of it that has not come before.
#[derive(Debug)]
pub(super) struct Distant {
    registry: Registry,
    source: OnceLock<Result<Arc<dyn Source>, RemoteError>>,
    fetched: Mutex<HashMap<Wanted, Arc<Fetching>>>,
}

/// An item, its version, and the archive that it came in before.
type Wanted = (Item, Version, Option<Sha256>);
type Fetching = OnceLock<Result<Fetched, RemoteError>>;

impl Distant {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            registry: registry.clone(),
            source: OnceLock::new(),
            fetched: Mutex::default(),
        }
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Why it cannot hold something of this kind.
    pub(super) fn refuses(&self, kind: ItemKind) -> Option<&'static str> {
        match (&self.registry.kind, kind) {
            (RegistryKind::Helm { .. }, ItemKind::Pack) => {
                Some("is a Helm repository, which has charts and no packs")
            }
            (RegistryKind::Git { .. }, ItemKind::Chart) => {
                Some("is a git repository of packs, and has no charts of their own")
            }
            _ => None,
        }
    }

    pub(super) fn source(&self, supplier: &dyn Supplier) -> Result<&dyn Source, RemoteError> {
        let source = self.source.get_or_init(|| supplier.open(&self.registry));
        match source {
            Ok(source) => Ok(source.as_ref()),
            Err(error) => Err(error.clone()),
        }
    }

    /// The versions of an item that are versions, with what is told of them; none when it is not there.
    pub(super) fn offers(
        &self,
        supplier: &dyn Supplier,
        item: &Item,
        freshness: Freshness,
    ) -> Result<Vec<(Version, Offer)>, RemoteError> {
        let offers = self.source(supplier)?.offers(item, freshness)?;
        Ok(versions(offers))
    }

    /// The archive of a version: without a request when it was pinned and has come before, else fetched, once.
    pub(super) fn fetch(
        &self,
        supplier: &dyn Supplier,
        item: &Item,
        version: &Version,
        pinned: Option<&Fetched>,
    ) -> Result<Fetched, RemoteError> {
        if let Some(pinned) = pinned
            && supplier.has(&pinned.archive)
        {
            return Ok(pinned.clone());
        }
        let wanted = (
            item.clone(),
            version.clone(),
            pinned.map(|pinned| pinned.archive),
        );
        let cell = Arc::clone(guard(&self.fetched).entry(wanted).or_default());
        let fetch = || self.source(supplier)?.fetch(item, version.as_str(), pinned);
        cell.get_or_init(fetch).clone()
    }
}

/// Offers with their versions, lowest first. Registries have tags that are no versions, such as `latest`.
pub(super) fn versions(offers: Vec<Offer>) -> Vec<(Version, Offer)> {
    let mut all: Vec<_> = offers
        .into_iter()
        .filter_map(|offer| Some((Version::new(&offer.version).ok()?, offer)))
        .collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}
