//! What stable random values are derived from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Key, LayerName};

/// What the random values of one layer on one cluster are derived from, together with the state's key. It tells nothing
/// by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seed {
    /// Counted from 1, raised by `--rotate` alone. No two seeds of a cluster with the same first name share one.
    pub generation: u64,
    /// When it was made, in whole seconds: what templates take for the time.
    pub made: Timestamp,
    /// The name that the layer had when its first seed was made. A layer with another name keeps its random values.
    pub layer: LayerName,
}

impl Seed {
    /// A seed for a layer that has none. `known` are the seeds of the cluster by layer, which it must not repeat.
    pub fn first(layer: &LayerName, known: &BTreeMap<LayerName, Self>, now: Timestamp) -> Self {
        Self {
            generation: last(layer, known) + 1,
            made: now,
            layer: layer.clone(),
        }
    }

    /// The seed that comes after this one. `known` are the seeds of the cluster by layer, which it must not repeat.
    #[must_use]
    pub fn rotated(&self, known: &BTreeMap<LayerName, Self>, now: Timestamp) -> Self {
        Self {
            generation: last(&self.layer, known).max(self.generation) + 1,
            made: now,
            layer: self.layer.clone(),
        }
    }

    /// The 32 secret bytes from which a layer's random values are made. `project` and `cluster` are their uids.
    pub fn bytes(&self, key: &Key, project: Uuid, cluster: Uuid) -> [u8; 32] {
        let mut hasher = key.hasher();
        let name = self.layer.as_str().as_bytes();
        // The only part without a fixed length stands last.
        hasher.update(b"stratiform seed\0");
        hasher.update(project.as_bytes());
        hasher.update(cluster.as_bytes());
        hasher.update(&self.generation.to_le_bytes());
        hasher.update(name);
        hasher.finalize().into()
    }
}

/// The last generation of the seeds with a first name; 0 when there is none.
fn last(layer: &LayerName, known: &BTreeMap<LayerName, Seed>) -> u64 {
    let same = known.values().filter(|seed| seed.layer == *layer);
    same.map(|seed| seed.generation).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_seed_is_never_made_twice() {
        let now = Timestamp::UNIX_EPOCH;
        let (web, shop) = (
            LayerName::new("web").unwrap(),
            LayerName::new("shop").unwrap(),
        );
        let first = Seed::first(&web, &BTreeMap::new(), now);
        assert_eq!(first.generation, 1);
        // The layer is called `shop` now, and another one has come that is called `web`.
        let known = BTreeMap::from([(shop.clone(), first.clone())]);
        let other = Seed::first(&web, &known, now);
        assert_eq!((other.generation, &other.layer), (2, &web));
        let known = BTreeMap::from([(shop, first.clone()), (web, other)]);
        assert_eq!(first.rotated(&known, now).generation, 3);
    }

    #[test]
    fn every_part_of_a_seed_counts_but_the_time() {
        let key = Key::from_bytes([7; 32]);
        let seed = |generation, layer: &str| Seed {
            generation,
            made: Timestamp::UNIX_EPOCH,
            layer: LayerName::new(layer).unwrap(),
        };
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let all = [
            seed(1, "web").bytes(&key, one, two),
            seed(2, "web").bytes(&key, one, two),
            seed(1, "shop").bytes(&key, one, two),
            seed(1, "web").bytes(&key, two, one),
            seed(1, "web").bytes(&key, one, one),
            seed(1, "web").bytes(&Key::from_bytes([8; 32]), one, two),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one));
        }
        let later = Seed {
            made: Timestamp::from_second(1).unwrap(),
            ..seed(1, "web")
        };
        assert_eq!(later.bytes(&key, one, two), all[0]);
    }
}
