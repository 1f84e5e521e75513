//! Helm charts: from the files of a chart and values to what `helm template` prints.
//!
//! A [`Chart`] is loaded once and shared by all clusters. For each release its dependencies are switched on or off and the
//! values of all its charts are laid over each other, as a [`Tree`].

mod loaded;
mod tree;

pub use loaded::{Chart, Dependency, Maintainer, Metadata};
pub use tree::Tree;
