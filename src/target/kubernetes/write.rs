//! The requests that change something.

use bytes::Bytes;
use http::Method;
use serde_json::json;
use url::form_urlencoded::Serializer;

use crate::model::ObjectKey;
use crate::yaml::{Value, to_json};

use super::discovery::Resource;
use super::exchange::{JSON, Request};

/// How an object is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Apply<'a> {
    /// Who owns its fields from then on.
    pub manager: &'a str,
    /// Whether fields of others are taken over.
    pub force: bool,
    /// Whether nothing is kept of it.
    pub rehearsal: bool,
}

/// Applies an object by server-side apply.
pub(super) fn apply(
    resource: &Resource,
    key: &ObjectKey,
    object: &Value,
    how: Apply<'_>,
) -> Request {
    let mut query = Serializer::new(String::new());
    query
        .append_pair("fieldManager", how.manager)
        .append_pair("force", if how.force { "true" } else { "false" });
    // What we write has no field twice, and a field that is not in the schema is refused in any case. Looking for both makes
    // the server read the text once more, which is a tenth of what a small object costs it.
    query.append_pair("fieldValidation", "Ignore");
    if how.rehearsal {
        query.append_pair("dryRun", "All");
    }
    // JSON is YAML, and the only type that servers older than 1.32 know for this.
    let body = Bytes::from(to_json(object));
    Request {
        method: Method::PATCH,
        path: format!("{}?{}", resource.one(key), query.finish()),
        accept: JSON,
        body: Some(("application/apply-patch+yaml", body)),
    }
}

/// What becomes of what an object owns when it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owned {
    /// It goes afterwards.
    Later,
    /// It goes first.
    First,
}

/// Deletes an object, if it is the one with this uid.
pub(super) fn delete(resource: &Resource, key: &ObjectKey, uid: &str, owned: Owned) -> Request {
    let options = json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": uid},
        "propagationPolicy": match owned {
            Owned::Later => "Background",
            Owned::First => "Foreground",
        },
    });
    Request {
        method: Method::DELETE,
        path: resource.one(key),
        accept: JSON,
        body: Some((JSON, Bytes::from(options.to_string()))),
    }
}
