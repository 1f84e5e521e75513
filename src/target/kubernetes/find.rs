//! Questions of those who do not know what is there: who imports what Helm installed, or looks something up for a chart.

use crate::model::{Capabilities, ObjectKey};
use crate::target::TargetError;
use crate::yaml::Value;

use super::discovery::Kind;
use super::list::Selector;
use super::target::KubernetesTarget;

impl KubernetesTarget {
    /// One object; nothing when it is not there, or when its kind is not served.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    pub async fn find(&self, key: &ObjectKey) -> Result<Option<Value>, TargetError> {
        self.server.get(key).await
    }

    /// What the server can do, which it always says.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn server_capabilities(&self) -> Result<Capabilities, TargetError> {
        self.server.capabilities().await
    }

    /// All objects of a kind, by its group and name, in a namespace or with an empty one everywhere, that a label selector
    /// picks, or with an empty one all; none when the kind is not served.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    pub async fn find_all(
        &self,
        group: &str,
        kind: &str,
        namespace: &str,
        labels: &str,
    ) -> Result<Vec<Value>, TargetError> {
        let selector = Selector { labels, fields: "" };
        let kind = Kind::new(group, kind);
        let listing = self.server.list(&kind, namespace, selector).await?;
        Ok(listing.items)
    }
}
