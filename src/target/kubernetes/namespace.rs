//! Namespaces: made by us or not, and what lives in them.

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::model::ObjectKey;
use crate::target::{Owner, TargetError, Written};
use crate::yaml::{Map, Value};

use super::apply::is_namespace;
use super::discovery::{Kind, Resource};
use super::failure::Failure;
use super::list::{Part, Selector};
use super::look::{AT_ONCE, name, text};
use super::marks::is_made;
use super::put::{Answered, Put};
use super::target::KubernetesTarget;
use super::write::{Apply, Owned, apply, delete};

/// So many of what lives in a namespace are named.
const NAMED: usize = 5;

impl KubernetesTarget {
    /// Writes a Namespace; one that is being deleted is waited for and made anew. It is marked as made by us when it is not
    /// there before, and stays so.
    pub(super) async fn put_namespace(
        &self,
        resource: &Resource,
        put: &Put,
        there: Option<&Value>,
    ) -> Result<Answered, TargetError> {
        let mut made = match there {
            None => true,
            Some(there) if goes(there) => {
                self.must_go(resource, &put.key, text(there, "uid")).await?;
                true
            }
            Some(there) => self.is_ours(there),
        };
        loop {
            let object = self.marked_namespace(resource, put, made);
            let answered = self.write(resource, put, &object).await?;
            if goes(&answered.object) {
                let uid = text(&answered.object, "uid");
                self.must_go(resource, &put.key, uid).await?;
                made = true;
                continue;
            }
            if answered.new {
                self.fresh.add(put.key.name.clone());
            }
            return Ok(answered);
        }
    }

    /// What to say of the namespace of an object that is being deleted and kept by something; nothing when nobody can tell.
    pub(super) async fn namespace_stays(&self, key: &ObjectKey) -> Option<String> {
        let namespace = ObjectKey::new("", "Namespace", "", &key.namespace);
        let there = self.server.get(&namespace).await.ok().flatten()?;
        let why = keeps(&there).filter(|_| goes(&there))?;
        Some(format!(
            "the namespace {} is being deleted, and is not gone yet: {why}; see to that, and run it again",
            key.namespace
        ))
    }

    /// An object as it is sent, a Namespace with what it says of who made it.
    pub(super) async fn marked_by(&self, resource: &Resource, put: &Put) -> Value {
        if !is_namespace(&put.key) {
            return self.marked_object(resource, put);
        }
        // Who may not look is told so by the server when it is written.
        let there = self.server.get(&put.key).await.ok().flatten();
        let made = there.is_none_or(|there| goes(&there) || self.is_ours(&there));
        self.marked_namespace(resource, put, made)
    }

    /// Whether we made a Namespace.
    fn is_ours(&self, namespace: &Value) -> bool {
        is_made(namespace) && self.marks.owner(namespace) == Owner::Ours
    }

    /// Deletes a Namespace, if we made it and nothing of others lives in it; else it stays, and is no longer ours.
    pub(super) async fn delete_namespace(
        &self,
        resource: &Resource,
        key: &ObjectKey,
        there: &Value,
    ) -> Result<Written, TargetError> {
        if !self.is_ours(there) {
            return self
                .leave(resource, key, "it was there before us".to_owned())
                .await;
        }
        let guests = match self.guests(&key.name).await {
            Ok(guests) => guests,
            Err(failure) => return Err(self.server.unreachable(&failure).await),
        };
        if !guests.is_empty() {
            let more = guests.len().saturating_sub(NAMED);
            let mut named: Vec<String> = guests.into_iter().take(NAMED).collect();
            if more > 0 {
                named.push(format!("and {more} more"));
            }
            let why = format!("others live in it: {}", named.join(", "));
            return self.leave(resource, key, why).await;
        }
        let uid = text(there, "uid");
        match self
            .server
            .ask(&delete(resource, key, uid, Owned::Later))
            .await
        {
            Ok(_) => {}
            Err(failure) if failure.is_missing() => return Ok(Written::default()),
            Err(failure) if goes(there) && failure.code() == 409 => {}
            Err(failure) => return Err(self.refused(key, &failure).await),
        }
        self.must_go(resource, key, uid).await?;
        Ok(Written::default())
    }

    /// Takes everything of ours from a Namespace that stays.
    async fn leave(
        &self,
        resource: &Resource,
        key: &ObjectKey,
        why: String,
    ) -> Result<Written, TargetError> {
        let manager = self.marks.manager();
        let how = Apply {
            manager: &manager,
            force: true,
            rehearsal: false,
        };
        // Whoever applies an object without a field gives that field up.
        let request = apply(resource, key, &bare(resource, key), how);
        if let Err(failure) = self.server.ask(&request).await {
            return Err(self.refused(key, &failure).await);
        }
        Ok(Written {
            kept: Some(why),
            ..Written::default()
        })
    }

    /// What lives in a namespace and is not ours, nor something that comes with any namespace or with another object.
    async fn guests(&self, namespace: &str) -> Result<Vec<String>, Failure> {
        let discovery = self.server.refreshed().await?;
        let kinds: Vec<(&Kind, &Resource)> = discovery
            .kinds()
            .filter(|(kind, resource)| may_hold_guests(kind, resource))
            .collect();
        let looks: Vec<_> = kinds
            .into_iter()
            .map(|(kind, resource)| self.guests_of(kind, resource, namespace))
            .collect();
        let mut guests = Vec::new();
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Some(some) = looks.next().await {
            guests.extend(some?);
        }
        guests.sort_unstable();
        Ok(guests)
    }

    async fn guests_of(
        &self,
        kind: &Kind,
        resource: &Resource,
        namespace: &str,
    ) -> Result<Vec<String>, Failure> {
        let all = Selector::default();
        let listed = self
            .server
            .pages(resource, namespace, all, Part::Metadata)
            .await;
        let items = match listed {
            Ok(listing) => listing.items,
            // Served by nobody just now, or not listed for anybody.
            Err(failure) if matches!(failure.code(), 404 | 405) => Vec::new(),
            // What we may not see may be there.
            Err(failure) if failure.code() == 403 => {
                let kind = ObjectKey::new(&kind.group, &kind.kind, "", "").kind_and_group();
                return Ok(vec![format!(
                    "perhaps {kind}, which this user may not list"
                )]);
            }
            Err(failure) => return Err(failure),
        };
        let guests = items.iter().filter(|item| {
            let ours = self.marks.owner(item) == Owner::Ours || self.marks.is_hook(item);
            !ours && !comes_by_itself(kind, item) && !goes(item)
        });
        Ok(guests
            .map(|item| ObjectKey::new(&kind.group, &kind.kind, "", name(item)).to_string())
            .collect())
    }
}

/// An object with nothing but its name.
fn bare(resource: &Resource, key: &ObjectKey) -> Value {
    let mut metadata = Map::default();
    metadata.insert("name".to_owned(), (&*key.name).into());
    let mut object = Map::default();
    object.insert(
        "apiVersion".to_owned(),
        resource.api.api_version.as_str().into(),
    );
    object.insert("kind".to_owned(), resource.api.kind.as_str().into());
    object.insert("metadata".to_owned(), metadata.into());
    object.into()
}

/// Whether a kind is of objects that somebody makes and keeps.
fn may_hold_guests(kind: &Kind, resource: &Resource) -> bool {
    let fleeting = matches!(
        (&*kind.group, &*kind.kind),
        ("" | "events.k8s.io", "Event")
            | ("", "Endpoints")
            | ("discovery.k8s.io", "EndpointSlice")
            | ("coordination.k8s.io", "Lease")
            | ("metrics.k8s.io", _)
    );
    let kept = ["list", "create", "delete"];
    resource.namespaced && !fleeting && kept.into_iter().all(|verb| resource.can(verb))
}

/// Whether an object is there because of another, or because every namespace has it.
fn comes_by_itself(kind: &Kind, object: &Value) -> bool {
    let owners = object.at(["metadata", "ownerReferences"]);
    if owners
        .and_then(Value::as_list)
        .is_some_and(|owners| !owners.is_empty())
    {
        return true;
    }
    matches!(
        (&*kind.group, &*kind.kind, name(object)),
        ("", "ServiceAccount", "default") | ("", "ConfigMap", "kube-root-ca.crt")
    )
}

/// Whether an object is being deleted.
pub(super) fn goes(object: &Value) -> bool {
    !text(object, "deletionTimestamp").is_empty()
}

/// What to say of an object that is being deleted and does not go.
pub(super) fn stuck(object: &Value) -> String {
    match keeps(object) {
        Some(why) => format!(
            "it is being deleted, and is not gone yet: {why}; see to that, and run it again"
        ),
        None => "it is being deleted, and is not gone yet; run it again".to_owned(),
    }
}

/// What keeps an object that is being deleted, as far as it tells.
fn keeps(object: &Value) -> Option<String> {
    let conditions = object.at(["status", "conditions"]);
    let conditions = conditions.and_then(Value::as_list).unwrap_or_default();
    // A namespace tells what is left in it by these, each true while something is.
    let told = conditions.iter().filter_map(|condition| {
        let text = |field| condition.get(field).and_then(Value::as_str);
        let speaks = text("type")?.starts_with("Namespace") && text("status") == Some("True");
        speaks.then(|| text("message")).flatten()
    });
    let mut why: Vec<&str> = told.collect();
    let finalizers = object.at(["metadata", "finalizers"]);
    let finalizers = finalizers.and_then(Value::as_list).unwrap_or_default();
    let finalizers: Vec<&str> = finalizers.iter().filter_map(Value::as_str).collect();
    let waits = format!("it waits for {}", finalizers.join(", "));
    if !finalizers.is_empty() {
        why.push(&waits);
    }
    (!why.is_empty()).then(|| why.join("; "))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{comes_by_itself, stuck};
    use crate::target::kubernetes::discovery::Kind;
    use crate::yaml::parse_first;

    #[test]
    fn what_comes_with_namespaces_and_objects_is_nobodys() {
        let comes = |kind: &str, text: &str| {
            comes_by_itself(&Kind::new("", kind), &parse_first(text).unwrap())
        };
        assert!(comes("ServiceAccount", "metadata: {name: default}"));
        assert!(comes("ConfigMap", "metadata: {name: kube-root-ca.crt}"));
        assert!(comes(
            "Pod",
            "metadata: {name: a, ownerReferences: [{kind: ReplicaSet}]}"
        ));
        assert!(!comes("Pod", "metadata: {name: a, ownerReferences: []}"));
        assert!(!comes("ConfigMap", "metadata: {name: default}"));
    }

    #[test]
    fn what_is_stuck_tells_why() {
        let namespace = "
            metadata: {name: web, deletionTimestamp: x}
            status:
              conditions:
              - {type: NamespaceDeletionDiscoveryFailure, status: 'False', message: all is well}
              - {type: NamespaceContentRemaining, status: 'True', message: widgets.example.com has 1 resource instances}
            ";
        let claim = "metadata: {name: data, finalizers: [kubernetes.io/pvc-protection]}";
        let told = [namespace, claim, "metadata: {name: web}"]
            .map(|text| stuck(&parse_first(text).unwrap()));
        insta::assert_snapshot!(told.join("\n"), @"
        it is being deleted, and is not gone yet: widgets.example.com has 1 resource instances; see to that, and run it again
        it is being deleted, and is not gone yet: it waits for kubernetes.io/pvc-protection; see to that, and run it again
        it is being deleted, and is not gone yet; run it again
        ");
    }
}
