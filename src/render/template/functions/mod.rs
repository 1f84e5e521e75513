//! The functions: Go's own, Sprig's and Helm's, by theme.
//!
//! Left out are those that are random or tell the time (`randAlphaNum`, `uuidv4`, `genCA`, `now` and their kin): a
//! template that uses one cannot be parsed. Whoever can make them stable adds them with `Functions::with`.

mod compare;
mod flow;
mod go;

use super::function::Function;

/// All functions.
pub(super) fn all() -> impl Iterator<Item = Function> {
    [compare::FUNCTIONS, flow::FUNCTIONS, go::FUNCTIONS]
        .into_iter()
        .flatten()
        .cloned()
}
