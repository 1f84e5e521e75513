//! Helm charts: from the files of a chart and values to what `helm template` prints.
//!
//! A [`Chart`] is loaded once and shared by all clusters, and so are its parsed [`Templates`]. For each [`Release`] its
//! dependencies are switched on or off and the values of all its charts are laid over each other, as a [`Tree`]:
//! [`resolve`]. Then its templates are executed and what they print is taken apart: [`render`]; [`Rendered::text`] is what
//! `helm template` prints. What a user gives comes from values files ([`Tree::parse`], [`Tree::merged`]) and from the
//! command line ([`set`]).

mod coalesce;
mod cores;
mod decode;
mod dependencies;
mod diagnose;
mod documents;
mod error;
mod failure;
mod files;
mod glob;
mod go;
mod graph;
mod head;
mod import;
mod load;
mod loaded;
mod manifests;
mod refusal;
mod release;
mod render;
mod resolve;
mod schema;
mod scope;
mod set;
mod shared;
mod templates;
#[cfg(test)]
mod tests;
mod tree;
mod validate;
mod values;

pub use error::{ChartError, SchemaProblem};
pub use failure::RenderError;
pub use loaded::{Chart, Dependency, Maintainer, Metadata};
pub use manifests::{Manifest, Manifests};
pub use release::Release;
pub use render::{Crds, Rendered, render};
pub use resolve::{Options, Resolved, resolve};
pub use schema::Schema;
pub use set::{SetError, SetKind, set};
pub use shared::{Charts, SharedChart};
pub use templates::Templates;
pub use tree::{Entries, Tree};
pub use values::ValuesError;
