//! Looking at the objects of a cluster: one list for each kind and namespace.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::diff::Managers;
use crate::model::{Digest, ObjectKey};
use crate::target::{Ask, Extent, Known, Observation, Observed, TargetError, Unmanaged};
use crate::yaml::Value;

use super::discovery::{Kind, Resource};
use super::failure::Failure;
use super::list::{Part, Selector};
use super::look::{AT_ONCE, Found, name, pick, text};
use super::target::KubernetesTarget;

/// The objects of one kind in one namespace.
struct Group<'a> {
    /// Their kind in all versions, the preferred one first.
    served: &'a [Resource],
    namespace: &'a str,
    /// The objects asked for, with their places in the question.
    known: Vec<(usize, &'a Known)>,
}

/// What was seen of a group.
struct Seen {
    objects: Vec<(usize, Observed)>,
    unmanaged: Vec<Unmanaged>,
}

impl KubernetesTarget {
    pub(super) async fn look_at(&self, ask: &Ask) -> Result<Observation, TargetError> {
        let discovery = self.server.discovery().await?;
        let mut groups: BTreeMap<(Kind, &str), Group<'_>> = BTreeMap::new();
        for (at, known) in ask.known.iter().enumerate() {
            let kind = Kind::of(&known.key);
            let served = discovery.served(&kind);
            let Some(preferred) = served.first() else {
                continue;
            };
            let namespace = preferred.namespace_of(&known.key);
            let group = groups.entry((kind, namespace)).or_insert_with(|| Group {
                served,
                namespace,
                known: Vec::new(),
            });
            group.known.push((at, known));
        }
        let empty = match self.missing_namespaces(groups.values()).await {
            Ok(empty) => empty,
            Err(failure) => return Err(self.server.unreachable(&failure).await),
        };
        let looks: Vec<_> = groups
            .values()
            .filter(|group| !empty.contains(group.namespace))
            .map(|group| self.group(group, ask.extent))
            .collect();
        let mut observation = Observation {
            objects: vec![Observed::Absent; ask.known.len()],
            unmanaged: Vec::new(),
            index_intact: true,
        };
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Some(seen) = looks.next().await {
            let seen = match seen {
                Ok(seen) => seen,
                Err(failure) => return Err(self.server.unreachable(&failure).await),
            };
            for (at, observed) in seen.objects {
                observation.objects[at] = observed;
            }
            observation.unmanaged.extend(seen.unmanaged);
        }
        observation.unmanaged.sort_unstable();
        Ok(observation)
    }

    /// The namespaces that are not there, of those in which we have never written anything.
    async fn missing_namespaces<'a>(
        &self,
        groups: impl Iterator<Item = &'a Group<'a>>,
    ) -> Result<BTreeSet<&'a str>, Failure> {
        let mut written: HashMap<&str, bool> = HashMap::new();
        for group in groups.filter(|group| !group.namespace.is_empty()) {
            let any = group.known.iter().any(|(_, known)| known.content.is_some());
            *written.entry(group.namespace).or_default() |= any;
        }
        let unwritten = written.into_iter().filter(|(_, written)| !written);
        let names: Vec<&str> = unwritten.map(|(namespace, _)| namespace).collect();
        let found = self.namespaces(&names).await?;
        let missing = |name: &&str| found.as_ref().is_some_and(|found| !found.contains(*name));
        Ok(names.into_iter().filter(missing).collect())
    }

    /// Which of some namespaces are there; nothing when we are not allowed to see that.
    async fn namespaces(&self, names: &[&str]) -> Result<Option<BTreeSet<String>>, Failure> {
        let discovery = self
            .server
            .connection()
            .await?
            .discovery
            .read()
            .await
            .clone();
        let kind = Kind::new("", "Namespace");
        let Some(resource) = discovery.as_ref().and_then(|all| all.preferred(&kind)) else {
            return Ok(None);
        };
        let key = |name: &&str| ObjectKey::new("", "Namespace", "", name);
        let keys: Vec<ObjectKey> = names.iter().map(key).collect();
        match self.server.look(resource, &keys, Part::Metadata).await {
            Ok(found) => {
                let names = found.into_keys().map(|key| key.name.to_string());
                Ok(Some(names.collect()))
            }
            Err(failure) if failure.code() == 403 => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn group(&self, group: &Group<'_>, extent: Extent) -> Result<Seen, Failure> {
        let Some(preferred) = group.served.first() else {
            return Ok(Seen::nothing());
        };
        let marked = match self.marked(group.served, group.namespace).await {
            // The kind has gone since somebody looked what is served.
            Err(failure) if failure.is_missing() => return Ok(Seen::nothing()),
            marked => marked?,
        };
        let keys: Vec<&ObjectKey> = group.known.iter().map(|(_, known)| &known.key).collect();
        let unmanaged = match extent {
            Extent::Full => unmanaged(&marked, preferred, &keys),
            Extent::Quick => Vec::new(),
        };
        let mut found = pick(marked, &keys);
        let missing: Vec<ObjectKey> = keys
            .iter()
            .filter(|key| !found.contains_key(**key))
            .map(|key| (*key).clone())
            .collect();
        if !missing.is_empty() {
            found.extend(self.server.look(preferred, &missing, Part::Whole).await?);
        }
        Ok(Seen {
            objects: self.observed(group, found),
            unmanaged,
        })
    }

    /// All objects of a kind that carry our marks, in a namespace or with an empty one everywhere: each in the version in
    /// which we applied it, since in others it has other fields.
    pub(super) async fn marked(
        &self,
        served: &[Resource],
        namespace: &str,
    ) -> Result<Vec<Value>, Failure> {
        let Some(preferred) = served.first() else {
            return Ok(Vec::new());
        };
        let manager = self.marks.manager();
        let mut objects = self.marked_in(preferred, namespace).await?;
        let applied: BTreeSet<String> = objects
            .iter()
            .filter_map(|object| Managers::of(object).applied_in(&manager))
            .map(str::to_owned)
            .collect();
        let others = served.iter().skip(1);
        for other in others.filter(|other| applied.contains(&other.api.api_version)) {
            let again = self.marked_in(other, namespace).await?;
            let mut again: HashMap<String, Value> = again
                .into_iter()
                .map(|object| (text(&object, "uid").to_owned(), object))
                .collect();
            for object in &mut objects {
                let version = Managers::of(object).applied_in(&manager);
                if version == Some(other.api.api_version.as_str())
                    && let Some(better) = again.remove(text(object, "uid"))
                {
                    *object = better;
                }
            }
        }
        Ok(objects)
    }

    async fn marked_in(&self, resource: &Resource, namespace: &str) -> Result<Vec<Value>, Failure> {
        let labels = self.marks.selector();
        let selector = Selector {
            labels: &labels,
            fields: "",
        };
        let listing = self
            .server
            .pages(resource, namespace, selector, Part::Whole)
            .await?;
        Ok(listing.items)
    }

    fn observed(&self, group: &Group<'_>, found: Found) -> Vec<(usize, Observed)> {
        let live = |object: Value| Observed::Live {
            content: self.content(&object),
            owner: self.marks.owner(&object),
            object: Arc::new(object),
        };
        let found: HashMap<ObjectKey, Observed> = found
            .into_iter()
            .map(|(key, object)| (key, live(object)))
            .collect();
        // Two layers may hold the same object.
        let one = |(at, known): &(usize, &Known)| {
            let observed = found.get(&known.key).cloned();
            (*at, observed.unwrap_or(Observed::Absent))
        };
        group.known.iter().map(one).collect()
    }

    /// What makes an object this very one: its uid, as a keyed hash.
    pub(super) fn content(&self, object: &Value) -> Digest {
        self.key.hash(text(object, "uid").as_bytes())
    }
}

impl Seen {
    fn nothing() -> Self {
        Self {
            objects: Vec::new(),
            unmanaged: Vec::new(),
        }
    }
}

/// What carries our marks and was not asked for.
fn unmanaged(marked: &[Value], resource: &Resource, asked: &[&ObjectKey]) -> Vec<Unmanaged> {
    let asked: BTreeSet<&str> = asked.iter().map(|key| &*key.name).collect();
    let (group, kind) = (&resource.api.group, &resource.api.kind);
    marked
        .iter()
        .filter(|object| !asked.contains(name(object)))
        .map(|object| Unmanaged {
            path: ObjectKey::new(group, kind, text(object, "namespace"), name(object)).to_string(),
        })
        .collect()
}
