//! Problems of many clusters, each told once.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Span};
use crate::model::ClusterName;

/// How many clusters are named, and how many further places are shown, before the rest is only counted.
const NAMED: usize = 3;

/// Collects problems, and joins those of several clusters that say the same.
#[derive(Debug, Default)]
pub(super) struct Problems {
    all: Vec<Problem>,
    by_words: HashMap<Words, usize>,
}

/// What a problem says; two problems that say the same are one.
type Words = (String, Option<String>, Option<String>);

#[derive(Debug)]
struct Problem {
    diagnostic: Diagnostic,
    places: Vec<Span>,
    clusters: Vec<ClusterName>,
}

impl Problems {
    /// Keeps a problem that no single cluster has.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.keep(diagnostic);
    }

    /// Keeps a problem of a cluster.
    pub(super) fn add_for(&mut self, cluster: &ClusterName, diagnostic: Diagnostic) {
        let problem = self.keep(diagnostic);
        if problem.clusters.last() != Some(cluster) {
            problem.clusters.push(cluster.clone());
        }
    }

    fn keep(&mut self, diagnostic: Diagnostic) -> &mut Problem {
        let words = (
            diagnostic.summary.clone(),
            diagnostic.detail.clone(),
            diagnostic.help.clone(),
        );
        let at = *self.by_words.entry(words).or_insert(self.all.len());
        if let Some(known) = self.all.get_mut(at) {
            if let Some(span) = diagnostic.span
                && known.diagnostic.span != Some(span)
                && known.places.len() < NAMED
                && !known.places.contains(&span)
            {
                known.places.push(span);
            }
        } else {
            self.all.push(Problem {
                diagnostic,
                places: Vec::new(),
                clusters: Vec::new(),
            });
        }
        &mut self.all[at]
    }

    /// All problems, in the order in which they were first found.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.all.into_iter().map(Problem::finish).collect()
    }
}

impl Problem {
    fn finish(self) -> Diagnostic {
        let mut diagnostic = self.diagnostic;
        for span in self.places {
            diagnostic = diagnostic.also(span, "and here");
        }
        let names = |names: &[ClusterName]| {
            let names: Vec<&str> = names.iter().map(ClusterName::as_str).collect();
            names.join(", ")
        };
        let note = match self.clusters.as_slice() {
            [] => return diagnostic,
            [only] => format!("on cluster {only}"),
            few if few.len() <= NAMED => format!("on {} clusters: {}", few.len(), names(few)),
            many => format!("on {} clusters: {}, ...", many.len(), names(&many[..NAMED])),
        };
        let detail = match diagnostic.detail.take() {
            Some(detail) => format!("{detail}\n{note}"),
            None => note,
        };
        diagnostic.detail(detail)
    }
}
