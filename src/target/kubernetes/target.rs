//! The target itself.

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{Key, ObjectKey, Seen};
use crate::target::readiness;
use crate::target::{
    Ask, Hook, IndexEntry, Observation, Operation, Outcome, Patience, Target, TargetError,
};

use super::hooks;
use super::marks::Marks;
use super::server::Server;
use super::wait;

/// One cluster's objects on an API server.
#[derive(Clone, Debug)]
pub struct KubernetesTarget {
    pub(super) server: Arc<Server>,
    pub(super) key: Key,
    pub(super) marks: Marks,
}

#[async_trait]
impl Target for KubernetesTarget {
    fn accepts(&self, _key: &ObjectKey) -> Result<bool, TargetError> {
        Ok(true)
    }

    async fn observe(&self, _ask: Ask) -> Result<Observation, TargetError> {
        todo!()
    }

    async fn apply(&self, _operations: Vec<Operation>) -> Vec<Outcome> {
        todo!()
    }

    async fn ready(&self, awaited: Vec<ObjectKey>, patience: Patience) -> Result<(), TargetError> {
        let labels = self.marks.selector();
        wait::until_ready(&self.server, awaited, &labels, readiness::status, &patience).await
    }

    async fn run_hook(&self, hook: Hook, patience: Patience) -> Result<(), TargetError> {
        hooks::run(&self.server, &self.marks, &hook, &patience).await
    }

    async fn clear_hook(&self, hook: Hook, patience: Patience) -> Result<(), TargetError> {
        hooks::clear(&self.server, &hook, &patience).await
    }

    async fn seal(&self, _order: Vec<IndexEntry>) -> Result<Option<Seen>, TargetError> {
        Ok(None)
    }
}
