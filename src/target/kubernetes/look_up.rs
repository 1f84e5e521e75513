//! What templates look up, answered as Helm's function answers it.
//!
//! By Helm's code (`newLookupFunction` of its engine package): the object as the server has it in the version asked for, or a
//! list of all with `items`; an empty mapping for what is not there. Unlike there, a kind that is not served is not there
//! either, since a layer before may bring it, and neither is what the layer itself has made: a layer that rendered an object
//! because it was missing renders it the next time, too.

use crate::model::{LayerName, Lookup, ObjectKey};
use crate::target::TargetError;
use crate::yaml::{Map, Value};

use super::discovery::{Kind, Resource};
use super::failure::Failure;
use super::list::{Part, Selector};
use super::target::KubernetesTarget;

impl KubernetesTarget {
    pub(super) async fn looked_up(
        &self,
        lookup: &Lookup,
        own: &[LayerName],
    ) -> Result<Value, TargetError> {
        let discovery = self.server.discovery().await?;
        let group = lookup.api_version.split_once('/');
        let group = group.map_or("", |(group, _)| group);
        let kind = Kind::new(group, &lookup.kind);
        let found = match discovery.version(&kind, &lookup.api_version) {
            None => Ok(None),
            Some(resource) if lookup.name.is_empty() => {
                self.all(resource, lookup, own).await.map(Some)
            }
            Some(resource) => {
                let (kind, namespace) = (&*lookup.kind, &*lookup.namespace);
                let key = ObjectKey::new(group, kind, namespace, &lookup.name);
                self.one_of_others(resource, &key, own).await
            }
        };
        match found {
            Ok(found) => Ok(found.unwrap_or_else(|| Map::default().into())),
            Err(failure) if failure.is_missing() => Ok(Map::default().into()),
            Err(failure) => Err(self.server.unreachable(&failure).await),
        }
    }

    async fn one_of_others(
        &self,
        resource: &Resource,
        key: &ObjectKey,
        own: &[LayerName],
    ) -> Result<Option<Value>, Failure> {
        // Nothing is taken for granted here: without its namespace, no object has this name.
        if resource.namespaced && key.namespace.is_empty() {
            return Ok(None);
        }
        let object = self.server.read(resource, key, Part::Whole).await?;
        Ok(Some(object).filter(|object| !self.marks.has_made(object, own)))
    }

    async fn all(
        &self,
        resource: &Resource,
        lookup: &Lookup,
        own: &[LayerName],
    ) -> Result<Value, Failure> {
        let namespace = if resource.namespaced {
            &*lookup.namespace
        } else {
            ""
        };
        let selector = Selector::default();
        let listing = self
            .server
            .pages(resource, namespace, selector, Part::Whole)
            .await?;
        let mut items = listing.items;
        items.retain(|object| !self.marks.has_made(object, own));
        let version = ("resourceVersion".to_owned(), Value::from(listing.version));
        let fields = [
            ("apiVersion", Value::from(&*lookup.api_version)),
            ("kind", Value::from(format!("{}List", lookup.kind))),
            ("metadata", Map::from_iter([version]).into()),
            ("items", Value::List(items)),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        Ok(Map::from_iter(fields).into())
    }
}
