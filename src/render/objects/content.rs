//! What a document says, and the object that it becomes: worked out once for a text that many clusters render.

use std::sync::{Arc, OnceLock};

use crate::model::ObjectKey;
use crate::yaml::Value;

use super::complete::{Wrong, complete};
use super::scope::Scopes;

/// What a document says. Whoever keeps it for other clusters spares them the work of making an object of it.
#[derive(Debug, Default)]
pub struct Content {
    /// The document.
    pub value: Value,
    /// The object that it became first.
    first: OnceLock<First>,
}

/// The object of a document, and what that depended on.
#[derive(Debug)]
struct First {
    namespace: Box<str>,
    namespaced: bool,
    made: Made,
}

/// A document as an object.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it is.
    pub key: ObjectKey,
    /// The object in the one form that all objects have.
    pub value: Arc<Value>,
    /// Whether it named no namespace and got the layer's.
    pub placed: bool,
}

impl Content {
    /// Something that a document says.
    pub fn new(value: Value) -> Self {
        let first = OnceLock::new();
        Self { value, first }
    }

    /// Makes an object of it.
    ///
    /// # Errors
    /// What it is instead of an object, and why.
    pub(super) fn make(self: Arc<Self>, scopes: &Scopes, namespace: &str) -> Result<Made, Wrong> {
        let shared = match Arc::try_unwrap(self) {
            // Nobody else will ask.
            Ok(own) => return complete(own.value, scopes, namespace),
            Err(shared) => shared,
        };
        let is_same = |first: &&First| {
            let key = &first.made.key;
            *first.namespace == *namespace
                && scopes.is_namespaced(&key.group, &key.kind) == first.namespaced
        };
        if let Some(first) = shared.first.get().filter(is_same) {
            return Ok(first.made.clone());
        }
        let made = complete(shared.value.clone(), scopes, namespace)?;
        let first = First {
            namespace: namespace.into(),
            namespaced: scopes.is_namespaced(&made.key.group, &made.key.kind),
            made: made.clone(),
        };
        // Where another cluster was quicker with another namespace, its object stays.
        let _ = shared.first.set(first);
        Ok(made)
    }
}
