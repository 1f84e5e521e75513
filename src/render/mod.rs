//! From packages to objects: Go templates, Helm, pack values and macros.
//!
//! Pure: a package and its values come in, objects go out. Nothing here reads files, asks a cluster or tells the time.
//!
//! What clusters share is worked out once, in [`Prepared`]: the layer's values laid over each other, the macros in them,
//! the templates. What differs from cluster to cluster stands in a [`Context`], which costs nothing to make. For each
//! layer of each cluster, [`inputs`] looks up what its macros read and [`fingerprint`] digests that with all the rest;
//! only where that has changed, [`values`] resolves the macros and [`render`] makes objects of them. What is random in them
//! comes from a [`Chance`], and is the same whenever the layer's seed is.

mod capabilities;
mod chance;
pub mod chart;
mod charts;
mod context;
mod fingerprint;
#[cfg(test)]
mod fixture;
mod images;
mod inputs;
mod layer;
mod lookups;
mod macros;
mod merge;
mod namespaces;
mod objects;
mod path;
mod prepared;
mod release;
mod relevance;
mod schema;
pub mod template;
mod wishes;

pub use chance::Chance;
pub use context::{Context, StandIn};
pub use fingerprint::{EPOCH, Options, fingerprint};
pub use images::{images_of_object, images_of_values};
pub use inputs::{Inputs, inputs, resolved, values};
pub use layer::{Rendered, render};
pub use lookups::{Answers, Lookups};
pub use macros::Reference;
pub use merge::{lay, merged, tidy};
pub use namespaces::{NamespaceWish, is_reserved, join};
pub use objects::{hook_events, is_kept, kind_rank};
pub use prepared::Prepared;
pub use release::release_name;
pub use schema::Schema;
