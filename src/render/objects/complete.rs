//! A document checked, and completed into an object.

use std::sync::Arc;

use crate::model::ObjectKey;
use crate::yaml::{Map, Value};

use super::arrange::arrange;
use super::content::Made;
use super::scope::Scopes;

/// What something is instead of an object, and why.
pub type Wrong = (String, String);

/// Checks that it is an object, gives it its namespace, and says whether it had none of its own.
pub fn complete(document: Value, scopes: &Scopes, namespace: &str) -> Result<Made, Wrong> {
    let mut object = match document {
        Value::Map(object) => object,
        other => {
            let why = format!("an object is a mapping, not {}", other.kind_name());
            return Err(("something else than objects".to_owned(), why));
        }
    };
    let version = text(&object, "apiVersion", "an object without an API version")?;
    let kind = text(&object, "kind", "an object without a kind")?;
    let group = version
        .rsplit_once('/')
        .map_or("", |(group, _)| group)
        .to_owned();
    let Some(Value::Map(metadata)) = object.get_mut("metadata") else {
        return Err((
            format!("a {kind} without metadata"),
            "`metadata` must be a mapping with a `name`".to_owned(),
        ));
    };
    let name = match metadata.get("name") {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        None | Some(Value::Null) if metadata.contains_key("generateName") => {
            return Err((
                format!("a {kind} with a generated name"),
                "`generateName` makes another object at every apply; give it a `name`".to_owned(),
            ));
        }
        None | Some(Value::Null | Value::String(_)) => {
            return Err((
                format!("a {kind} without a name"),
                "`metadata.name` must be there".to_owned(),
            ));
        }
        Some(other) => {
            return Err((
                format!("a {kind} whose name is no text"),
                format!("`metadata.name` is {}; put it in quotes", other.kind_name()),
            ));
        }
    };
    let own = match metadata.get("namespace") {
        None | Some(Value::Null) => "",
        Some(Value::String(own)) => own.as_str(),
        Some(other) => {
            return Err((
                format!("a {kind} whose namespace is no text"),
                format!(
                    "`metadata.namespace` is {}; put it in quotes",
                    other.kind_name()
                ),
            ));
        }
    };
    let mut placed = false;
    let key = if scopes.is_namespaced(&group, &kind) {
        placed = own.is_empty();
        let namespace = if placed { namespace } else { own };
        let key = ObjectKey::new(&group, &kind, namespace, &name);
        metadata.insert("namespace".to_owned(), namespace.into());
        key
    } else {
        // An API server drops it as well.
        metadata.shift_remove("namespace");
        ObjectKey::new(&group, &kind, "", &name)
    };
    let value = Arc::new(arrange(object));
    Ok(Made { key, value, placed })
}

fn text(object: &Map, key: &str, what: &str) -> Result<String, Wrong> {
    match object.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(other) if !other.is_null() => Err((
            what.to_owned(),
            format!("`{key}` must be a text, not {}", other.kind_name()),
        )),
        _ => Err((what.to_owned(), format!("`{key}` must be there"))),
    }
}
