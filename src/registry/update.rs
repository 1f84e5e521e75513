//! Pins moved to the newest versions that match, and what that changes in the default values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::diag::{Diagnostic, has_errors};
use crate::model::{ChartFiles, Pack, Version};
use crate::remote::{Fetched, Freshness};

use super::lock::{LockKey, Locked};
use super::parallel::in_parallel;
use super::resolve::Spot;
use super::words::{join, nearest};
use super::{Asked, Found, Registries, Update, problems};

/// The file of a chart that holds its default values.
const CHART_VALUES: &str = "values.yaml";

/// The default values of a pin before and after its update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Those of the locked version, or why they cannot be had any more.
    pub before: Result<Arc<str>, String>,
    /// Those of the new version.
    pub after: Arc<str>,
}

impl Registries<'_> {
    /// What an update would move: every pin, or those of one pack or chart, to the highest version that matches. The
    /// registries are asked for what they have now.
    ///
    /// # Errors
    /// When no pin has this name, a registry cannot be asked, or has no version for a pin any more.
    pub fn updates(&self, name: Option<&str>) -> Result<Vec<Update>, Vec<Diagnostic>> {
        let lock = self.lock();
        let wanted = |key: &LockKey| name.is_none_or(|name| *key.name == *name);
        if let Some(name) = name
            && !lock.iter().any(|(key, _)| wanted(key))
        {
            let problem = Diagnostic::error(format!("`{name}` is not in the lock"));
            let names: BTreeSet<_> = lock.iter().map(|(key, _)| &*key.name).collect();
            return Err(vec![match nearest(name, names.iter().copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None if names.is_empty() => problem.help("nothing is locked yet"),
                None => problem.help(format!("it has {}", join(names, "and"))),
            }]);
        }
        let pins: Vec<_> = lock.iter().filter(|(key, _)| wanted(key)).collect();
        let found = in_parallel(&pins, |(key, locked)| self.newer(key, locked));
        let mut updates = Vec::new();
        let mut problems = Vec::new();
        for found in found {
            match found {
                Ok(update) => updates.extend(update),
                Err(found) => problems.extend(found),
            }
        }
        if has_errors(&problems) {
            Err(problems)
        } else {
            Ok(updates)
        }
    }

    fn newer(&self, key: &LockKey, locked: &Locked) -> Result<Option<Update>, Vec<Diagnostic>> {
        let asked = asked(key);
        let update = |to: &Version| Update {
            key: key.clone(),
            from: locked.clone(),
            to: to.clone(),
        };
        let none = || {
            let problem = Diagnostic::error(format!(
                "registry `{}` has no version of `{}` that matches `{}` any more",
                key.registry, key.name, key.requirement
            ));
            let problem = problem.detail(format!("it is locked to {}", locked.version));
            vec![problem.help("bring a version back, or ask for another one")]
        };
        let distant = match self.spot(&asked)? {
            Spot::Folder(directory) => {
                let versions = directory.versions(&key.name).map(BTreeMap::keys);
                let best = key.requirement.best(versions.into_iter().flatten());
                let best = best.ok_or_else(none)?;
                return Ok((*best != locked.version).then(|| update(best)));
            }
            Spot::Distant(distant) => distant,
        };
        let supplier = self.supply.supplier;
        let offers = distant
            .offers(supplier, &asked.item(), Freshness::Now)
            .map_err(|error| vec![problems::unreachable(&asked, &error)])?;
        let versions = offers.iter().map(|(version, _)| version);
        let best = key.requirement.best(versions).ok_or_else(none)?;
        if *best != locked.version {
            return Ok(Some(update(best)));
        }
        // The same version, but perhaps another archive: a branch of git goes on without new versions.
        let offered = offers.iter().find(|(version, _)| version == best);
        let archive = match offered.and_then(|(_, offer)| offer.archive) {
            Some(archive) => archive,
            None => {
                let fetched = distant.fetch(supplier, &asked.item(), best, None);
                fetched
                    .map_err(|error| vec![problems::not_fetched(&asked, best, &error)])?
                    .archive
            }
        };
        let pinned = locked.fetched.as_ref().map(|fetched| fetched.archive);
        Ok((pinned != Some(archive)).then(|| update(best)))
    }

    /// The default values before and after an update.
    ///
    /// # Errors
    /// All that is wrong with the new version.
    pub(super) fn defaults(&self, update: &Update) -> Result<Defaults, Vec<Diagnostic>> {
        let asked = asked(&update.key);
        let before = self
            .version_of(&asked, &update.from.version, update.from.fetched.as_ref())
            .map(|(content, _)| self.values_of(&content))
            .map_err(|problems| {
                let first = problems.first();
                first.map_or_else(String::new, |problem| problem.summary.clone())
            });
        let (after, _) = self.version_of(&asked, &update.to, None)?;
        Ok(Defaults {
            before,
            after: self.values_of(&after),
        })
    }

    /// The default values before and after all of some updates.
    ///
    /// # Errors
    /// All that is wrong with the new versions.
    pub fn all_defaults(
        &self,
        updates: &[Update],
    ) -> Result<Vec<(Update, Defaults)>, Vec<Diagnostic>> {
        let mut all = Vec::with_capacity(updates.len());
        let mut problems = Vec::new();
        let found = in_parallel(updates, |update| self.defaults(update));
        for (update, found) in updates.iter().zip(found) {
            match found {
                Ok(defaults) => all.push((update.clone(), defaults)),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(all)
        } else {
            Err(problems)
        }
    }

    /// Moves pins. What was found before keeps its version; what is found from now on has the new one.
    ///
    /// # Errors
    /// When a version is not there, and all that is wrong with the new contents; then nothing moves.
    pub fn move_pins(&self, updates: &[Update]) -> Result<(), Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut moved = Vec::new();
        let found = in_parallel(updates, |update| {
            self.version_of(&asked(&update.key), &update.to, None)
        });
        for (update, found) in updates.iter().zip(found) {
            match found {
                Ok((content, fetched)) => moved.push((
                    update.key.clone(),
                    Locked {
                        version: update.to.clone(),
                        digest: content.digest(),
                        fetched,
                    },
                )),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        for (key, locked) in moved {
            self.pin(key, locked);
        }
        Ok(())
    }

    /// One version of something, whatever is locked.
    ///
    /// # Errors
    /// When it is not there, cannot be had, or is broken.
    pub(super) fn version_of(
        &self,
        asked: &Asked,
        version: &Version,
        pinned: Option<&Fetched>,
    ) -> Result<(Found, Option<Fetched>), Vec<Diagnostic>> {
        let key = &asked.key;
        match self.spot(asked)? {
            Spot::Folder(directory) => {
                let versions = directory.versions(&key.name);
                let place = versions.and_then(|versions| versions.get_key_value(version));
                let Some((version, place)) = place else {
                    let text = format!("registry `{}` has no {asked} {version}", key.registry);
                    return Err(vec![asked.problem(text)]);
                };
                let content = self.in_place(&key.registry, &key.name, version, place)?;
                Ok((content, None))
            }
            Spot::Distant(distant) => {
                let (content, fetched) = self.brought(asked, distant, version, pinned)?;
                Ok((content, Some(fetched)))
            }
        }
    }

    /// The default values as they were written; empty when there are none.
    pub fn values_of(&self, content: &Found) -> Arc<str> {
        match content {
            Found::Pack(pack) => self.values_of_pack(pack),
            Found::Chart(chart) => values_of_chart(chart),
        }
    }

    fn values_of_pack(&self, pack: &Pack) -> Arc<str> {
        let source = pack.values_source.map(|source| self.sources.get(source));
        source.map_or_else(|| "".into(), |source| source.text.as_str().into())
    }
}

fn values_of_chart(chart: &ChartFiles) -> Arc<str> {
    let mut files = chart.files.iter();
    let file = files.find(|file| Path::new(&*file.path) == Path::new(CHART_VALUES));
    file.map_or_else(
        || "".into(),
        |file| String::from_utf8_lossy(&file.data).into(),
    )
}

fn asked(key: &LockKey) -> Asked {
    Asked {
        key: key.clone(),
        span: None,
    }
}
