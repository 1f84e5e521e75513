//! What a layer reads on one cluster, and its values there.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::yaml::{Node, Value};

use super::context::Context;
use super::macros::{Reference, Resolver};
use super::prepared::Prepared;

/// What the macros of a layer read on one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// Each thing that is read, by its reference, with its value; nothing when it is undefined and may be.
    pub values: Vec<(Reference, Option<Value>)>,
    /// Whether something sensitive is among what the layer's values are made of: a sensitive variable, also by way of
    /// another pack, or a value that a pack's schema calls a password.
    pub sensitive: bool,
}

/// Looks up what the macros of a layer read on one cluster, without resolving the layer's values.
///
/// # Errors
/// Everything that is undefined and must not be.
pub fn inputs<'a>(prepared: &'a Prepared, cx: &'a Context<'a>) -> Result<Inputs, Vec<Diagnostic>> {
    let mut resolver = Resolver::new(cx);
    let mut values = Vec::with_capacity(prepared.uses().len());
    for read in prepared.uses() {
        if let Ok(value) = resolver.read(prepared, read) {
            values.push((read.reference.clone(), value));
        }
    }
    if resolver.problems.is_empty() {
        Ok(Inputs {
            values,
            sensitive: resolver.sensitive || !prepared.password_paths().is_empty(),
        })
    } else {
        Err(resolver.problems)
    }
}

/// The values of a layer on one cluster, macros resolved, with their places. Stand-ins of the context are in it.
///
/// # Errors
/// Everything that is undefined, and every macro that fails.
pub fn resolved<'a>(
    prepared: &'a Prepared,
    cx: &'a Context<'a>,
) -> Result<Arc<Node>, Vec<Diagnostic>> {
    if prepared.is_plain() {
        return Ok(Arc::clone(prepared.merged()));
    }
    let mut resolver = Resolver::new(cx);
    resolver
        .tree(prepared)
        .map(Arc::new)
        .map_err(|_| std::mem::take(&mut resolver.problems))
}

/// The values of a layer on one cluster, macros resolved. Stand-ins of the context are in it.
///
/// # Errors
/// Everything that is undefined, and every macro that fails.
pub fn values<'a>(
    prepared: &'a Prepared,
    cx: &'a Context<'a>,
) -> Result<Arc<Value>, Vec<Diagnostic>> {
    if prepared.is_plain() {
        return Ok(Arc::clone(prepared.plain_values()));
    }
    resolved(prepared, cx).map(|node| Arc::new(node.to_value()))
}
