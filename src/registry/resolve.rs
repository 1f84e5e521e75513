//! All registries of a project, and the packs and charts that are asked of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::diag::{Diagnostic, Sources};
use crate::model::{Pack, PackRef, Registry, RegistryKind, RegistryName, Sha256, Version};
use crate::remote::{Fetched, Freshness, ItemKind};

use super::directory::{Directory, Listed, Place};
use super::distant::Distant;
use super::lock::{Lock, LockKey, Locked};
use super::{Asked, ContentChange, Found, Resolved, Supply, builtin, chart, pack, problems};

/// All registries of a project. Shared by threads; everything is fetched and read once.
#[derive(Debug)]
pub struct Registries<'a> {
    pub(super) sources: &'a Sources,
    pub(super) supply: Supply<'a>,
    pub(super) directories: BTreeMap<RegistryName, Directory>,
    pub(super) distant: BTreeMap<RegistryName, Distant>,
    lock: Mutex<Lock>,
    used: Mutex<BTreeSet<LockKey>>,
    changed: Mutex<BTreeSet<ContentChange>>,
    chosen: Mutex<HashMap<LockKey, Once<Chosen>>>,
    contents: Mutex<HashMap<ContentKey, Once<Found>>>,
}

type ContentKey = (ItemKind, RegistryName, Arc<str>, Version, Option<Sha256>);
type Once<T> = Arc<OnceLock<Result<T, Vec<Diagnostic>>>>;

/// The version of something from afar that it is to be.
#[derive(Clone, Debug)]
struct Chosen {
    version: Version,
    pinned: Option<Fetched>,
}

/// Where something is.
pub(super) enum Spot<'r> {
    /// In a folder of packs.
    Folder(&'r Directory),
    /// Elsewhere.
    Distant(&'r Distant),
}

impl<'a> Registries<'a> {
    /// Looks through the folders among the registries of a project, and reads its lock file. Of others nothing is asked
    /// yet. Those that are built in are there too, unless one of the project's has their name.
    ///
    /// # Errors
    /// When a folder is not there or holds a version of a pack twice, or when the lock file cannot be used.
    pub fn open(
        root: &Path,
        registries: &[Registry],
        supply: Supply<'a>,
        sources: &'a Sources,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut directories = BTreeMap::new();
        let mut problems = Vec::new();
        let own = registries.iter().map(|one| one.name.clone());
        let own: BTreeSet<RegistryName> = own.collect();
        let known = builtin::all(sources);
        let mut distant: BTreeMap<_, _> = known
            .iter()
            .filter(|registry| !own.contains(&registry.name))
            .map(|registry| (registry.name.clone(), Distant::new(registry)))
            .collect();
        for registry in registries {
            let name = registry.name.clone();
            let RegistryKind::Directory { path } = &registry.kind else {
                distant.insert(name, Distant::new(registry));
                continue;
            };
            match Directory::scan(name.clone(), &root.join(path), path, registry.span) {
                Ok(directory) => {
                    directories.insert(name, directory);
                }
                Err(found) => problems.extend(found),
            }
        }
        match Lock::load(root, sources) {
            Ok(lock) if problems.is_empty() => Ok(Self {
                sources,
                supply,
                directories,
                distant,
                lock: Mutex::new(lock),
                used: Mutex::default(),
                changed: Mutex::default(),
                chosen: Mutex::default(),
                contents: Mutex::default(),
            }),
            Ok(_) => Err(problems),
            Err(found) => {
                problems.extend(found);
                Err(problems)
            }
        }
    }

    /// The pack that a reference means, as [`Registries::resolve`].
    ///
    /// # Errors
    /// As there.
    pub fn find(&self, asked: &PackRef) -> Result<Arc<Pack>, Vec<Diagnostic>> {
        let asked = Asked::pack(asked);
        match self.resolve(&asked)?.content {
            Found::Pack(pack) => Ok(pack),
            Found::Chart(_) => Err(vec![asked.problem(format!("{asked} is a chart"))]),
        }
    }

    /// What is asked for: what the lock says while that still matches, else the highest version that matches, which is
    /// then noted in the lock. Nothing is requested for what is in the lock and has come before.
    ///
    /// # Errors
    /// When there is no such registry, item or version, when the locked version is gone or is not what it was, when it
    /// cannot be had, and all that is wrong with a pack itself. A pack that cannot be read gives the same diagnostics to
    /// everybody who asks for it.
    pub fn resolve(&self, asked: &Asked) -> Result<Resolved, Vec<Diagnostic>> {
        let (resolved, locked) = match self.spot(asked)? {
            Spot::Folder(directory) => self.in_folder(asked, directory)?,
            Spot::Distant(distant) => self.elsewhere(asked, distant)?,
        };
        guard(&self.lock).set(asked.key.clone(), locked);
        guard(&self.used).insert(asked.key.clone());
        Ok(resolved)
    }

    fn in_folder(
        &self,
        asked: &Asked,
        directory: &Directory,
    ) -> Result<(Resolved, Locked), Vec<Diagnostic>> {
        let key = &asked.key;
        let versions = directory
            .versions(&key.name)
            .ok_or_else(|| vec![problems::no_pack(asked, directory)])?;
        let pinned = self.pinned(asked)?;
        let (version, place) = match &pinned {
            Some(pinned) => versions
                .get_key_value(&pinned.version)
                .ok_or_else(|| vec![problems::gone(asked, &pinned.version, versions.keys())])?,
            None => key
                .requirement
                .best(versions.keys())
                .and_then(|version| versions.get_key_value(version))
                .ok_or_else(|| vec![problems::no_version(asked, versions.keys())])?,
        };
        let content = self.in_place(&key.registry, &key.name, version, place)?;
        let digest = content.digest();
        if let Some(pinned) = pinned.filter(|pinned| pinned.digest != digest) {
            guard(&self.changed).insert(ContentChange {
                registry: key.registry.clone(),
                name: Arc::clone(&key.name),
                version: version.clone(),
                folder: place.shown.clone(),
                locked: pinned.digest,
                found: digest,
            });
        }
        let version = version.clone();
        let locked = Locked {
            version: version.clone(),
            digest,
            fetched: None,
        };
        Ok((Resolved { version, content }, locked))
    }

    fn elsewhere(
        &self,
        asked: &Asked,
        distant: &Distant,
    ) -> Result<(Resolved, Locked), Vec<Diagnostic>> {
        let Chosen { version, pinned } = self.choose(asked, distant)?;
        let (content, fetched) = self.brought(asked, distant, &version, pinned.as_ref())?;
        let digest = content.digest();
        let locked = self.lock_entry(&asked.key);
        if let Some(locked) = locked.filter(|locked| locked.version == version)
            && locked.digest != digest
        {
            return Err(vec![problems::other_content(asked, &locked, &digest)]);
        }
        let locked = Locked {
            version: version.clone(),
            digest,
            fetched: Some(fetched),
        };
        Ok((Resolved { version, content }, locked))
    }

    /// The version that something from afar is to be. The registry is asked only for what is not in the lock.
    fn choose(&self, asked: &Asked, distant: &Distant) -> Result<Chosen, Vec<Diagnostic>> {
        let cell = Arc::clone(guard(&self.chosen).entry(asked.key.clone()).or_default());
        let choose = || {
            if let Some(pinned) = self.pinned(asked)? {
                return Ok(Chosen {
                    version: pinned.version,
                    pinned: pinned.fetched,
                });
            }
            let offers = distant
                .offers(self.supply.supplier, &asked.item(), Freshness::Now)
                .map_err(|error| vec![problems::unreachable(asked, &error)])?;
            if offers.is_empty() {
                return Err(vec![self.no_item(asked, distant)]);
            }
            let versions = || offers.iter().map(|(version, _)| version);
            match asked.key.requirement.best(versions()) {
                Some(version) => Ok(Chosen {
                    version: version.clone(),
                    pinned: None,
                }),
                None => Err(vec![problems::no_version(asked, versions())]),
            }
        };
        cell.get_or_init(choose).clone()
    }

    pub(super) fn no_item(&self, asked: &Asked, distant: &Distant) -> Diagnostic {
        // Only for the help: a registry that does not tell what it holds is no second error.
        let source = distant.source(self.supply.supplier);
        let listed = source.and_then(|source| source.list(Freshness::Any));
        let listed = listed.unwrap_or_default();
        let names: BTreeSet<&str> = listed
            .iter()
            .filter(|one| one.item.kind == asked.key.kind)
            .map(|one| &*one.item.name)
            .collect();
        problems::no_item(asked, &names)
    }

    /// Fetches something from afar that is not there yet. Problems are told when it is resolved.
    pub(super) fn fetch(&self, asked: &Asked) {
        if let Ok(Spot::Distant(distant)) = self.spot(asked)
            && let Ok(Chosen { version, pinned }) = self.choose(asked, distant)
        {
            let supplier = self.supply.supplier;
            let _ = distant.fetch(supplier, &asked.item(), &version, pinned.as_ref());
        }
    }

    /// Whether something has to be asked for on the network.
    pub(super) fn is_missing(&self, asked: &Asked) -> bool {
        let known = self.lock_entry(&asked.key);
        let archive = known.and_then(|locked| Some(locked.fetched?.archive));
        self.distant.contains_key(&asked.key.registry)
            && !archive.is_some_and(|archive| self.supply.supplier.has(&archive))
    }

    /// Whether the lock says what something comes to.
    pub fn pins(&self, asked: &Asked) -> bool {
        self.lock_entry(&asked.key).is_some()
    }

    /// Drops from the lock what is not among these.
    pub fn keep(&self, all: &[Asked]) {
        let keys: BTreeSet<&LockKey> = all.iter().map(|asked| &asked.key).collect();
        guard(&self.lock).retain(|key| keys.contains(key));
    }

    fn lock_entry(&self, key: &LockKey) -> Option<Locked> {
        let locked = guard(&self.lock).get(key).cloned();
        locked.filter(|locked| key.requirement.matches(&locked.version))
    }

    /// What something is locked to. With `--locked` it must be.
    fn pinned(&self, asked: &Asked) -> Result<Option<Locked>, Vec<Diagnostic>> {
        let pinned = self.lock_entry(&asked.key);
        if pinned.is_none() && self.supply.locked {
            return Err(vec![problems::not_locked(asked)]);
        }
        Ok(pinned)
    }

    /// One version of something from afar, fetched if need be, and read.
    pub(super) fn brought(
        &self,
        asked: &Asked,
        distant: &Distant,
        version: &Version,
        pinned: Option<&Fetched>,
    ) -> Result<(Found, Fetched), Vec<Diagnostic>> {
        let fetched = distant
            .fetch(self.supply.supplier, &asked.item(), version, pinned)
            .map_err(|error| vec![problems::not_fetched(asked, version, &error)])?;
        let key = &asked.key;
        let content = (
            key.kind,
            key.registry.clone(),
            Arc::clone(&key.name),
            version.clone(),
            Some(fetched.archive),
        );
        let cell = Arc::clone(guard(&self.contents).entry(content).or_default());
        let read = || {
            let bytes = self.archive(asked, distant, version, &fetched)?;
            let shown = format!("{}/{}-{version}", key.registry, key.name);
            match key.kind {
                ItemKind::Pack => pack::read_archive(&bytes, Path::new(&shown), self.sources)
                    .map(|pack| Found::Pack(Arc::new(pack))),
                ItemKind::Chart => chart::of_archive(&bytes, &format!("{shown}.tgz"))
                    .map(Found::Chart)
                    .map_err(|error| vec![problems::unreadable(asked, version, &error)]),
            }
        };
        cell.get_or_init(read)
            .clone()
            .map(|content| (content, fetched))
    }

    /// The bytes of an archive. One that was damaged since it came is fetched again.
    pub(super) fn archive(
        &self,
        asked: &Asked,
        distant: &Distant,
        version: &Version,
        fetched: &Fetched,
    ) -> Result<Vec<u8>, Vec<Diagnostic>> {
        let supplier = self.supply.supplier;
        let again = || {
            if let Some(bytes) = supplier.read(&fetched.archive)? {
                return Ok(Some(bytes));
            }
            let source = distant.source(supplier)?;
            source.fetch(&asked.item(), version.as_str(), Some(fetched))?;
            supplier.read(&fetched.archive)
        };
        again()
            .map_err(|error| vec![problems::not_fetched(asked, version, &error)])?
            .ok_or_else(|| vec![problems::lost(asked, version)])
    }

    /// A pack in a folder, read once.
    pub(super) fn in_place(
        &self,
        registry: &RegistryName,
        name: &Arc<str>,
        version: &Version,
        place: &Place,
    ) -> Result<Found, Vec<Diagnostic>> {
        let key = (
            ItemKind::Pack,
            registry.clone(),
            Arc::clone(name),
            version.clone(),
            None,
        );
        let cell = Arc::clone(guard(&self.contents).entry(key).or_default());
        let read = || {
            pack::read(&place.path, &place.shown, self.sources)
                .map(|pack| Found::Pack(Arc::new(pack)))
        };
        cell.get_or_init(read).clone()
    }

    /// Where something would be.
    pub(super) fn spot(&self, asked: &Asked) -> Result<Spot<'_>, Vec<Diagnostic>> {
        let key = &asked.key;
        if let Some(directory) = self.directories.get(&key.registry) {
            if key.kind == ItemKind::Chart {
                return Err(vec![problems::charts_have_paths(asked)]);
            }
            return Ok(Spot::Folder(directory));
        }
        let Some(distant) = self.distant.get(&key.registry) else {
            let names = self.directories.keys().chain(self.distant.keys());
            let own = self.directories.is_empty();
            return Err(vec![problems::no_registry(asked, names, own)]);
        };
        match distant.refuses(key.kind) {
            Some(why) => Err(vec![problems::wrong_kind(asked, why)]),
            None => Ok(Spot::Distant(distant)),
        }
    }

    /// Every pack of every folder.
    pub fn list(&self) -> Vec<Listed> {
        self.directories
            .values()
            .flat_map(Directory::list)
            .collect()
    }

    /// Packs that were asked for so far and whose content is not what was locked.
    pub fn changed(&self) -> Vec<ContentChange> {
        guard(&self.changed).iter().cloned().collect()
    }

    /// The lock as it should be saved: with everything that was asked for so far.
    pub fn lock(&self) -> Lock {
        guard(&self.lock).clone()
    }

    /// The same without what nobody has asked for. Only right when everything in the project has been asked for.
    pub fn lock_without_unused(&self) -> Lock {
        let mut lock = self.lock();
        let used = guard(&self.used);
        lock.retain(|key| used.contains(key));
        lock
    }

    /// Notes what something is locked to.
    pub(super) fn pin(&self, key: LockKey, locked: Locked) {
        guard(&self.lock).set(key, locked);
    }
}

pub(super) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
