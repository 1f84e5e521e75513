//! What templates look up on the server of a cluster, asked between two renderings.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use crate::model::{LayerName, Lookup};
use crate::render::{Answers, Lookups};
use crate::target::{Target, TargetError};
use crate::yaml::Value;

/// So often a layer is rendered for one plan: each answer may make its templates look up something else.
pub(super) const ROUNDS: usize = 50;

/// What is known of one cluster's server, layer by layer, since each sees a server without itself.
#[derive(Debug)]
pub(super) struct Oracle {
    /// Whether layers that the state knows as they are wanted are rendered again when they look something up.
    pub anew: bool,
    answers: BTreeMap<LayerName, Answers>,
}

/// What the templates of a layer looked up and nobody knows.
#[derive(Debug)]
pub(super) struct Question {
    pub layer: LayerName,
    /// The name that the state knows the layer by, where it is another one.
    pub renamed_from: Option<LayerName>,
    pub lookups: Vec<Lookup>,
}

impl Oracle {
    /// Nothing is known yet.
    pub fn new(anew: bool) -> Self {
        Self {
            anew,
            answers: BTreeMap::new(),
        }
    }

    /// What is known for the next rendering of a layer.
    pub fn lookups(&self, layer: &LayerName) -> Arc<Lookups> {
        let known = self.answers.get(layer).cloned();
        Arc::new(Lookups::knowing(known.unwrap_or_default()))
    }

    /// Asks the server everything that was looked up.
    ///
    /// # Errors
    /// When it cannot be asked, or refuses.
    pub async fn ask(
        &mut self,
        target: &dyn Target,
        questions: Vec<Question>,
    ) -> Result<(), TargetError> {
        let asked = questions.iter().flat_map(|question| {
            let lookups = question.lookups.iter();
            lookups.map(move |lookup| answered(target, question, lookup))
        });
        for (layer, lookup, answer) in try_join_all(asked).await? {
            let answers = self.answers.entry(layer.clone()).or_default();
            answers.insert(lookup.clone(), Arc::new(answer));
        }
        Ok(())
    }
}

async fn answered<'q>(
    target: &dyn Target,
    question: &'q Question,
    lookup: &'q Lookup,
) -> Result<(&'q LayerName, &'q Lookup, Value), TargetError> {
    let layer = &question.layer;
    let own: Vec<LayerName> = question
        .renamed_from
        .iter()
        .chain([layer])
        .cloned()
        .collect();
    match target.look_up(lookup, &own).await {
        Ok(answer) => Ok((layer, lookup, answer)),
        Err(source) => Err(TargetError::Unknown {
            layer: layer.clone(),
            lookup: lookup.clone(),
            source: Box::new(source),
        }),
    }
}
