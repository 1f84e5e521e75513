//! Questions of those who do not know what is there: who imports what Helm installed, looks something up for a chart, or puts
//! a lost state together again.

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::model::ObjectKey;
use crate::target::TargetError;
use crate::yaml::Value;

use super::discovery::{Kind, Resource};
use super::list::Selector;
use super::look::AT_ONCE;
use super::target::KubernetesTarget;

/// Everything on a server that carries our marks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ours {
    /// Whole objects, each in the version in which it was applied.
    pub objects: Vec<Value>,
    /// The kinds that we may not list, `Deployment.apps`: whether something of ours is among them is not known.
    pub hidden: Vec<String>,
}

impl KubernetesTarget {
    /// One object; nothing when it is not there, or when its kind is not served.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    pub async fn find(&self, key: &ObjectKey) -> Result<Option<Value>, TargetError> {
        self.server.get(key).await
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

    /// Everything that carries our marks: one list for each kind that the server serves.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn ours(&self) -> Result<Ours, TargetError> {
        let discovery = self.server.refresh().await?;
        let kept = |resource: &Resource| resource.can("list") && resource.can("patch");
        let mut kinds: Vec<&Kind> = discovery
            .kinds()
            .filter(|(kind, resource)| kept(resource) && &*kind.kind != "Event")
            .map(|(kind, _)| kind)
            .collect();
        kinds.sort_unstable();
        let looks: Vec<_> = kinds
            .into_iter()
            .map(|kind| {
                let served = discovery.served(kind);
                async move { (kind, self.marked(served, "").await) }
            })
            .collect();
        let mut ours = Ours::default();
        let mut looks = stream::iter(looks).buffered(AT_ONCE);
        while let Some((kind, marked)) = looks.next().await {
            match marked {
                Ok(objects) => ours.objects.extend(objects),
                Err(failure) if failure.code() == 403 => {
                    let key = ObjectKey::new(&kind.group, &kind.kind, "", "");
                    ours.hidden.push(key.kind_and_group());
                }
                Err(failure) if matches!(failure.code(), 404 | 405) => {}
                Err(failure) => return Err(self.server.unreachable(&failure).await),
            }
        }
        Ok(ours)
    }
}
