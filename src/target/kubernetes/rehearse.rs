//! Asking what operations would come to, by dry run.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::target::{Manner, Operation, Rehearsal, TargetError};
use crate::yaml::Value;

use super::apply::WRITES;
use super::discovery::{Kind, Resource};
use super::failure::Failure;
use super::list::parse;
use super::put::Put;
use super::refusal::{Meaning, meaning, words};
use super::target::KubernetesTarget;
use super::write::{Apply, apply};

impl KubernetesTarget {
    pub(super) async fn dry_run(
        &self,
        operations: &[Operation],
    ) -> Result<Vec<Rehearsal>, TargetError> {
        self.server.discovery().await?;
        let asks: Vec<_> = operations
            .iter()
            .map(|operation| self.rehearsed(operation))
            .collect();
        let mut rehearsals = Vec::with_capacity(operations.len());
        let mut asks = stream::iter(asks).buffered(WRITES);
        while let Some(rehearsal) = asks.next().await {
            rehearsals.push(rehearsal?);
        }
        Ok(rehearsals)
    }

    async fn rehearsed(&self, operation: &Operation) -> Result<Rehearsal, TargetError> {
        let put = match Put::of(operation) {
            Ok(Some(put)) => put,
            Ok(None) => return Ok(Rehearsal::Fine { after: None }),
            Err(TargetError::Denied { message, .. }) => return Ok(Rehearsal::Refused { message }),
            Err(error) => return Err(error),
        };
        // What is deleted first cannot be asked for while it is there.
        if put.manner == Manner::Replace {
            return Ok(Rehearsal::Unknown);
        }
        let discovery = self.server.discovery().await?;
        let kind = Kind::of(&put.key);
        let Some(resource) = discovery.version(&kind, put.api_version()) else {
            return Ok(Rehearsal::Unknown);
        };
        let force = put.manner == Manner::TakeOver;
        let failure = match self.ask_dry(resource, &put, force).await {
            Ok(after) => return Ok(Rehearsal::Fine { after: Some(after) }),
            Err(failure) => failure,
        };
        let Some(status) = failure.status() else {
            return Err(self.server.unreachable(&failure).await);
        };
        let message = words(status);
        Ok(match meaning(status) {
            Meaning::Contested(fields) => Rehearsal::Contested {
                fields,
                // Should that be refused, too, then the plan shows the fields alone.
                after: self.ask_dry(resource, &put, true).await.ok(),
            },
            Meaning::NoNamespace
            | Meaning::NamespaceGoes
            | Meaning::NoKind
            | Meaning::NoObject
            | Meaning::NoWebhook => Rehearsal::Unknown,
            Meaning::Immutable => Rehearsal::Immutable { message },
            Meaning::Another | Meaning::Refused => Rehearsal::Refused { message },
            Meaning::Unusable => return Err(self.server.unreachable(&failure).await),
        })
    }

    async fn ask_dry(
        &self,
        resource: &Resource,
        put: &Put,
        force: bool,
    ) -> Result<Arc<Value>, Failure> {
        let manager = self.marks.manager();
        let how = Apply {
            manager: &manager,
            force,
            rehearsal: true,
        };
        let object = self.marked_by(resource, put).await;
        let answer = self
            .server
            .ask(&apply(resource, &put.key, &object, how))
            .await?;
        let mut after: Value = parse(&answer.body)?;
        let metadata = after.as_map_mut().and_then(|map| map.get_mut("metadata"));
        if let Some(metadata) = metadata.and_then(Value::as_map_mut) {
            metadata.shift_remove("managedFields");
        }
        Ok(Arc::new(after))
    }
}
