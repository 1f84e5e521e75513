//! Helm charts: from the files of a chart and values to what `helm template` prints.
//!
//! A [`Chart`] is loaded once and shared by all clusters. For each release its dependencies are switched on or off and the
//! values of all its charts are laid over each other, as a [`Tree`]: [`resolve`]. What a user gives comes from values
//! files ([`Tree::parse`], [`Tree::merged`]) and from the command line ([`set`]).

mod coalesce;
mod decode;
mod dependencies;
mod error;
mod go;
mod import;
mod load;
mod loaded;
mod resolve;
mod schema;
mod set;
#[cfg(test)]
mod tests;
mod tree;
mod validate;
mod values;

pub use error::{ChartError, SchemaProblem};
pub use loaded::{Chart, Dependency, Maintainer, Metadata};
pub use resolve::{Options, Resolved, resolve};
pub use schema::Schema;
pub use set::{SetError, SetKind, set};
pub use tree::{Entries, Tree};
pub use values::ValuesError;
