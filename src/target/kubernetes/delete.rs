//! Deleting one object.

use crate::target::{Expected, Operation, TargetError, Written};
use crate::yaml::Value;

use super::apply::is_namespace;
use super::batch::key;
use super::discovery::Kind;
use super::list::parse;
use super::look::text;
use super::target::KubernetesTarget;
use super::write::{Owned, delete};

impl KubernetesTarget {
    /// Deletes an object, of which `there` is the metadata; what is not there, or of a kind that is not served, is deleted
    /// already. What has finalizers is waited for, so that nothing is forgotten that still is there, and so that whoever
    /// has to see to them is still there, too.
    pub(super) async fn delete(
        &self,
        operation: &Operation,
        there: Option<&Value>,
    ) -> Result<Written, TargetError> {
        let key = key(operation);
        let discovery = self.server.discovery().await?;
        let (Some(resource), Some(there)) = (discovery.preferred(&Kind::of(key)), there) else {
            return Ok(Written::default());
        };
        self.not_others(key, there)?;
        if !self.is_expected(operation, there) {
            let key = key.clone();
            return Err(TargetError::Moved { key });
        }
        if is_namespace(key) {
            return self.delete_namespace(resource, key, there).await;
        }
        let uid = text(there, "uid");
        let answer = match self
            .server
            .ask(&delete(resource, key, uid, Owned::Later))
            .await
        {
            Ok(answer) => answer,
            Err(failure) if failure.is_missing() => return Ok(Written::default()),
            Err(failure) => return Err(self.refused(key, &failure).await),
        };
        // Where it is gone at once, the answer is a status.
        let left: Value = parse(&answer.body).unwrap_or_default();
        let finalizers = left.at(["metadata", "finalizers"]).and_then(Value::as_list);
        if finalizers.is_some_and(|finalizers| !finalizers.is_empty()) {
            self.must_go(resource, key, uid).await?;
        }
        Ok(Written::default())
    }

    fn is_expected(&self, operation: &Operation, there: &Value) -> bool {
        match operation {
            Operation::Delete {
                expected: Expected::Content(content),
                ..
            } => *content == self.content(there),
            _ => false,
        }
    }
}
