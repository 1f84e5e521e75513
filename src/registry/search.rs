//! What registries tell of what they hold.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::causes;
use crate::model::{Category, RegistryKind, RegistryName, Version};
use crate::remote::{Freshness, Item, ItemKind, Listing, RemoteError};

use super::distant::versions;
use super::parallel::in_parallel;
use super::{Registries, directory::Listed};

/// A pack or chart that a registry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The registry.
    pub registry: RegistryName,
    /// What it is.
    pub kind: ItemKind,
    /// Its name.
    pub name: Arc<str>,
    /// Its versions, the newest first; pre-releases behind all others.
    pub versions: Vec<Version>,
    /// The version of the software in the newest one.
    pub app_version: Option<Arc<str>>,
    /// What the newest one is.
    pub description: Option<Arc<str>>,
    /// The category of the newest one, of a pack in a folder.
    pub category: Option<Category>,
    /// Whether nobody should use the newest one any more.
    pub deprecated: bool,
}

/// What registries tell, and those that could not be asked.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// What they hold.
    pub hits: Vec<Hit>,
    /// Registries that could not be asked, each with the reason.
    pub unreachable: Vec<(RegistryName, String)>,
    /// Registries that do not tell what they hold.
    pub silent: Vec<RegistryName>,
}

impl Registries<'_> {
    /// What a registry has under a name, of those that do not tell what they hold.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn named(
        &self,
        registry: &RegistryName,
        name: &str,
        freshness: Freshness,
    ) -> Result<Vec<Hit>, RemoteError> {
        let Some(distant) = self.distant.get(registry) else {
            return Ok(Vec::new());
        };
        let mut hits = Vec::new();
        for kind in [ItemKind::Chart, ItemKind::Pack] {
            let item = Item {
                kind,
                name: name.into(),
            };
            let offers = distant
                .source(self.supply.supplier)?
                .offers(&item, freshness)?;
            hits.extend(of_listing(registry, &Listing { item, offers }));
        }
        Ok(hits)
    }

    /// What some registries hold, as they tell it, by registry and name.
    pub fn holdings(&self, names: &BTreeSet<RegistryName>, freshness: Freshness) -> Hits {
        let mut all = Hits::default();
        let folders = self.directories.iter();
        for (_, directory) in folders.filter(|(name, _)| names.contains(*name)) {
            all.hits.extend(directory.list().map(of_folder));
        }
        let distant = self.distant.iter();
        let mut asked = Vec::new();
        for (name, distant) in distant.filter(|(name, _)| names.contains(*name)) {
            match distant.registry().kind {
                RegistryKind::Oci { .. } => all.silent.push(name.clone()),
                _ => asked.push((name, distant)),
            }
        }
        let told = in_parallel(&asked, |(name, distant)| {
            let source = distant.source(self.supply.supplier)?;
            let listings = source.list(freshness)?;
            Ok::<_, RemoteError>(
                listings
                    .iter()
                    .filter_map(|listing| of_listing(name, listing))
                    .collect::<Vec<Hit>>(),
            )
        });
        for ((name, _), told) in asked.into_iter().zip(told) {
            match told {
                Ok(hits) => all.hits.extend(hits),
                Err(error) => {
                    let why = causes(&error).join(": ");
                    all.unreachable.push((name.clone(), why));
                }
            }
        }
        let order = |hit: &Hit| (hit.registry.clone(), Arc::clone(&hit.name), hit.kind);
        all.hits.sort_by_cached_key(order);
        all
    }
}

impl Hits {
    /// Keeps what has a text in its name or description, whatever the case: names before descriptions, and a name that is
    /// the text before one that begins with it, before one that has it somewhere.
    pub fn matching(&mut self, text: &str) {
        let text = text.to_lowercase();
        let rank = |hit: &Hit| {
            let name = hit.name.to_lowercase();
            let described = || {
                let description = hit.description.as_deref();
                description.is_some_and(|about| about.to_lowercase().contains(&text))
            };
            if name == text {
                Some(0)
            } else if name.starts_with(&text) {
                Some(1)
            } else if name.contains(&text) {
                Some(2)
            } else {
                described().then_some(3)
            }
        };
        let hits = std::mem::take(&mut self.hits);
        let mut ranked: Vec<_> = hits
            .into_iter()
            .filter_map(|hit| Some((rank(&hit)?, hit)))
            .collect();
        ranked.sort_by_key(|(rank, hit)| (*rank, hit.deprecated));
        self.hits = ranked.into_iter().map(|(_, hit)| hit).collect();
    }
}

fn of_folder(listed: Listed) -> Hit {
    Hit {
        registry: listed.registry,
        kind: ItemKind::Pack,
        name: listed.name,
        versions: newest_first(listed.versions),
        app_version: None,
        description: Some(listed.display_name),
        category: Some(listed.category),
        deprecated: false,
    }
}

fn of_listing(registry: &RegistryName, listing: &Listing) -> Option<Hit> {
    let offers = versions(listing.offers.clone());
    let all = newest_first(offers.iter().map(|(version, _)| version.clone()).collect());
    let newest = all.first()?;
    let (_, offer) = offers.iter().find(|(version, _)| version == newest)?;
    Some(Hit {
        registry: registry.clone(),
        kind: listing.item.kind,
        name: Arc::clone(&listing.item.name),
        app_version: offer.app_version.clone(),
        description: offer.description.clone(),
        category: None,
        deprecated: offer.deprecated,
        versions: all,
    })
}

fn newest_first(mut versions: Vec<Version>) -> Vec<Version> {
    versions.sort_by(|one, other| {
        let key = |version: &Version| Reverse(version.is_prerelease());
        (key(other), other).cmp(&(key(one), one))
    });
    versions
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn hit(name: &str, description: &str) -> Hit {
        Hit {
            registry: RegistryName::new("r").unwrap(),
            kind: ItemKind::Chart,
            name: name.into(),
            versions: Vec::new(),
            app_version: None,
            description: Some(description.into()),
            category: None,
            deprecated: name.ends_with("old"),
        }
    }

    #[test]
    fn the_best_hits_come_first() {
        let mut hits = Hits {
            hits: vec![
                hit("other", "like Nginx"),
                hit("my-nginx", ""),
                hit("nginx-old", ""),
                hit("nginx-ingress", ""),
                hit("nginx", ""),
                hit("apache", ""),
            ],
            ..Hits::default()
        };
        hits.matching("NGINX");
        let names: Vec<_> = hits.hits.iter().map(|hit| &*hit.name).collect();
        assert_eq!(
            names,
            ["nginx", "nginx-ingress", "nginx-old", "my-nginx", "other"]
        );
    }

    #[test]
    fn pre_releases_stand_behind_all_others() {
        let all = ["1.0.0", "2.0.0-rc.1", "1.10.0", "1.2.0"];
        let all = all.map(|text| Version::new(text).unwrap()).to_vec();
        let sorted = newest_first(all);
        let sorted: Vec<_> = sorted.iter().map(Version::as_str).collect();
        assert_eq!(sorted, ["1.10.0", "1.2.0", "1.0.0", "2.0.0-rc.1"]);
    }
}
