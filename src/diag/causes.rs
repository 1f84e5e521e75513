//! Errors with what caused them.

use std::error::Error;

/// An error and everything that caused it, from the outside in.
pub fn causes(error: &dyn Error) -> Vec<String> {
    let mut all = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        all.push(cause.to_string());
        source = cause.source();
    }
    all
}
