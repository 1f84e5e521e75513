//! The target itself.

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{Key, ObjectKey, Seen};
use crate::target::{Ask, IndexEntry, Observation, Operation, Outcome, Target, TargetError};

use super::marks::Marks;
use super::server::Server;

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

    async fn seal(&self, _order: Vec<IndexEntry>) -> Result<Option<Seen>, TargetError> {
        Ok(None)
    }
}
