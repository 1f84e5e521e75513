//! Everything on a server that bears a project's marks, whoever knows of it.

use futures_util::StreamExt as _;
use futures_util::stream;
use uuid::Uuid;

use crate::model::{LayerName, ObjectKey};
use crate::target::{Marked, Survey, TargetError};
use crate::yaml::Value;

use super::discovery::{Kind, Resource};
use super::list::{Part, Selector};
use super::look::{AT_ONCE, name, text};
use super::marks::{self, Marks};
use super::target::KubernetesTarget;

impl KubernetesTarget {
    /// Lists every kind that there is by the project's label. Of what others made out of our objects and copied our labels
    /// to, as endpoints do of services, nothing says a layer, and it is left out.
    pub(super) async fn survey(&self) -> Result<Survey, TargetError> {
        let discovery = self.server.refresh().await?;
        let kinds = discovery.kinds();
        let looks: Vec<_> = kinds
            .filter(|(kind, resource)| {
                resource.can("list") && resource.can("patch") && &*kind.kind != "Event"
            })
            .map(|(kind, resource)| self.marked_of(kind, resource))
            .collect();
        let mut survey = Survey::default();
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Some(found) = looks.next().await {
            match found? {
                Some(marked) => survey.marked.extend(marked),
                None => survey.hidden += 1,
            }
        }
        survey
            .marked
            .sort_unstable_by(|a, b| (&a.layer, &a.key).cmp(&(&b.layer, &b.key)));
        Ok(survey)
    }

    /// The marked objects of a kind; nothing when we may not see them.
    async fn marked_of(
        &self,
        kind: &Kind,
        resource: &Resource,
    ) -> Result<Option<Vec<Marked>>, TargetError> {
        let labels = self.marks.of_project();
        let selector = Selector {
            labels: &labels,
            fields: "",
        };
        match self
            .server
            .pages(resource, "", selector, Part::Metadata)
            .await
        {
            Ok(listing) => {
                let found = listing.items.iter();
                Ok(Some(
                    found
                        .filter_map(|one| marked(kind, one, &self.marks))
                        .collect(),
                ))
            }
            Err(failure) if failure.code() == 403 => Ok(None),
            Err(failure) if failure.is_missing() || failure.code() == 405 => Ok(Some(Vec::new())),
            Err(failure) => Err(self.server.unreachable(&failure).await),
        }
    }
}

/// An object of this cluster, by its uid or, after a rename that nobody remembers, by its name.
fn marked(kind: &Kind, object: &Value, marks: &Marks) -> Option<Marked> {
    let (cluster, cluster_name, layer) = marks::of(object)?;
    let uid: Uuid = cluster.parse().ok()?;
    if uid != marks.uid && cluster_name != marks.cluster.as_str() {
        return None;
    }
    let namespace = text(object, "namespace");
    Some(Marked {
        cluster: uid,
        layer: LayerName::new(layer).ok()?,
        key: ObjectKey::new(&kind.group, &kind.kind, namespace, name(object)),
    })
}
