//! Where random values and the time come from while a layer is rendered.

use std::sync::Arc;

use crate::model::{Key, Seed};

use super::context::Context;
use super::template::{self, Limits, LookUp, Memo, Run, Set};

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

    /// A run over templates with these random values, and with what the context knows of a server.
    pub(super) fn run(&self, set: Set, limits: Limits, cx: &Context<'_>) -> Run {
        let run = match self {
            Self::Seeded(seed) => Run::new(set, limits, Some(seed.clone())),
            Self::Altered(memo) => Run::altered(set, limits, Memo::clone(memo)),
        };
        match cx.lookups() {
            Some(lookups) => run.answered_by(Arc::clone(lookups) as Arc<dyn LookUp>),
            None => run,
        }
    }
}
