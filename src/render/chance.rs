//! Where random values and the time come from while a layer is rendered.

use crate::model::{Key, Seed};

use super::context::Context;
use super::template::{self, Limits, Memo, Run, Set};

/// Where random values and the time come from while a layer is rendered.
#[derive(Debug)]
pub enum Chance {
    /// Values made from a layer's seed: the same at every rendering.
    Seeded(template::Seed),
    /// Other values than in the rendering that the memo is of, to tell what depends on them.
    Altered(Box<Memo>),
}

impl Chance {
    /// The random values of a layer on the context's cluster.
    pub fn new(seed: &Seed, key: &Key, cx: &Context<'_>) -> Self {
        let (project, cluster) = cx.uids();
        Self::Seeded(template::Seed {
            key: seed.bytes(key, project, cluster),
            now: seed.made,
        })
    }

    /// A run over templates with these random values.
    pub(super) fn run(&self, set: Set, limits: Limits) -> Run {
        match self {
            Self::Seeded(seed) => Run::new(set, limits, Some(seed.clone())),
            Self::Altered(memo) => Run::altered(set, limits, Memo::clone(memo)),
        }
    }
}
