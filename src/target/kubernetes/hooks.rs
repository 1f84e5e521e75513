//! Helm hooks on a server, run as Helm 4 runs them (`pkg/action/hooks.go`).
//!
//! A hook is not of the inventory, as it is not for Helm: it carries none of the marks by which our objects are found, only
//! annotations that tell people where it comes from. Nothing that is not a hook itself is deleted or overwritten for one.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;

use crate::model::{HookDeletion, ObjectKey};
use crate::target::readiness::{hook_status, status};
use crate::target::{Hook, Patience, TargetError};
use crate::yaml::{self, Map, Value};

use super::discovery::{Kind, Resource};
use super::exchange::{JSON, Request};
use super::failure::Failure;
use super::list::Part;
use super::marks::Marks;
use super::refusal;
use super::server::Server;
use super::wait;

/// The annotation that makes an object a hook.
const HOOK: &str = "helm.sh/hook";

/// Makes a hook and waits until it has run: Jobs until they are complete, Pods until they have succeeded, all else not at
/// all. What an earlier run left goes first, if the hook says so.
///
/// # Errors
/// When it cannot be made, has failed, or is not done in time; it is then deleted if it says so.
pub(super) async fn run(
    server: &Arc<Server>,
    marks: &Marks,
    hook: &Hook,
    patience: &Patience,
) -> Result<(), TargetError> {
    let object = marked(&hook.key, &hook.text, hook, marks)?;
    let resource = resource(server, &hook.key, &object).await?;
    if has(hook, HookDeletion::BeforeCreation) {
        delete(server, &resource, &hook.key).await?;
    }
    create(server, &resource, &hook.key, &object, marks).await?;
    let awaited = match (&*hook.key.group, &*hook.key.kind) {
        ("batch", "Job") | ("", "Pod") => vec![hook.key.clone()],
        _ => return Ok(()),
    };
    let ran = wait::until_ready(server, awaited, "", hook_status, patience).await;
    if ran.is_err() && has(hook, HookDeletion::Failed) {
        // That it failed is what has to be told; Helm tells nothing of what comes of this either.
        let _ = delete(server, &resource, &hook.key).await;
    }
    ran
}

/// Deletes a hook that has run, if it says so. Helm does this when all hooks of an event have run.
///
/// # Errors
/// When it cannot be deleted, or does not go in time.
pub(super) async fn clear(server: &Arc<Server>, hook: &Hook) -> Result<(), TargetError> {
    if !has(hook, HookDeletion::Succeeded) {
        return Ok(());
    }
    let object = read(&hook.key, &hook.text)?;
    let resource = resource(server, &hook.key, &object).await?;
    delete(server, &resource, &hook.key).await
}

/// Whether a hook goes at some moment. Definitions of resources never do, since all of their objects would go with them.
fn has(hook: &Hook, deletion: HookDeletion) -> bool {
    &*hook.key.kind != "CustomResourceDefinition" && hook.deletions.contains(&deletion)
}

fn read(key: &ObjectKey, text: &str) -> Result<Value, TargetError> {
    let object = yaml::parse(text).ok().and_then(|mut all| all.pop());
    object.ok_or_else(|| TargetError::Denied {
        key: key.clone(),
        message: "its text cannot be read as YAML".to_owned(),
    })
}

/// The object with annotations that say where it comes from.
fn marked(key: &ObjectKey, text: &str, hook: &Hook, marks: &Marks) -> Result<Value, TargetError> {
    let mut object = read(key, text)?;
    let annotations = [
        ("stratiform/cluster-name", marks.cluster.as_str()),
        ("stratiform/layer", hook.layer.as_str()),
    ];
    if let Some(map) = object
        .as_map_mut()
        .and_then(|object| below(object, "metadata"))
        .and_then(|metadata| below(metadata, "annotations"))
    {
        for (name, value) in annotations {
            map.insert(name.to_owned(), value.into());
        }
    }
    Ok(object)
}

/// The mapping under a key, made where there is none.
fn below<'a>(map: &'a mut Map, key: &str) -> Option<&'a mut Map> {
    map.entry(key.to_owned())
        .or_insert_with(|| Value::Map(Map::default()))
        .as_map_mut()
}

/// The resource of an object, in its own version. Its definition may have come with this very step.
async fn resource(
    server: &Server,
    key: &ObjectKey,
    object: &Value,
) -> Result<Resource, TargetError> {
    let version = object.get("apiVersion").and_then(Value::as_str);
    let version = version.unwrap_or_default();
    let kind = Kind::of(key);
    if let Some(found) = server.discovery().await?.version(&kind, version) {
        return Ok(found.clone());
    }
    let fresh = server.refresh().await?;
    let found = fresh.version(&kind, version).cloned();
    found.ok_or_else(|| TargetError::Denied {
        key: key.clone(),
        message: refusal::no_kind(key),
    })
}

async fn create(
    server: &Server,
    resource: &Resource,
    key: &ObjectKey,
    object: &Value,
    marks: &Marks,
) -> Result<(), TargetError> {
    // What is there already goes on as it is told now, as with Helm; but only if it is a hook.
    existing(server, resource, key).await?;
    let manager = marks.manager();
    let request = Request {
        method: Method::PATCH,
        path: format!("{}?fieldManager={manager}", resource.one(key)),
        accept: JSON,
        body: Some((
            "application/apply-patch+yaml",
            Bytes::from(yaml::to_json(object)),
        )),
    };
    match server.ask(&request).await {
        Ok(_) => Ok(()),
        Err(failure) => Err(refused(server, key, &failure).await),
    }
}

/// The uid of the hook that is there; nothing when none is.
async fn existing(
    server: &Server,
    resource: &Resource,
    key: &ObjectKey,
) -> Result<Option<String>, TargetError> {
    let object = match server.read(resource, key, Part::Metadata).await {
        Ok(object) => object,
        Err(failure) if failure.is_missing() => return Ok(None),
        Err(failure) => return Err(refused(server, key, &failure).await),
    };
    if object.at(["metadata", "annotations", HOOK]).is_none() {
        return Err(TargetError::Foreign {
            key: key.clone(),
            owner: "an object that is no Helm hook has the hook's name".to_owned(),
        });
    }
    let uid = object.at(["metadata", "uid"]).and_then(Value::as_str);
    Ok(uid.map(str::to_owned))
}

/// Deletes a hook that is there, and waits until it is gone.
async fn delete(server: &Server, resource: &Resource, key: &ObjectKey) -> Result<(), TargetError> {
    let Some(uid) = existing(server, resource, key).await? else {
        return Ok(());
    };
    let options = format!(
        r#"{{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background","preconditions":{{"uid":"{uid}"}}}}"#
    );
    let request = Request {
        method: Method::DELETE,
        path: resource.one(key),
        accept: JSON,
        body: Some((JSON, Bytes::from(options))),
    };
    match server.ask(&request).await {
        Ok(_) => {}
        Err(failure) if failure.is_missing() => return Ok(()),
        Err(failure) => return Err(refused(server, key, &failure).await),
    }
    let Some(left) = server.gone(resource, key, &uid).await? else {
        return Ok(());
    };
    Err(TargetError::NotReady {
        key: key.clone(),
        why: status(&left).why().to_owned(),
        details: Vec::new(),
    })
}

/// What it means for a hook that the server does not do something.
async fn refused(server: &Server, key: &ObjectKey, failure: &Failure) -> TargetError {
    let unreachable = server.unreachable(failure).await;
    refusal::error(key, failure, || unreachable)
}
