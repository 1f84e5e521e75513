//! A git repository as a source of packs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::archive::LARGEST;
use crate::model::{Access, GitReference, RegistryName, Sha256};
use crate::remote::cache::{Cache, CacheError};
use crate::remote::credentials::Credentials;
use crate::remote::{
    Fetched, Freshness, Item, ItemKind, Listing, Network, Offer, RemoteError, Source,
};

use super::address::{Address, Place};
use super::archive;
use super::packs::{Pack, Packs};
use super::repository::Repository;
use super::tip::Tip;
use super::tree;

/// A git repository with packs in folders.
#[derive(Debug)]
pub struct Git {
    place: Place,
    address: Address,
    network: Arc<Network>,
    cache: Cache,
    held: Mutex<Held>,
}

/// What is in memory.
#[derive(Debug, Default)]
struct Held {
    /// The commit that the reference names, and whether the repository was asked since this was opened.
    tip: Option<(Tip, bool)>,
    /// The packs of commits.
    packs: HashMap<String, Arc<Packs>>,
}

/// Where things come from and go to, besides the repository itself.
#[derive(Clone, Debug)]
pub struct Surroundings<'a> {
    /// The network.
    pub network: &'a Arc<Network>,
    /// The cache.
    pub cache: &'a Cache,
    /// Where credentials are, when the document has none.
    pub credentials: &'a Credentials,
    /// The project's root, which paths are relative to.
    pub root: &'a Path,
}

impl Git {
    /// The packs at a place. Nothing is asked yet.
    ///
    /// # Errors
    /// When the address is not encrypted although it should be, or a credential is not where it should be.
    pub fn new(
        place: Place,
        access: &Access,
        registry: &RegistryName,
        around: &Surroundings<'_>,
    ) -> Result<Self, RemoteError> {
        let (root, credentials) = (around.root, around.credentials);
        let address = Address::new(&place.url, access, root, registry, credentials)?;
        Ok(Self {
            place,
            address,
            network: Arc::clone(around.network),
            cache: around.cache.clone(),
            held: Mutex::default(),
        })
    }

    /// The commit that the reference names.
    fn tip(&self, held: &mut Held, freshness: Freshness) -> Result<String, RemoteError> {
        if let GitReference::Commit(commit) = &self.place.reference {
            return Ok(self.checked(commit)?.to_owned());
        }
        let now = || self.network.timing().clock.now();
        let began = now();
        let freshness = if self.network.is_offline() {
            Freshness::Any
        } else {
            freshness
        };
        if let Some((tip, asked)) = &held.tip
            && (*asked || freshness == Freshness::Any)
        {
            return Ok(tip.commit.clone());
        }
        let key = format!("git {:?} of {}", self.place.reference, self.address.url);
        let kept = |freshness| Tip::kept(&self.cache, &key, freshness, (began, now()));
        if let Some(tip) = kept(freshness)? {
            let commit = tip.commit.clone();
            held.tip = Some((tip, false));
            return Ok(commit);
        }
        if self.network.is_offline() {
            let what = format!("the newest commit of registry `{}`", self.address.registry);
            return Err(RemoteError::Offline { what });
        }
        let repository = self.repository()?;
        let tip = match kept(Freshness::Now)? {
            Some(tip) => tip,
            None => Tip::ask(repository.git(), &self.cache, &key, &self.place.reference)?,
        };
        let commit = tip.commit.clone();
        held.tip = Some((tip, true));
        Ok(commit)
    }

    /// The packs of a commit.
    fn packs(&self, held: &mut Held, commit: &str) -> Result<Arc<Packs>, RemoteError> {
        if let Some(packs) = held.packs.get(commit) {
            return Ok(Arc::clone(packs));
        }
        let folder = self.folder();
        let key = format!("git packs of {} {commit} {folder}", self.address.url);
        let packs = match Packs::kept(&self.cache, &key)? {
            Some(packs) => packs,
            None => {
                let repository = self.repository()?;
                match Packs::kept(&self.cache, &key)? {
                    Some(packs) => packs,
                    None => {
                        let place = (commit, &self.place.reference, folder);
                        Packs::find(&repository, &self.cache, &key, place)?
                    }
                }
            }
        };
        let packs = Arc::new(packs);
        held.packs.insert(commit.to_owned(), Arc::clone(&packs));
        Ok(packs)
    }

    /// The archive of a pack of a commit.
    fn archive(
        &self,
        pack: &Pack,
        commit: &str,
        what: &str,
        pinned: Option<Sha256>,
    ) -> Result<Sha256, RemoteError> {
        let repository = self.repository()?;
        let key = format!(
            "git archive of {} {commit} {}",
            self.address.url, pack.folder
        );
        let note = self.cache.note(&key)?;
        let there: Option<Sha256> = note.and_then(|note| serde_json::from_slice(&note).ok());
        if let Some(there) = there.filter(|digest| self.cache.has(digest)) {
            return match pinned.filter(|pinned| *pinned != there) {
                Some(pinned) => Err(changed(what, pinned, there)),
                None => Ok(there),
            };
        }
        repository.need(commit, &self.place.reference)?;
        let files = tree::files(repository.git(), commit, &pack.folder)?;
        let contents = repository.contents(commit, &files)?;
        let mut incoming = self.cache.incoming()?;
        let folder = format!("{}-{}", pack.name, pack.version);
        archive::write(&mut incoming, &folder, &files, &contents).map_err(|error| {
            RemoteError::Git {
                url: self.address.shown().to_owned(),
                why: format!("`{}` cannot be archived: {error}", pack.folder),
            }
        })?;
        if incoming.length() > LARGEST {
            let (url, folder) = (self.address.shown().to_owned(), &pack.folder);
            let why = format!("`{folder}` is larger than {LARGEST} bytes, which is the limit");
            return Err(RemoteError::Git { url, why });
        }
        let digest = incoming
            .commit(pinned.as_ref())
            .map_err(|error| match error {
                CacheError::Mismatch { expected, found } => changed(what, expected, found),
                error => error.into(),
            })?;
        // Without the note it is made again, and nothing worse.
        if let Ok(note) = serde_json::to_vec(&digest) {
            self.cache.set_note(&key, &note)?;
        }
        Ok(digest)
    }

    /// Refuses what is not the number of a commit, and might mean something else to git.
    fn checked<'c>(&self, commit: &'c str) -> Result<&'c str, RemoteError> {
        let full = [40, 64].contains(&commit.len());
        if full && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(commit);
        }
        Err(RemoteError::Git {
            url: self.address.shown().to_owned(),
            why: format!("`{commit}` is not the full number of a commit"),
        })
    }

    fn repository(&self) -> Result<Repository<'_>, RemoteError> {
        Repository::open(&self.address, &self.network, &self.cache)
    }

    /// The folder that is looked through, without slashes around it.
    fn folder(&self) -> &str {
        let path = self.place.path.as_deref().unwrap_or_default();
        path.trim_start_matches("./").trim_matches('/')
    }

    fn hold(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn changed(what: &str, expected: Sha256, found: Sha256) -> RemoteError {
    RemoteError::Changed {
        what: what.to_owned(),
        by: "the lock file",
        expected,
        found,
    }
}

impl Source for Git {
    fn list(&self, freshness: Freshness) -> Result<Arc<[Listing]>, RemoteError> {
        let mut held = self.hold();
        let commit = self.tip(&mut held, freshness)?;
        Ok(self.packs(&mut held, &commit)?.listings().into())
    }

    fn offers(&self, item: &Item, freshness: Freshness) -> Result<Vec<Offer>, RemoteError> {
        if item.kind != ItemKind::Pack {
            return Ok(Vec::new());
        }
        let mut held = self.hold();
        let commit = self.tip(&mut held, freshness)?;
        Ok(self.packs(&mut held, &commit)?.offers(&item.name))
    }

    fn fetch(
        &self,
        item: &Item,
        version: &str,
        pinned: Option<&Fetched>,
    ) -> Result<Fetched, RemoteError> {
        if let Some(pinned) = pinned.filter(|pinned| self.cache.has(&pinned.archive)) {
            return Ok(pinned.clone());
        }
        let registry = &self.address.registry;
        let what = format!("pack `{}` {version} of registry `{registry}`", item.name);
        let mut held = self.hold();
        let commit = match pinned.and_then(|pinned| pinned.commit.as_deref()) {
            Some(commit) => self.checked(commit)?.to_owned(),
            None => self.tip(&mut held, Freshness::Any)?,
        };
        let offline = |error| match error {
            RemoteError::Offline { .. } => RemoteError::Offline { what: what.clone() },
            error => error,
        };
        let packs = self.packs(&mut held, &commit).map_err(offline)?;
        drop(held);
        let pack = packs.pack(&item.name, version);
        let pack = pack.filter(|_| item.kind == ItemKind::Pack);
        let Some(pack) = pack else {
            let what = format!("{what} at commit {commit}");
            return Err(RemoteError::Unknown { what });
        };
        let pinned = pinned.map(|pinned| pinned.archive);
        let archive = self
            .archive(pack, &commit, &what, pinned)
            .map_err(offline)?;
        Ok(Fetched {
            archive,
            commit: Some(commit.into()),
        })
    }
}
