//! A Helm repository as a source of charts.

use std::sync::Arc;

use jiff::Timestamp;

use crate::remote::cache::Cache;
use crate::remote::http::Endpoint;
use crate::remote::{Fetched, Freshness, Item, ItemKind, Listing, Offer, RemoteError, Source};

use super::download::{Wanted, Ways, download};
use super::elsewhere::Elsewhere;
use super::index::Chart;
use super::kept::Kept;

/// A Helm repository.
#[derive(Debug)]
pub struct Helm {
    endpoint: Endpoint,
    cache: Cache,
    kept: Kept,
    elsewhere: Elsewhere,
    opened: Timestamp,
}

impl Helm {
    /// The repository at an endpoint. Nothing is asked yet.
    pub fn new(endpoint: Endpoint, cache: Cache) -> Self {
        Self {
            kept: Kept::new(endpoint.clone(), cache.clone()),
            elsewhere: Elsewhere::new(endpoint.clone(), cache.clone()),
            opened: endpoint.network().timing().clock.now(),
            endpoint,
            cache,
        }
    }

    /// The entry of a chart; a newer index is asked for when it is not in the one that we have, or is not what was pinned.
    fn entry(
        &self,
        item: &Item,
        version: &str,
        pinned: Option<&Fetched>,
    ) -> Result<Option<Chart>, RemoteError> {
        let find = |freshness| {
            let look = self.kept.index(freshness)?;
            Ok::<_, RemoteError>(look.index.chart(&item.name, version).cloned())
        };
        let is_right = |chart: &Chart| match (chart.archive(), pinned) {
            (Some(announced), Some(pinned)) => announced == pinned.archive,
            _ => true,
        };
        match find(Freshness::Any)? {
            Some(chart) if is_right(&chart) => Ok(Some(chart)),
            _ => find(Freshness::Now),
        }
    }
}

impl Source for Helm {
    fn list(&self, freshness: Freshness) -> Result<Arc<[Listing]>, RemoteError> {
        Ok(self.kept.index(freshness)?.listings())
    }

    fn offers(&self, item: &Item, freshness: Freshness) -> Result<Vec<Offer>, RemoteError> {
        match item.kind {
            ItemKind::Pack => Ok(Vec::new()),
            ItemKind::Chart => Ok(self.kept.index(freshness)?.index.offers(&item.name)),
        }
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
        if let Some(pinned) = pinned.filter(|pinned| self.cache.has(&pinned.archive)) {
            return Ok(fetched(pinned.archive));
        }
        let registry = self.endpoint.registry();
        let what = format!("chart `{}` {version} of registry `{registry}`", item.name);
        let entry = match item.kind {
            ItemKind::Pack => None,
            ItemKind::Chart => self.entry(item, version, pinned)?,
        };
        let Some(chart) = entry else {
            // The index in the cache may be older than the pin.
            return Err(if self.endpoint.network().is_offline() {
                RemoteError::Offline { what }
            } else {
                RemoteError::Unknown { what }
            });
        };
        let announced = chart.archive();
        if announced.is_none() && chart.digest.is_some() {
            return Err(RemoteError::NoDigest { what });
        }
        let expected = match (pinned.map(|pinned| pinned.archive), announced) {
            (Some(expected), Some(found)) if expected != found => {
                return Err(RemoteError::Changed {
                    what,
                    by: "the lock file",
                    expected,
                    found,
                });
            }
            (Some(pinned), _) => Some((pinned, "the lock file")),
            (None, Some(announced)) => Some((announced, "the index")),
            (None, None) => None,
        };
        if let Some((digest, _)) = expected.filter(|(digest, _)| self.cache.has(digest)) {
            return Ok(fetched(digest));
        }
        if self.endpoint.network().is_offline() {
            return Err(RemoteError::Offline { what });
        }
        let wanted = Wanted {
            what: &what,
            chart: &chart,
            expected,
            since: self.opened,
        };
        let ways = Ways {
            endpoint: &self.endpoint,
            cache: &self.cache,
            elsewhere: &self.elsewhere,
        };
        download(&ways, &wanted).map(fetched)
    }
}
