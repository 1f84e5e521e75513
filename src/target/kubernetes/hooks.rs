//! Helm hooks on a server, run as Helm 4 runs them (`pkg/action/hooks.go`).
//!
//! A hook is not of the inventory, as it is not for Helm: it carries none of the labels by which our objects are found, only
//! annotations that say where it comes from, so that what it leaves keeps no namespace of ours. Nothing that is not a hook itself is deleted or overwritten for one.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;

use crate::model::{HookDeletion, HookOutput, ObjectKey};
use crate::target::readiness::{hook_status, status};
use crate::target::{Hook, Patience, TargetError};
use crate::yaml::{self, Value};

use super::discovery::{Kind, Resource};
use super::exchange::{JSON, Request};
use super::failure::Failure;
use super::list::Part;
use super::logs;
use super::look::text;
use super::marks::Marks;
use super::refusal;
use super::server::Server;
use super::wait;

/// The annotation that makes an object a hook.
const HOOK: &str = "helm.sh/hook";

/// Makes a hook and waits until it has run: Jobs until they are complete, Pods until they have succeeded, all else not at
/// all. What an earlier run left goes first, if the hook says so, or if it is ours and could not run again.
///
/// # Errors
/// When it cannot be made, has failed, or is not done in time; it is then deleted if it says so.
pub(super) async fn run(
    server: &Arc<Server>,
    marks: &Marks,
    hook: &Hook,
    patience: &Patience,
) -> Result<(), TargetError> {
    let mut object = read(&hook.key, &hook.text)?;
    marks.put_hook(&mut object, &hook.layer);
    let resource = resource(server, &hook.key, &object).await?;
    let left = existing(server, &resource, &hook.key).await?;
    // A Job or a Pod that is there does not run again. Where it does not say that it goes before, Helm fails for ever.
    let ours = |left: &Value| runs(&hook.key) && marks.is_hook(left);
    if let Some(left) = left
        && (has(hook, HookDeletion::BeforeCreation) || ours(&left))
    {
        delete(server, &resource, &hook.key).await?;
    }
    create(server, &resource, &hook.key, &object, marks).await?;
    if !runs(&hook.key) {
        return Ok(());
    }
    let awaited = vec![hook.key.clone()];
    let ran = wait::until_ready(server, awaited, "", hook_status, patience).await;
    let output = match ran {
        Ok(()) => HookOutput::Succeeded,
        Err(_) => HookOutput::Failed,
    };
    // Before it may be deleted, with its pods.
    if hook.outputs.contains(&output) {
        let logs = logs::of(server, &hook.key).await;
        logs.into_iter().for_each(|log| (patience.printed)(log));
    }
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

/// Whether a hook is something that runs to an end.
fn runs(key: &ObjectKey) -> bool {
    matches!((&*key.group, &*key.kind), ("batch", "Job") | ("", "Pod"))
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

/// The hook that is there, with its metadata; nothing when none is.
async fn existing(
    server: &Server,
    resource: &Resource,
    key: &ObjectKey,
) -> Result<Option<Value>, TargetError> {
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
    Ok(Some(object))
}

/// Deletes a hook that is there, and waits until it is gone.
async fn delete(server: &Server, resource: &Resource, key: &ObjectKey) -> Result<(), TargetError> {
    let Some(left) = existing(server, resource, key).await? else {
        return Ok(());
    };
    let uid = text(&left, "uid");
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
    let Some(left) = server.gone(resource, key, uid).await? else {
        return Ok(());
    };
    Err(TargetError::NotReady {
        key: Box::new(key.clone()),
        why: status(&left).why().to_owned(),
        details: Vec::new(),
    })
}

/// What it means for a hook that the server does not do something.
async fn refused(server: &Server, key: &ObjectKey, failure: &Failure) -> TargetError {
    let unreachable = server.unreachable(failure).await;
    refusal::error(key, failure, || unreachable)
}
