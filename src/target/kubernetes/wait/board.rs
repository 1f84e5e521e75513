//! What is known of the objects that are awaited, and who is told of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::ObjectKey;
use crate::target::Awaiting;
use crate::target::kubernetes::discovery::Kind;
use crate::target::readiness::Readiness;
use crate::yaml::Value;

use super::follow::Scope;

/// What is known of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing yet.
    Unknown,
    /// It is not there.
    Missing,
    /// It is there.
    There(Readiness),
}

/// Where an object is looked for: its kind and namespace.
type Spot = (Kind, Arc<str>);

/// The objects, in the order in which they are awaited.
pub(super) struct Board {
    keys: Vec<ObjectKey>,
    states: Vec<State>,
    spots: HashMap<Spot, Vec<usize>>,
    /// Why nothing is heard from a spot.
    troubles: HashMap<Spot, String>,
    told: Arc<dyn Fn(Awaiting) + Send + Sync>,
    last: Option<Awaiting>,
}

fn spot(scope: &Scope) -> Spot {
    (scope.kind.clone(), Arc::clone(&scope.namespace))
}

impl Board {
    pub fn new(keys: Vec<ObjectKey>, told: Arc<dyn Fn(Awaiting) + Send + Sync>) -> Self {
        let mut spots: HashMap<Spot, Vec<usize>> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            let spot = (Kind::of(key), Arc::clone(&key.namespace));
            spots.entry(spot).or_default().push(at);
        }
        Self {
            states: vec![State::Unknown; keys.len()],
            keys,
            spots,
            troubles: HashMap::new(),
            told,
            last: None,
        }
    }

    pub fn key(&self, at: usize) -> &ObjectKey {
        &self.keys[at]
    }

    /// The objects of a scope.
    pub fn places(&self, scope: &Scope) -> &[usize] {
        self.spots.get(&spot(scope)).map_or(&[], Vec::as_slice)
    }

    /// Something is heard from a scope again.
    pub fn heard(&mut self, scope: &Scope) {
        self.troubles.remove(&spot(scope));
    }

    /// Which one an object is; nothing for one that nobody awaits.
    pub fn place(&self, scope: &Scope, object: &Value) -> Option<usize> {
        let name = object.at(["metadata", "name"]).and_then(Value::as_str)?;
        let mut places = self.places(scope).iter().copied();
        places.find(|at| *self.keys[*at].name == *name)
    }

    pub fn set(&mut self, at: usize, state: State) {
        // A Job may be deleted as soon as it has run, by its own wish.
        let done = self.states[at] == State::There(Readiness::Ready);
        if done && state == State::Missing && is_fleeting(&self.keys[at]) {
            return;
        }
        self.states[at] = state;
    }

    pub fn trouble(&mut self, scope: &Scope, why: &str) {
        self.troubles.insert(spot(scope), why.to_owned());
    }

    /// The first that has failed for good.
    pub fn failed(&self) -> Option<usize> {
        let failed = |state: &State| matches!(state, State::There(Readiness::Failed { .. }));
        self.states.iter().position(failed)
    }

    /// The first that is known not to be ready, else the first of which nothing is known.
    pub fn first(&self) -> Option<usize> {
        let ready = State::There(Readiness::Ready);
        let late = |state: &State| *state != ready && *state != State::Unknown;
        let known = self.states.iter().position(late);
        known.or_else(|| {
            self.states
                .iter()
                .position(|state| *state == State::Unknown)
        })
    }

    /// Whether all are ready.
    pub fn is_full(&self) -> bool {
        self.first().is_none()
    }

    /// Why one is not ready.
    pub fn why(&self, at: usize) -> String {
        let key = &self.keys[at];
        let spot = (Kind::of(key), Arc::clone(&key.namespace));
        if let Some(trouble) = self.troubles.get(&spot) {
            return trouble.clone();
        }
        match &self.states[at] {
            State::Unknown => "nothing is known of it yet".to_owned(),
            State::Missing => "it is not there".to_owned(),
            State::There(readiness) => readiness.why().to_owned(),
        }
    }

    /// Tells what is awaited, if that is not what was told last, and if something is known of it.
    pub fn tell(&mut self) {
        let ready = State::There(Readiness::Ready);
        let first = self.first();
        if first.is_some_and(|at| self.states[at] == State::Unknown && self.troubles.is_empty()) {
            return;
        }
        let awaiting = Awaiting {
            ready: self.states.iter().filter(|state| **state == ready).count(),
            total: self.keys.len(),
            object: first.map(|at| self.keys[at].clone()),
            why: first.map(|at| self.why(at)).unwrap_or_default(),
        };
        if self.last.as_ref() != Some(&awaiting) {
            (self.told)(awaiting.clone());
            self.last = Some(awaiting);
        }
    }
}

/// Whether objects of this kind may go by themselves when they have done their work.
fn is_fleeting(key: &ObjectKey) -> bool {
    (&*key.group, &*key.kind) == ("batch", "Job")
}
