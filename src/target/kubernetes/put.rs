//! Writing one object.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{LayerName, ObjectKey};
use crate::target::{Expected, Manner, Operation, Owner, TargetError, Written};
use crate::yaml::{Value, parse_first};

use super::apply::is_namespace;
use super::discovery::{Kind, Resource};
use super::failure::Failure;
use super::list::parse;
use super::look::text;
use super::marks;
use super::refusal::{self, Meaning, meaning};
use super::target::KubernetesTarget;
use super::write::{Apply, Owned, apply, delete};

/// How often it is looked whether a kind is served by now, and how long is waited before the second look; each time twice
/// as long.
const LOOKS: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// An object to be written.
pub(super) struct Put {
    pub layer: LayerName,
    pub key: ObjectKey,
    pub object: Value,
    pub expected: Expected,
    pub manner: Manner,
    pub adopted: bool,
}

/// What a server made of an object.
pub(super) struct Answered {
    pub object: Value,
    /// Whether it was not there before.
    pub new: bool,
}

impl Put {
    /// What an operation writes; nothing for one that deletes.
    ///
    /// # Errors
    /// When its text is not an object.
    pub fn of(operation: &Operation) -> Result<Option<Self>, TargetError> {
        let Operation::Put {
            layer,
            key,
            text,
            expected,
            manner,
            adopted,
            ..
        } = operation
        else {
            return Ok(None);
        };
        let object = match parse_first(text) {
            Ok(object @ Value::Map(_)) => object,
            other => {
                let message = match other {
                    Ok(value) => format!("it is {} and not an object", value.kind_name()),
                    Err(error) => error.to_string(),
                };
                let key = key.clone();
                return Err(TargetError::Denied { key, message });
            }
        };
        Ok(Some(Self {
            layer: layer.clone(),
            key: key.clone(),
            object,
            expected: *expected,
            manner: *manner,
            adopted: *adopted,
        }))
    }

    pub fn api_version(&self) -> &str {
        let version = self.object.get("apiVersion").and_then(Value::as_str);
        version.unwrap_or_default()
    }
}

impl KubernetesTarget {
    /// Writes an object. `there` is the metadata of what is there, where somebody has looked.
    pub(super) async fn put(
        &self,
        put: &Put,
        there: Option<&Value>,
    ) -> Result<Written, TargetError> {
        if let Some(there) = there
            && put.expected == Expected::Absent
        {
            self.not_foreign(&put.key, there)?;
        }
        let resource = self.resource(put).await?;
        let answered = if is_namespace(&put.key) {
            self.put_namespace(&resource, put, there).await?
        } else {
            if let Some(there) = there
                && put.manner == Manner::Replace
            {
                self.clear(&resource, put, there).await?;
            }
            let object = self.marked_object(&resource, put);
            self.write(&resource, put, &object).await?
        };
        Ok(Written {
            live: Some(Arc::new(answered.object)),
            ..Written::default()
        })
    }

    /// An object as it is sent: with our marks, and without what a server would refuse or never takes from anybody.
    pub(super) fn marked_object(&self, resource: &Resource, put: &Put) -> Value {
        let mut object = put.object.clone();
        if let Some(map) = object.as_map_mut() {
            if resource.has_status {
                map.shift_remove("status");
            }
            if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
                for theirs in [
                    "creationTimestamp",
                    "managedFields",
                    "resourceVersion",
                    "uid",
                ] {
                    metadata.shift_remove(theirs);
                }
                if !resource.namespaced {
                    metadata.shift_remove("namespace");
                }
            }
        }
        self.marks.put(&mut object, &put.layer);
        if put.adopted {
            marks::put_adopted(&mut object);
        }
        object
    }

    /// Applies an object, again for a while when its kind has only just come.
    pub(super) async fn write(
        &self,
        resource: &Resource,
        put: &Put,
        object: &Value,
    ) -> Result<Answered, TargetError> {
        let manager = self.marks.manager();
        let how = Apply {
            manager: &manager,
            force: put.manner == Manner::TakeOver,
            rehearsal: false,
        };
        let request = apply(resource, &put.key, object, how);
        let comes = self.coming.holds(&Kind::of(&put.key));
        let mut looks = 0;
        loop {
            let failure = match self.server.ask(&request).await {
                Ok(answer) => match parse(&answer.body) {
                    Ok(object) => {
                        let new = answer.code == 201;
                        return Ok(Answered { object, new });
                    }
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            let none = failure.status().map(meaning) == Some(Meaning::NoKind);
            if !(none && comes && looks < LOOKS) {
                return Err(self.refused(&put.key, &failure).await);
            }
            tokio::time::sleep(FIRST_WAIT * 2_u32.pow(looks)).await;
            looks += 1;
        }
    }

    /// Where an object is written to, when its kind is served; a kind that must come is waited for.
    pub(super) async fn resource(&self, put: &Put) -> Result<Resource, TargetError> {
        let kind = Kind::of(&put.key);
        let version = put.api_version();
        let mut discovery = self.server.discovery().await?;
        let mut looks = 0;
        loop {
            if let Some(resource) = discovery.version(&kind, version) {
                return Ok(resource.clone());
            }
            let last = looks > 0 && !self.coming.holds(&kind);
            if last || looks == LOOKS {
                break;
            }
            if looks > 0 {
                tokio::time::sleep(FIRST_WAIT * 2_u32.pow(looks)).await;
            }
            looks += 1;
            discovery = self.server.refresh().await?;
        }
        let served = discovery.served(&kind).iter();
        let served: Vec<&str> = served.map(|one| one.api.api_version.as_str()).collect();
        let message = if served.is_empty() {
            refusal::no_kind(&put.key)
        } else {
            format!(
                "it does not serve {version} of this kind, only {}; write it in one of these",
                served.join(", ")
            )
        };
        let key = put.key.clone();
        Err(TargetError::Denied { key, message })
    }

    /// Deletes what is there, which cannot become what is wanted, and waits until it is gone.
    async fn clear(
        &self,
        resource: &Resource,
        put: &Put,
        there: &Value,
    ) -> Result<(), TargetError> {
        self.not_others(&put.key, there)?;
        if let Expected::Content(content) = put.expected
            && content != self.content(there)
        {
            let key = put.key.clone();
            return Err(TargetError::Moved { key });
        }
        let uid = text(there, "uid");
        // Pods of the old one would stand in the way of the new one's, by name or by what they hold.
        let owned = match &*put.key.kind {
            "Job" | "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => Owned::First,
            _ => Owned::Later,
        };
        let request = delete(resource, &put.key, uid, owned);
        match self.server.ask(&request).await {
            Ok(_) => {}
            Err(failure) if failure.is_missing() => return Ok(()),
            Err(failure) => return Err(self.refused(&put.key, &failure).await),
        }
        self.must_go(resource, &put.key, uid).await
    }

    /// Waits until an object that is being deleted is gone.
    pub(super) async fn must_go(
        &self,
        resource: &Resource,
        key: &ObjectKey,
        uid: &str,
    ) -> Result<(), TargetError> {
        match self.server.gone(resource, key, uid).await? {
            None => Ok(()),
            Some(last) => Err(TargetError::Stays {
                key: key.clone(),
                why: super::namespace::stuck(&last),
            }),
        }
    }

    /// Refuses what is not ours.
    pub(super) fn not_foreign(&self, key: &ObjectKey, there: &Value) -> Result<(), TargetError> {
        self.not_others(key, there)?;
        match self.marks.owner(there) {
            Owner::Foreign(who) => Err(TargetError::Foreign {
                key: key.clone(),
                owner: format!("it is of {who}"),
            }),
            _ => Ok(()),
        }
    }

    /// Refuses what another project or another cluster of this one has marked as its own, and nobody may adopt.
    pub(super) fn not_others(&self, key: &ObjectKey, there: &Value) -> Result<(), TargetError> {
        let whose = match self.marks.owner(there) {
            Owner::Ours | Owner::Foreign(_) => return Ok(()),
            Owner::OtherCluster(name) => format!("this project's cluster {name}"),
            Owner::OtherProject(uid) => format!("another project, {uid}"),
        };
        Err(TargetError::Denied {
            key: key.clone(),
            message: format!("it belongs to {whose}, which has to let go of it first"),
        })
    }

    /// What a failed write means.
    pub(super) async fn refused(&self, key: &ObjectKey, failure: &Failure) -> TargetError {
        if failure.status().map(meaning) == Some(Meaning::NamespaceGoes)
            && let Some(message) = self.namespace_stays(key).await
        {
            let key = key.clone();
            return TargetError::Denied { key, message };
        }
        let unreachable = self.server.unreachable(failure).await;
        refusal::error(key, failure, || unreachable)
    }

    /// Puts the mark on a Namespace that we make, or have made.
    pub(super) fn marked_namespace(&self, resource: &Resource, put: &Put, made: bool) -> Value {
        let mut object = self.marked_object(resource, put);
        if made {
            marks::put_made(&mut object);
        }
        object
    }
}
