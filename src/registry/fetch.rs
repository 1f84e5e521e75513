//! What is missing, fetched before it is read: several at a time, each once.

use std::collections::BTreeSet;

use super::parallel::in_parallel;
use super::{Asked, Registries};

/// What happens while things are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchEvent {
    /// So many things are missing.
    Began(usize),
    /// One of them is on its way: `jetstack/cert-manager 1.x`.
    Started(String),
    /// It is there. Why one could not be had is told by whoever wanted it.
    Finished(String),
    /// Nothing is on its way any more.
    Ended,
}

impl Registries<'_> {
    /// Fetches what is not there yet. What cannot be had is told by [`Registries::resolve`], which remembers.
    pub fn gather<'q>(&self, all: impl IntoIterator<Item = &'q Asked>) {
        let mut seen = BTreeSet::new();
        let missing: Vec<&Asked> = all
            .into_iter()
            .filter(|asked| self.is_missing(asked) && seen.insert(&asked.key))
            .collect();
        if missing.is_empty() {
            return;
        }
        let watch = self.supply.watch;
        watch(&FetchEvent::Began(missing.len()));
        in_parallel(&missing, |asked| {
            let key = &asked.key;
            let what = format!("{}/{} {}", key.registry, key.name, key.requirement);
            watch(&FetchEvent::Started(what.clone()));
            self.fetch(asked);
            watch(&FetchEvent::Finished(what));
        });
        watch(&FetchEvent::Ended);
    }
}
