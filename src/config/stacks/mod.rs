//! From documents and packs to stacks: composition rules, variables, constraints, order.
//!
//! [`pack_refs`] and [`chart_refs`] say what the documents ask for; whoever can read it fills [`Contents`] with them and reports the
//! ones that it cannot read. [`build`] then joins everything: the catalog knows each profile once, a composition is what
//! one set of profiles comes to, and each cluster adds only its variables and nodes to a composition that it shares with
//! others. Problems are collected, and those that clusters have in common are told once. What stands outside of the
//! documents, in environment variables and files, comes through [`Environment`].

mod build;
mod catalog;
mod composition;
mod compositions;
mod contents;
mod dependencies;
mod environment;
mod lookup;
mod presets;
mod problems;
mod profiles;
mod quantity;
mod resources;
mod sequence;
mod variables;
mod words;

#[cfg(test)]
mod fixture;

pub use build::build;
pub use composition::DEFAULT_KUBERNETES_VERSION;
pub use contents::{Contents, FoundChart, chart_refs, pack_refs};
pub use environment::{Environment, ProcessEnvironment, ReadError};
