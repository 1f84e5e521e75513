//! Registries elsewhere that serve from memory and count what is asked of them.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::model::{Registry, Sha256};
use crate::remote::{Fetched, Freshness, Item, ItemKind, Listing, Offer, RemoteError, Source};

use super::Supplier;

/// All that there is elsewhere, and what came from there. Every registry has the same.
#[derive(Debug, Default)]
pub(super) struct Fake(Arc<Shelf>);

/// What is told of each version, and its archive.
type Versions = Vec<(Offer, Vec<u8>)>;

#[derive(Debug, Default)]
struct Shelf {
    archives: Mutex<BTreeMap<Item, Versions>>,
    cache: Mutex<HashMap<Sha256, Vec<u8>>>,
    /// Why nothing is told.
    trouble: Mutex<Option<RemoteError>>,
    opened: AtomicUsize,
    asked: AtomicUsize,
    fetched: AtomicUsize,
}

impl Fake {
    /// Puts an archive on the shelf, in place of one that has the same version.
    pub(super) fn put(&self, kind: ItemKind, name: &str, version: &str, archive: Vec<u8>) {
        let item = Item {
            kind,
            name: name.into(),
        };
        let offer = Offer {
            version: version.into(),
            description: Some(format!("the {name}").into()),
            archive: (kind == ItemKind::Chart).then(|| Sha256::of(&archive)),
            ..Offer::default()
        };
        let mut all = self.0.archives.lock().unwrap();
        let versions = all.entry(item).or_default();
        versions.retain(|(other, _)| &*other.version != version);
        versions.push((offer, archive));
    }

    /// Answers every question about versions with an error.
    pub(super) fn break_with(&self, error: RemoteError) {
        *self.0.trouble.lock().unwrap() = Some(error);
    }

    /// Forgets all that came.
    pub(super) fn forget(&self) {
        self.0.cache.lock().unwrap().clear();
    }

    /// How often registries were opened, were asked for versions, and were fetched from.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let Shelf {
            opened,
            asked,
            fetched,
            ..
        } = &*self.0;
        let of = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (of(opened), of(asked), of(fetched))
    }
}

impl Supplier for Fake {
    fn open(&self, _: &Registry) -> Result<Arc<dyn Source>, RemoteError> {
        self.0.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::clone(&self.0) as Arc<dyn Source>)
    }

    fn has(&self, archive: &Sha256) -> bool {
        self.0.cache.lock().unwrap().contains_key(archive)
    }

    fn read(&self, archive: &Sha256) -> Result<Option<Vec<u8>>, RemoteError> {
        Ok(self.0.cache.lock().unwrap().get(archive).cloned())
    }
}

impl Source for Shelf {
    fn list(&self, _: Freshness) -> Result<Arc<[Listing]>, RemoteError> {
        let all = self.archives.lock().unwrap();
        let listings = all.iter().map(|(item, versions)| Listing {
            item: item.clone(),
            offers: versions.iter().map(|(offer, _)| offer.clone()).collect(),
        });
        Ok(listings.collect())
    }

    fn offers(&self, item: &Item, _: Freshness) -> Result<Vec<Offer>, RemoteError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(error) = &*self.trouble.lock().unwrap() {
            return Err(error.clone());
        }
        let all = self.archives.lock().unwrap();
        let versions = all.get(item).into_iter().flatten();
        Ok(versions.map(|(offer, _)| offer.clone()).collect())
    }

    fn fetch(
        &self,
        item: &Item,
        version: &str,
        pinned: Option<&Fetched>,
    ) -> Result<Fetched, RemoteError> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        let unknown = || RemoteError::Unknown {
            what: format!("{} {version}", item.name),
        };
        let all = self.archives.lock().unwrap();
        let mut versions = all.get(item).ok_or_else(unknown)?.iter();
        let (_, archive) = versions
            .find(|(offer, _)| &*offer.version == version)
            .ok_or_else(unknown)?;
        let digest = Sha256::of(archive);
        if let Some(pinned) = pinned.filter(|pinned| pinned.archive != digest) {
            return Err(RemoteError::Changed {
                what: format!("{} {version}", item.name),
                by: "the lock file",
                expected: pinned.archive,
                found: digest,
            });
        }
        self.cache.lock().unwrap().insert(digest, archive.clone());
        Ok(Fetched {
            archive: digest,
            commit: None,
        })
    }
}
