//! The target itself.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::model::{Capabilities, Key, LayerName, Lookup, ObjectKey, Seen};
use crate::target::readiness;
use crate::target::{
    Ask, Hook, IndexEntry, Observation, Operation, Outcome, Patience, Rehearsal, Survey, Target,
    TargetError,
};
use crate::yaml::Value;

use super::discovery::Kind;
use super::hooks;
use super::marks::Marks;
use super::server::Server;
use super::wait;

/// One cluster's objects on an API server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct KubernetesTarget {
    pub(super) server: Arc<Server>,
    pub(super) key: Key,
    pub(super) marks: Marks,
    /// Namespaces that this very value made, in which nothing can have been before.
    pub(super) fresh: Shared<Arc<str>>,
    /// Kinds whose definitions this very value wrote, which are served sooner or later.
    pub(super) coming: Shared<Kind>,
}

/// A set that grows from all sides.
#[derive(Clone, Debug)]
pub(super) struct Shared<T>(Arc<Mutex<HashSet<T>>>);

impl<T: Eq + Hash> Shared<T> {
    /// Adds something.
    pub fn add(&self, one: T) {
        let mut set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        set.insert(one);
    }

    /// Whether something was added.
    pub fn holds(&self, one: &T) -> bool {
        let set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        set.contains(one)
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl KubernetesTarget {
    pub(super) fn new(server: Arc<Server>, key: Key, marks: Marks) -> Self {
        Self {
            server,
            key,
            marks,
            fresh: Shared::default(),
            coming: Shared::default(),
        }
    }
}

#[async_trait]
impl Target for KubernetesTarget {
    fn accepts(&self, _key: &ObjectKey) -> Result<bool, TargetError> {
        Ok(true)
    }

    async fn observe(&self, ask: Ask) -> Result<Observation, TargetError> {
        self.look_at(&ask).await
    }

    async fn apply(&self, operations: Vec<Operation>) -> Vec<Outcome> {
        self.carry_out(&operations).await
    }

    async fn rehearse(&self, operations: Vec<Operation>) -> Result<Vec<Rehearsal>, TargetError> {
        self.dry_run(&operations).await
    }

    async fn capabilities(&self) -> Result<Option<Capabilities>, TargetError> {
        self.server.capabilities().await.map(Some)
    }

    async fn look_up(&self, lookup: &Lookup, own: &[LayerName]) -> Result<Value, TargetError> {
        self.looked_up(lookup, own).await
    }

    async fn marked(&self) -> Result<Option<Survey>, TargetError> {
        self.survey().await.map(Some)
    }

    async fn ready(&self, awaited: Vec<ObjectKey>, patience: Patience) -> Result<(), TargetError> {
        let labels = self.marks.selector();
        wait::until_ready(&self.server, awaited, &labels, readiness::status, &patience).await
    }

    async fn run_hook(&self, hook: Hook, patience: Patience) -> Result<(), TargetError> {
        hooks::run(&self.server, &self.marks, &hook, &patience).await
    }

    async fn clear_hook(&self, hook: Hook) -> Result<(), TargetError> {
        hooks::clear(&self.server, &hook).await
    }

    async fn seal(&self, _order: Vec<IndexEntry>) -> Result<Option<Seen>, TargetError> {
        Ok(None)
    }
}
