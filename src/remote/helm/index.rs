//! What we keep of an index: the charts of a repository, their versions, and where the archives are.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::Sha256;
use crate::remote::{Item, ItemKind, Listing, Offer};

/// The index of a Helm repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The versions of each chart, in the order of the index.
    charts: BTreeMap<Arc<str>, Vec<Chart>>,
}

/// One version of a chart. The names of the fields are short since there are many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chart {
    #[serde(rename = "v")]
    pub version: Arc<str>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<Arc<str>>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// As the index has it, which may be no digest at all.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Arc<str>>,
    /// Where the archive is, as the index has it.
    #[serde(rename = "u", default)]
    pub urls: Vec<Arc<str>>,
}

impl Chart {
    /// The digest, if it is one.
    pub fn archive(&self) -> Option<Sha256> {
        self.digest.as_deref()?.parse().ok()
    }

    fn offer(&self) -> Offer {
        Offer {
            version: Arc::clone(&self.version),
            app_version: self.app_version.clone(),
            description: self.description.clone(),
            deprecated: self.deprecated,
            archive: self.archive(),
        }
    }
}

impl Index {
    /// Adds a version. Of two with the same number the first one counts, as helm finds it.
    pub(super) fn add(&mut self, name: &str, chart: Chart) {
        let versions = match self.charts.get_mut(name) {
            Some(versions) => versions,
            None => self.charts.entry(name.into()).or_default(),
        };
        versions.push(chart);
    }

    /// Leaves out what came twice, and shares descriptions that do not change from version to version.
    pub(super) fn finish(&mut self) {
        for versions in self.charts.values_mut() {
            let mut seen = std::collections::HashSet::new();
            versions.retain(|chart| seen.insert(Arc::clone(&chart.version)));
            versions.shrink_to_fit();
            let mut before: Option<Arc<str>> = None;
            for chart in versions {
                match (&before, &mut chart.description) {
                    (Some(before), Some(own)) if before == own => *own = Arc::clone(before),
                    (_, own) => before.clone_from(own),
                }
            }
        }
    }

    /// Everything in it.
    pub fn listings(&self) -> Vec<Listing> {
        let listing = |(name, versions): (&Arc<str>, &Vec<Chart>)| Listing {
            item: Item {
                kind: ItemKind::Chart,
                name: Arc::clone(name),
            },
            offers: versions.iter().map(Chart::offer).collect(),
        };
        self.charts.iter().map(listing).collect()
    }

    /// The versions of one chart; none when it is not there.
    pub fn offers(&self, name: &str) -> Vec<Offer> {
        let versions = self.charts.get(name).map(Vec::as_slice);
        versions
            .unwrap_or_default()
            .iter()
            .map(Chart::offer)
            .collect()
    }

    /// One version of a chart.
    pub(super) fn chart(&self, name: &str, version: &str) -> Option<&Chart> {
        let versions = self.charts.get(name)?;
        versions.iter().find(|chart| &*chart.version == version)
    }

    /// How many versions there are of all charts together.
    pub fn versions(&self) -> usize {
        self.charts.values().map(Vec::len).sum()
    }
}
