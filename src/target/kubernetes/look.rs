//! Looking for objects by their names, without one request for each of them.

use std::collections::{BTreeMap, HashMap};

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::model::ObjectKey;
use crate::yaml::Value;

use super::discovery::Resource;
use super::failure::Failure;
use super::list::{Part, Selector};
use super::server::Server;

/// Up to so many objects of a kind and namespace are asked for one by one.
const FEW: usize = 3;

/// A list may hold so many times what is looked for before single objects are asked for in its place.
const WASTE: usize = 4;

/// So many requests are begun at once; how many run is the server's own matter.
pub(super) const AT_ONCE: usize = 32;

/// Objects by what they are.
pub(super) type Found = HashMap<ObjectKey, Value>;

impl Server {
    /// Those of some objects of one kind that are there.
    pub(super) async fn look(
        &self,
        resource: &Resource,
        keys: &[ObjectKey],
        part: Part,
    ) -> Result<Found, Failure> {
        let mut by_namespace: BTreeMap<&str, Vec<&ObjectKey>> = BTreeMap::new();
        for key in keys {
            let namespace = resource.namespace_of(key);
            by_namespace.entry(namespace).or_default().push(key);
        }
        let looks: Vec<_> = by_namespace
            .into_iter()
            .map(|(namespace, keys)| self.look_in(resource, namespace, keys, part))
            .collect();
        let mut found = Found::new();
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Some(some) = looks.next().await {
            found.extend(some?);
        }
        Ok(found)
    }

    async fn look_in(
        &self,
        resource: &Resource,
        namespace: &str,
        keys: Vec<&ObjectKey>,
        part: Part,
    ) -> Result<Found, Failure> {
        if keys.len() <= FEW {
            return self.each(resource, keys, part).await;
        }
        let all = Selector::default();
        let listed = self.pages(resource, namespace, all, Part::Metadata).await?;
        let items = listed.items.len();
        let there = pick(listed.items, &keys);
        if part == Part::Metadata || there.is_empty() {
            return Ok(there);
        }
        if there.len() > FEW && items <= there.len() * WASTE {
            let listed = self.pages(resource, namespace, all, Part::Whole).await?;
            return Ok(pick(listed.items, &keys));
        }
        let there = keys.into_iter().filter(|key| there.contains_key(*key));
        self.each(resource, there.collect(), part).await
    }

    async fn each(
        &self,
        resource: &Resource,
        keys: Vec<&ObjectKey>,
        part: Part,
    ) -> Result<Found, Failure> {
        let reads: Vec<_> = keys
            .into_iter()
            .map(|key| async move { (key, self.read(resource, key, part).await) })
            .collect();
        let mut found = Found::new();
        let mut reads = stream::iter(reads).buffer_unordered(AT_ONCE);
        while let Some((key, read)) = reads.next().await {
            match read {
                Ok(object) => {
                    found.insert(key.clone(), object);
                }
                Err(failure) if failure.is_missing() => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(found)
    }
}

/// Those of some objects of one kind and namespace that are looked for.
pub(super) fn pick(items: Vec<Value>, keys: &[&ObjectKey]) -> Found {
    let by_name: HashMap<&str, &ObjectKey> = keys.iter().map(|key| (&*key.name, *key)).collect();
    let named = |item: Value| {
        let key = by_name.get(name(&item))?;
        Some(((*key).clone(), item))
    };
    items.into_iter().filter_map(named).collect()
}

/// The name of an object.
pub(super) fn name(object: &Value) -> &str {
    text(object, "name")
}

/// A text of an object's metadata; empty when it is not there.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    let field = object.at(["metadata", field]);
    field.and_then(Value::as_str).unwrap_or_default()
}
