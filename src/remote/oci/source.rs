//! An OCI registry as a source of charts and packs.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::archive::LARGEST;
use crate::model::Sha256;
use crate::remote::cache::{Cache, CacheError};
use crate::remote::http::Endpoint;
use crate::remote::{Fetched, Freshness, Item, Listing, Offer, RemoteError, Source};

use super::artifact::{Archive, archive};
use super::repository::{Repository, tag_of, version_of};
use super::session::{Scope, Session};
use super::{OciError, blob, manifest, tags};

/// How old an answer may be for people who look around.
const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// An OCI registry.
pub struct Oci {
    session: Session,
    packs: Arc<str>,
    cache: Cache,
    opened: Timestamp,
}

/// What the cache knows of a repository.
#[derive(Serialize, Deserialize)]
struct Note {
    tags: Vec<String>,
    asked: Timestamp,
}

/// What the cache knows of a tag.
#[derive(Serialize, Deserialize)]
struct Named {
    archive: Archive,
    asked: Timestamp,
}

impl Oci {
    /// The registry at an endpoint, with packs below a path. Nothing is asked yet.
    pub fn new(endpoint: Endpoint, packs: Arc<str>, cache: Cache) -> Self {
        Self {
            opened: endpoint.network().timing().clock.now(),
            session: Session::new(endpoint),
            packs,
            cache,
        }
    }

    fn repository(&self, item: &Item) -> Result<Repository, OciError> {
        Repository::of(self.endpoint(), &self.packs, item)
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        self.session.endpoint()
    }

    /// The tags of a repository; those that the cache holds, when they are new enough.
    fn tags(
        &self,
        repository: &Repository,
        freshness: Freshness,
    ) -> Result<Vec<String>, RemoteError> {
        let key = format!("oci tags of {repository}");
        let network = self.endpoint().network();
        let now = network.timing().clock.now();
        let fine = |note: &Note| {
            let age = now.duration_since(note.asked);
            match freshness {
                // That nothing is there may change, and then the cache would be all that says so.
                _ if note.tags.is_empty() => note.asked >= self.opened,
                _ if network.is_offline() || note.asked >= self.opened => true,
                Freshness::Any => true,
                Freshness::Recent => !age.is_negative() && age < RECENT,
                Freshness::Now => false,
            }
        };
        let noted = || -> Result<Option<Note>, CacheError> {
            let note = self.cache.note(&key)?;
            let note = note.and_then(|note| serde_json::from_slice::<Note>(&note).ok());
            Ok(note.filter(fine))
        };
        if let Some(note) = noted()? {
            return Ok(note.tags);
        }
        if network.is_offline() {
            let what = format!("the list of versions of {repository}");
            return Err(RemoteError::Offline { what });
        }
        let _lock = self.cache.lock(&key)?;
        // Somebody else may have asked while we waited.
        if let Some(note) = noted()? {
            return Ok(note.tags);
        }
        let tags = tags::tags(&self.session, repository)?;
        let note = Note { tags, asked: now };
        // Without the note it is asked again, and nothing worse.
        if let Ok(bytes) = serde_json::to_vec(&note) {
            self.cache.set_note(&key, &bytes)?;
        }
        Ok(note.tags)
    }

    /// The archive that a tag names: what the registry says now, or offline what it said last.
    fn resolve(
        &self,
        item: &Item,
        repository: &Repository,
        tag: &str,
        what: &str,
    ) -> Result<Archive, RemoteError> {
        let what = what.to_owned();
        let reference = repository.reference(tag);
        let key = format!("oci archive of {} {reference}", item.kind);
        let network = self.endpoint().network();
        let note = self.cache.note(&key)?;
        let note = note.and_then(|note| serde_json::from_slice::<Named>(&note).ok());
        let good = note.filter(|note| network.is_offline() || note.asked >= self.opened);
        if let Some(note) = good {
            return Ok(note.archive);
        }
        if network.is_offline() {
            return Err(RemoteError::Offline { what });
        }
        let asked = network.timing().clock.now();
        let scope = Scope::Pull(repository.name().to_owned());
        let Some(manifest) = manifest::manifest(&self.session, repository, tag, &scope)? else {
            return Err(RemoteError::Unknown { what });
        };
        let archive = archive(item.kind, &reference, &manifest)?;
        let note = Named { archive, asked };
        // Without the note it is asked again, and nothing worse.
        if let Ok(bytes) = serde_json::to_vec(&note) {
            self.cache.set_note(&key, &bytes)?;
        }
        Ok(note.archive)
    }

    /// Brings an archive into the cache; gives whether the registry has it.
    fn download(
        &self,
        repository: &Repository,
        digest: &Sha256,
        what: &str,
    ) -> Result<bool, RemoteError> {
        let _lock = self.cache.lock(&format!("archive {digest}"))?;
        if self.cache.has(digest) {
            return Ok(true);
        }
        let mut incoming = self.cache.incoming()?;
        let sink = &mut incoming;
        if !blob::get(&self.session, repository, digest, LARGEST, sink)? {
            return Ok(false);
        }
        match incoming.commit(Some(digest)) {
            Ok(_) => Ok(true),
            Err(CacheError::Mismatch { expected, found }) => Err(RemoteError::Changed {
                what: what.to_owned(),
                by: "its manifest",
                expected,
                found,
            }),
            Err(error) => Err(error.into()),
        }
    }
}

impl Source for Oci {
    fn list(&self, _: Freshness) -> Result<Arc<[Listing]>, RemoteError> {
        Err(RemoteError::CannotList)
    }

    fn offers(&self, item: &Item, freshness: Freshness) -> Result<Vec<Offer>, RemoteError> {
        let tags = self.tags(&self.repository(item)?, freshness)?;
        let versions = tags.iter().filter_map(|tag| version_of(item.kind, tag));
        let offer = |version: String| Offer {
            version: version.into(),
            ..Offer::default()
        };
        Ok(versions.map(offer).collect())
    }

    fn fetch(
        &self,
        item: &Item,
        version: &str,
        pinned: Option<&Fetched>,
    ) -> Result<Fetched, RemoteError> {
        let fetched = |archive| Fetched {
            archive,
            commit: None,
        };
        let pinned = pinned.map(|pinned| pinned.archive);
        if let Some(pinned) = pinned.filter(|pinned| self.cache.has(pinned)) {
            return Ok(fetched(pinned));
        }
        let registry = self.endpoint().registry();
        let what = format!(
            "{} `{}` {version} of registry `{registry}`",
            item.kind, item.name
        );
        let offline = self.endpoint().network().is_offline();
        let repository = self.repository(item)?;
        let tag = tag_of(version)?;
        // A registry keeps what was pinned also when its tag names something else by now.
        if let Some(pinned) = pinned
            && !offline
            && self.download(&repository, &pinned, &what)?
        {
            return Ok(fetched(pinned));
        }
        let found = self.resolve(item, &repository, &tag, &what)?;
        if let Some(expected) = pinned.filter(|pinned| *pinned != found.digest) {
            return Err(RemoteError::Changed {
                what,
                by: "the lock file",
                expected,
                found: found.digest,
            });
        }
        if self.cache.has(&found.digest) {
            return Ok(fetched(found.digest));
        }
        if offline {
            return Err(RemoteError::Offline { what });
        }
        if found.size > LARGEST {
            let reference = repository.reference(&tag);
            let size = found.size;
            return Err(OciError::TooLarge { reference, size }.into());
        }
        if self.download(&repository, &found.digest, &what)? {
            Ok(fetched(found.digest))
        } else {
            Err(RemoteError::Unknown { what })
        }
    }
}

impl fmt::Debug for Oci {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Oci")
            .field("session", &self.session)
            .field("packs", &self.packs)
            .finish_non_exhaustive()
    }
}
