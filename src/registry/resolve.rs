//! All registries of a project, and the packs that are asked of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::diag::{Diagnostic, Sources};
use crate::model::{Pack, PackRef, Registry, RegistryKind, RegistryName, Version};

use super::directory::{Directory, Listed, Place};
use super::lock::{Lock, LockKey, Locked};
use super::words::{count, join, nearest};
use super::{ContentChange, Update, pack};

/// All registries of a project. Shared by threads; a pack is read once.
#[derive(Debug)]
pub struct Registries<'a> {
    sources: &'a Sources,
    directories: BTreeMap<RegistryName, Directory>,
    lock: Mutex<Lock>,
    used: Mutex<BTreeSet<LockKey>>,
    changed: Mutex<BTreeSet<ContentChange>>,
    packs: Mutex<HashMap<PackKey, Arc<OnceLock<Reading>>>>,
}

type PackKey = (RegistryName, Arc<str>, Version);
type Reading = Result<Arc<Pack>, Vec<Diagnostic>>;

impl<'a> Registries<'a> {
    /// Looks through the registries of a project and reads its lock file.
    ///
    /// # Errors
    /// When a folder is not there or holds a version of a pack twice, or when the lock file cannot be used.
    pub fn open(
        root: &Path,
        registries: &[Registry],
        sources: &'a Sources,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut directories = BTreeMap::new();
        let mut problems = Vec::new();
        for registry in registries {
            let RegistryKind::Directory { path } = &registry.kind else {
                continue;
            };
            match Directory::scan(registry.name.clone(), &root.join(path), path, registry.span) {
                Ok(directory) => {
                    directories.insert(registry.name.clone(), directory);
                }
                Err(found) => problems.extend(found),
            }
        }
        match Lock::load(root, sources) {
            Ok(lock) if problems.is_empty() => Ok(Self {
                sources,
                directories,
                lock: Mutex::new(lock),
                used: Mutex::default(),
                changed: Mutex::default(),
                packs: Mutex::default(),
            }),
            Ok(_) => Err(problems),
            Err(found) => {
                problems.extend(found);
                Err(problems)
            }
        }
    }

    /// The pack that a reference means: what the lock says while that still matches, else the highest version that
    /// matches, which is then noted in the lock.
    ///
    /// # Errors
    /// When there is no such registry, pack or version, when the locked version is gone, and all that is wrong with
    /// the pack itself. A pack that cannot be read gives the same diagnostics to everybody who asks for it.
    pub fn find(&self, asked: &PackRef) -> Result<Arc<Pack>, Vec<Diagnostic>> {
        let key = LockKey::from(asked);
        let directory = self.directory(asked)?;
        let versions = self.versions(directory, asked)?;
        let pinned = guard(&self.lock).get(&key).cloned();
        let pinned = pinned.filter(|pinned| asked.version.matches(&pinned.version));
        let (version, place) = match &pinned {
            Some(pinned) => versions
                .get_key_value(&pinned.version)
                .ok_or_else(|| vec![gone(asked, &pinned.version, versions)])?,
            None => versions
                .iter()
                .rfind(|(version, _)| asked.version.matches(version))
                .ok_or_else(|| vec![no_version(asked, versions)])?,
        };
        let pack = self.read(&asked.registry, &asked.name, version, place)?;
        let found = Locked {
            version: version.clone(),
            digest: pack.digest,
        };
        if let Some(pinned) = pinned.filter(|pinned| pinned.digest != pack.digest) {
            guard(&self.changed).insert(ContentChange {
                registry: asked.registry.clone(),
                name: Arc::clone(&asked.name),
                version: version.clone(),
                folder: place.shown.clone(),
                locked: pinned.digest,
                found: pack.digest,
            });
        }
        guard(&self.lock).set(key.clone(), found);
        guard(&self.used).insert(key);
        Ok(pack)
    }

    /// Every pack of every registry.
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

    /// What an update would move: every pin, or those of one pack, to the highest version that matches.
    ///
    /// # Errors
    /// When no pin has this name, or the registry has no version for a pin any more.
    pub fn updates(&self, name: Option<&str>) -> Result<Vec<Update>, Vec<Diagnostic>> {
        let lock = self.lock();
        let wanted = |key: &LockKey| name.is_none_or(|name| *key.name == *name);
        if let Some(name) = name
            && !lock.iter().any(|(key, _)| wanted(key))
        {
            let problem = Diagnostic::error(format!("pack `{name}` is not in the lock"));
            let names: BTreeSet<_> = lock.iter().map(|(key, _)| &*key.name).collect();
            return Err(vec![match nearest(name, names.iter().copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None if names.is_empty() => problem.help("nothing is locked yet"),
                None => problem.help(format!("it has {}", join(names, "and"))),
            }]);
        }
        let mut updates = Vec::new();
        let mut problems = Vec::new();
        for (key, locked) in lock.iter().filter(|(key, _)| wanted(key)) {
            let versions = self
                .directories
                .get(&key.registry)
                .and_then(|directory| directory.versions(&key.name));
            let highest = versions
                .into_iter()
                .flat_map(BTreeMap::keys)
                .rfind(|version| key.requirement.matches(version));
            match highest {
                Some(to) if *to == locked.version => {}
                Some(to) => updates.push(Update {
                    registry: key.registry.clone(),
                    name: Arc::clone(&key.name),
                    requirement: key.requirement.clone(),
                    from: locked.version.clone(),
                    to: to.clone(),
                }),
                None => problems.push(
                    Diagnostic::error(format!(
                        "registry `{}` has no version of `{}` that matches `{}` any more",
                        key.registry, key.name, key.requirement
                    ))
                    .detail(format!("it is locked to {}", locked.version))
                    .help("bring a version back, or ask for another one"),
                ),
            }
        }
        if problems.is_empty() {
            Ok(updates)
        } else {
            Err(problems)
        }
    }

    /// Moves pins. What was found before keeps its version; what is found from now on has the new one.
    ///
    /// # Errors
    /// When a version is not there, and all that is wrong with the new packs; then nothing moves.
    pub fn move_pins(&self, updates: &[Update]) -> Result<(), Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut moved = Vec::new();
        for update in updates {
            let place = self
                .directories
                .get(&update.registry)
                .and_then(|directory| directory.versions(&update.name))
                .and_then(|versions| versions.get(&update.to));
            let Some(place) = place else {
                let text = format!(
                    "registry `{}` has no pack `{}` {}",
                    update.registry, update.name, update.to
                );
                problems.push(Diagnostic::error(text));
                continue;
            };
            match self.read(&update.registry, &update.name, &update.to, place) {
                Ok(pack) => moved.push((update, pack.digest)),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut lock = guard(&self.lock);
        for (update, digest) in moved {
            let key = LockKey {
                registry: update.registry.clone(),
                name: Arc::clone(&update.name),
                requirement: update.requirement.clone(),
            };
            let version = update.to.clone();
            lock.set(key, Locked { version, digest });
        }
        Ok(())
    }

    fn directory(&self, asked: &PackRef) -> Result<&Directory, Vec<Diagnostic>> {
        self.directories.get(&asked.registry).ok_or_else(|| {
            let problem =
                Diagnostic::error(format!("no registry `{}`", asked.registry)).at(asked.span);
            let names = || self.directories.keys().map(RegistryName::as_str);
            vec![match nearest(asked.registry.as_str(), names()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None if self.directories.is_empty() => {
                    problem.help("declare it in a document of kind `Registry`")
                }
                None => problem.help(format!("there is {}", join(names(), "and"))),
            }]
        })
    }

    fn versions<'b>(
        &self,
        directory: &'b Directory,
        asked: &PackRef,
    ) -> Result<&'b BTreeMap<Version, Place>, Vec<Diagnostic>> {
        directory
            .versions(&asked.name)
            .ok_or_else(|| vec![no_pack(asked, directory)])
    }

    fn read(
        &self,
        registry: &RegistryName,
        name: &Arc<str>,
        version: &Version,
        place: &Place,
    ) -> Reading {
        let key = (registry.clone(), Arc::clone(name), version.clone());
        let cell = Arc::clone(guard(&self.packs).entry(key).or_default());
        cell.get_or_init(|| pack::read(&place.path, &place.shown, self.sources).map(Arc::new))
            .clone()
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_pack(asked: &PackRef, directory: &Directory) -> Diagnostic {
    let text = format!("no pack `{}` in registry `{}`", asked.name, asked.registry);
    let mut problem = Diagnostic::error(text).at(asked.span);
    if let Some(first) = directory.broken().first() {
        problem = problem.detail(format!(
            "{} could not be read, the first is `{}`: {}",
            count(directory.broken().len(), "folder"),
            first.shown.display(),
            first.why
        ));
    }
    let total = directory.names().count();
    match nearest(&asked.name, directory.names()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if total == 0 => problem.help("the registry holds no packs at all"),
        None if total <= 10 => problem.help(format!("it has {}", join(directory.names(), "and"))),
        None => problem.help("`stratiform pack list` shows what there is"),
    }
}

fn no_version(asked: &PackRef, versions: &BTreeMap<Version, Place>) -> Diagnostic {
    let text = format!(
        "no version of `{}` matches `{}`; there {}",
        asked.name,
        asked.version,
        listed(versions)
    );
    let problem = Diagnostic::error(text).at(asked.span);
    let only_prereleases = versions.keys().all(Version::is_prerelease);
    if only_prereleases && !asked.version.is_exact() {
        return problem.help("pre-releases have to be asked for by their full version");
    }
    problem
}

fn gone(asked: &PackRef, pinned: &Version, versions: &BTreeMap<Version, Place>) -> Diagnostic {
    let text = format!(
        "`{}` is locked to {pinned}, which registry `{}` no longer has; there {}",
        asked.name,
        asked.registry,
        listed(versions)
    );
    let problem = Diagnostic::error(text).at(asked.span);
    problem.help(format!(
        "bring {pinned} back, or run `stratiform update {}` to move on",
        asked.name
    ))
}

/// "are 1.1.0, 1.3.0", the highest last; of many only the last ones.
fn listed(versions: &BTreeMap<Version, Place>) -> String {
    const SHOWN: usize = 8;
    let verb = if versions.len() == 1 { "is" } else { "are" };
    let skipped = versions.len().saturating_sub(SHOWN);
    let names: Vec<_> = versions.keys().skip(skipped).map(Version::as_str).collect();
    let dots = if skipped > 0 { "..., " } else { "" };
    format!("{verb} {dots}{}", names.join(", "))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::testing::{Files, asking, pack_json, pack_ref, registry, shown};
    use super::*;

    /// A folder with `web` 1.1.0, 1.3.0 and 2.0.0-rc1.
    fn files() -> Files {
        let files = Files::new();
        for version in ["1.1.0", "1.3.0", "2.0.0-rc1"] {
            files.pack(&format!("packs/web-{version}"), "web", version);
        }
        files
    }

    fn open<'a>(files: &Files, sources: &'a Sources) -> Registries<'a> {
        let (_, span) = asking(sources);
        Registries::open(files.path(), &[registry("local", "packs", span)], sources).unwrap()
    }

    fn find(files: &Files, name: &str, version: &str) -> Result<String, String> {
        let sources = Sources::default();
        let registries = open(files, &sources);
        let (_, span) = asking(&sources);
        let found = registries.find(&pack_ref("local", name, version, span));
        registries.lock().save().unwrap();
        found
            .map(|pack| pack.version.to_string())
            .map_err(|problems| shown(&problems, &sources, files))
    }

    #[test]
    fn the_highest_version_that_matches_is_found_and_read_once() {
        let files = files();
        let sources = Sources::default();
        let registries = open(&files, &sources);
        let (_, span) = asking(&sources);
        let first = registries
            .find(&pack_ref("local", "web", "1.x", span))
            .unwrap();
        let second = registries
            .find(&pack_ref("local", "web", "^1.2", span))
            .unwrap();
        assert_eq!(first.version.as_str(), "1.3.0");
        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn what_is_not_there_says_what_is() {
        let files = files();
        insta::assert_snapshot!(find(&files, "wbe", "1.x").unwrap_err(), @r#"
error: no pack `wbe` in registry `local`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = help: did you mean `web`?
"#);
        insta::assert_snapshot!(find(&files, "banana", "1.x").unwrap_err(), @r#"
error: no pack `banana` in registry `local`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = help: it has `web`
"#);
        insta::assert_snapshot!(find(&files, "web", "1.2.x").unwrap_err(), @r#"
error: no version of `web` matches `1.2.x`; there are 1.1.0, 1.3.0, 2.0.0-rc1
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
"#);
        files.put("packs/broken/pack.json", "{\"name\": 1}");
        insta::assert_snapshot!(find(&files, "banana", "1.x").unwrap_err(), @r#"
error: no pack `banana` in registry `local`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = note: 1 folder could not be read, the first is `packs/broken`: invalid type: integer `1`, expected a string at line 1 column 10
  = help: it has `web`
"#);
        let sources = Sources::default();
        let registries = open(&files, &sources);
        let (_, span) = asking(&sources);
        let problems = registries
            .find(&pack_ref("locl", "web", "1.x", span))
            .unwrap_err();
        insta::assert_snapshot!(shown(&problems, &sources, &files), @r#"
error: no registry `locl`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = help: did you mean `local`?
"#);
    }

    #[test]
    fn a_train_does_not_move_by_itself() {
        let files = files();
        assert_eq!(find(&files, "web", "1.x").unwrap(), "1.3.0");
        files.pack("packs/web-1.4", "web", "1.4.0");
        assert_eq!(find(&files, "web", "1.x").unwrap(), "1.3.0", "locked");
        assert_eq!(
            find(&files, "web", ">=1.2 <2").unwrap(),
            "1.4.0",
            "another requirement"
        );
        std::fs::remove_dir_all(files.path().join("packs/web-1.3.0")).unwrap();
        insta::assert_snapshot!(find(&files, "web", "1.x").unwrap_err(), @r#"
error: `web` is locked to 1.3.0, which registry `local` no longer has; there are 1.1.0, 1.4.0, 2.0.0-rc1
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = help: bring 1.3.0 back, or run `stratiform update web` to move on
"#);
    }

    #[test]
    fn an_update_moves_pins_when_it_is_asked_to() {
        let files = files();
        find(&files, "web", "1.x").unwrap();
        find(&files, "web", "1.1.0").unwrap();
        files.pack("packs/web-1.4", "web", "1.4.0");
        let sources = Sources::default();
        let registries = open(&files, &sources);
        let updates = registries.updates(None).unwrap();
        assert_eq!(registries.updates(Some("web")).unwrap(), updates);
        let told: Vec<_> = updates
            .iter()
            .map(|update| {
                format!(
                    "{} {}: {} -> {}",
                    update.name, update.requirement, update.from, update.to
                )
            })
            .collect();
        assert_eq!(told, ["web 1.x: 1.3.0 -> 1.4.0"]);
        registries.move_pins(&updates).unwrap();
        assert!(registries.lock().save().unwrap());
        assert_eq!(find(&files, "web", "1.x").unwrap(), "1.4.0");
        let problems = registries.updates(Some("wbe")).unwrap_err();
        insta::assert_snapshot!(shown(&problems, &sources, &files), @r#"
error: pack `wbe` is not in the lock
 = help: did you mean `web`?
"#);
    }

    #[test]
    fn changed_content_is_told_and_not_refused() {
        let files = files();
        find(&files, "web", "1.x").unwrap();
        files.put("packs/web-1.3.0/README.md", "does not count");
        let (sources, asked) = (Sources::default(), "1.x");
        let (_, span) = asking(&sources);
        let registries = open(&files, &sources);
        registries
            .find(&pack_ref("local", "web", asked, span))
            .unwrap();
        assert_eq!(registries.changed(), []);
        files.put("packs/web-1.3.0/values.yaml", "pack: {namespace: b}\n");
        let registries = open(&files, &sources);
        registries
            .find(&pack_ref("local", "web", asked, span))
            .unwrap();
        let changed = registries.changed();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].folder, Path::new("packs/web-1.3.0"));
        assert_ne!(changed[0].locked, changed[0].found);
        assert!(registries.lock().is_changed(), "the new digest is noted");
    }

    #[test]
    fn unused_entries_are_dropped() {
        let files = files();
        find(&files, "web", "1.x").unwrap();
        find(&files, "web", "1.1.x").unwrap();
        let sources = Sources::default();
        let (_, span) = asking(&sources);
        let registries = open(&files, &sources);
        registries
            .find(&pack_ref("local", "web", "1.1.x", span))
            .unwrap();
        assert_eq!(registries.lock().iter().count(), 2);
        let left = registries.lock_without_unused();
        let left: Vec<_> = left
            .iter()
            .map(|(key, _)| key.requirement.as_str())
            .collect();
        assert_eq!(left, ["1.1.x"]);
    }

    #[test]
    fn a_broken_pack_says_the_same_to_everybody() {
        let files = files();
        let json = pack_json("bad", "1.0.0", "\"charts\": [\"a.tgz\"],");
        files.put("packs/bad/pack.json", json);
        let sources = Sources::default();
        let (_, span) = asking(&sources);
        let registries = open(&files, &sources);
        let first = registries.find(&pack_ref("local", "bad", "1.x", span));
        let second = registries.find(&pack_ref("local", "bad", "1.0.0", span));
        assert_eq!(first.unwrap_err(), second.unwrap_err());
    }
}
