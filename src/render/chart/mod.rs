//! Helm charts: from the files of a chart and values to what `helm template` prints.
//!
//! A [`Chart`] is loaded once and shared by all clusters, and so are its parsed [`Templates`]. For each [`Release`] its
//! dependencies are switched on or off and the values of all its charts are laid over each other ([`resolve`]); then its
//! templates are executed and what they print is taken apart ([`render`]). [`Rendered::text`] is what `helm template`
//! prints.

mod diagnose;
mod failure;
mod files;
mod glob;
mod loaded;
mod manifests;
mod release;
mod render;
mod scope;
mod shared;
mod templates;
mod tree;

pub use failure::RenderError;
pub use loaded::{Chart, Dependency, Maintainer, Metadata, Resolved};
pub use manifests::{Manifest, Manifests};
pub use release::Release;
pub use render::{Crds, Rendered, render};
pub use shared::{Charts, SharedChart};
pub use templates::Templates;
pub use tree::Tree;
