//! The index of a repository in the cache, asked for anew when that is wanted.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Sha256;
use crate::remote::age::will_do;
use crate::remote::cache::Cache;
use crate::remote::http::{Answer, Endpoint, Validators};
use crate::remote::{Freshness, Listing, RemoteError};

use super::address;
use super::index::Index;

/// Where the index is below a repository's address.
const INDEX_FILE: &str = "index.yaml";

/// The longest index that is taken, in bytes. The largest public ones have about 30 MB.
const INDEX_LIMIT: u64 = 128 << 20;

/// The form in which an index is kept. Another one is not looked at, and made anew from the text.
const FORM: u32 = 1;

/// The index of one repository.
#[derive(Debug)]
pub(super) struct Kept {
    endpoint: Endpoint,
    cache: Cache,
    held: Mutex<Option<Held>>,
}

/// An index in memory.
#[derive(Clone, Debug)]
struct Held {
    look: Arc<Look>,
    checked: Timestamp,
    /// Whether the repository was asked since this was opened: nobody asks twice.
    asked: bool,
}

/// An index, and what it lists.
#[derive(Debug)]
pub(super) struct Look {
    pub index: Index,
    listings: OnceLock<Arc<[Listing]>>,
}

impl Look {
    /// Everything in it.
    pub fn listings(&self) -> Arc<[Listing]> {
        let all = || self.index.listings().into();
        Arc::clone(self.listings.get_or_init(all))
    }
}

/// What the cache knows of a repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    /// The digest of its index.
    digest: Sha256,
    /// When it was known to be the newest.
    checked: Timestamp,
    /// How to ask whether it still is.
    validators: Validators,
}

impl Kept {
    pub fn new(endpoint: Endpoint, cache: Cache) -> Self {
        Self {
            endpoint,
            cache,
            held: Mutex::new(None),
        }
    }

    /// The index. Several threads ask once for all of them, and so do several processes.
    ///
    /// # Errors
    /// When it cannot be had, or is none.
    pub fn index(&self, freshness: Freshness) -> Result<Arc<Look>, RemoteError> {
        let network = self.endpoint.network();
        let (offline, now) = (network.is_offline(), network.timing().clock.now());
        let fine = |checked: Timestamp, asked: bool| {
            offline || asked || will_do(checked, freshness, now, now)
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_ref().filter(|held| fine(held.checked, held.asked)) {
            return Ok(Arc::clone(&held.look));
        }
        let noted = self.noted()?.filter(|note| fine(note.checked, false));
        let new = match self.load(noted)? {
            Some(found) => found,
            None if offline => {
                let registry = self.endpoint.registry();
                return Err(RemoteError::Offline {
                    what: format!("the index of registry `{registry}`"),
                });
            }
            None => self.ask(now)?,
        };
        Ok(Arc::clone(&held.insert(new).look))
    }

    /// What a note leads to; nothing when the cache has lost it.
    fn load(&self, note: Option<Note>) -> Result<Option<Held>, RemoteError> {
        let Some(note) = note else {
            return Ok(None);
        };
        let index = self.read(&note.digest)?;
        Ok(index.map(|index| Held::new(index, note.checked, false)))
    }

    /// Asks the repository.
    fn ask(&self, now: Timestamp) -> Result<Held, RemoteError> {
        let _lock = self.cache.lock(&self.key())?;
        let before = self.noted()?;
        // Somebody else may have asked while we waited for the lock.
        let later = self.endpoint.network().timing().clock.now();
        let is_new = |note: &Note| will_do(note.checked, Freshness::Now, now, later);
        let meanwhile = before.clone().filter(is_new);
        if let Some(mut found) = self.load(meanwhile)? {
            found.asked = true;
            return Ok(found);
        }
        let known = match before {
            Some(note) => self.read(&note.digest)?.map(|index| (note, index)),
            None => None,
        };
        let validators = known.as_ref().map(|(note, _)| note.validators.clone());
        let mut incoming = self.cache.incoming()?;
        let answer = self.endpoint.get(
            self.address().as_str(),
            &validators.unwrap_or_default(),
            INDEX_LIMIT,
            &mut incoming,
        )?;
        let checked = self.endpoint.network().timing().clock.now();
        let (note, index) = match (answer, known) {
            (Answer::NotModified, Some((note, index))) => (Note { checked, ..note }, index),
            (Answer::NotModified, None) => {
                return Err(self.no_index(&"it says that nothing changed, and we have nothing"));
            }
            (Answer::Body { validators, .. }, _) => {
                let digest = incoming.commit(None)?;
                let note = Note {
                    digest,
                    checked,
                    validators,
                };
                let index = self.read(&digest)?;
                (note, index.ok_or_else(|| self.no_index(&"it was lost"))?)
            }
        };
        let bytes = serde_json::to_vec(&note).map_err(|error| self.no_index(&error))?;
        self.cache.set_note(&self.key(), &bytes)?;
        Ok(Held::new(index, checked, true))
    }

    /// An index by the digest of its text, from the form in which it is kept or else from the text.
    fn read(&self, digest: &Sha256) -> Result<Option<Index>, RemoteError> {
        let key = format!("helm index {digest} in form {FORM}");
        let kept = self.cache.note(&key)?;
        if let Some(index) = kept.and_then(|kept| serde_json::from_slice(&kept).ok()) {
            return Ok(Some(index));
        }
        let Some(text) = self.cache.read(digest, INDEX_LIMIT)? else {
            return Ok(None);
        };
        let index = Index::parse(&text).map_err(|error| self.no_index(&error))?;
        let bytes = serde_json::to_vec(&index).map_err(|error| self.no_index(&error))?;
        self.cache.set_note(&key, &bytes)?;
        Ok(Some(index))
    }

    fn noted(&self) -> Result<Option<Note>, RemoteError> {
        let note = self.cache.note(&self.key())?;
        // One that another version of us has written may be in another form.
        Ok(note.and_then(|note| serde_json::from_slice(&note).ok()))
    }

    fn key(&self) -> String {
        format!("helm repository {}", self.endpoint.base())
    }

    fn address(&self) -> url::Url {
        let base = self.endpoint.base();
        address::join(base, INDEX_FILE).unwrap_or_else(|| base.clone())
    }

    fn no_index(&self, why: &dyn std::fmt::Display) -> RemoteError {
        RemoteError::NoIndex {
            url: crate::remote::http::shown(&self.address()),
            why: why.to_string(),
        }
    }
}

impl Held {
    fn new(index: Index, checked: Timestamp, asked: bool) -> Self {
        let look = Look {
            index,
            listings: OnceLock::new(),
        };
        Self {
            look: Arc::new(look),
            checked,
            asked,
        }
    }
}
