//! The documents of a project: found, read, decoded and checked one by one.
//!
//! [`load`] finds the project that a folder lies in, looks for files with documents, and decodes the five kinds into
//! [`crate::model`] types. What each kind may hold stands in tables (`shape`) beside its decoder; one walk over a
//! document and its table reports every problem of structure (`check`), so the decoders themselves look only at what
//! tables cannot say. The same tables make the JSON Schema that editors use ([`schema`]). Files that documents name
//! are read here, each once. What joins several documents, such as which profile a cluster means, is `stacks`' work.

mod access;
mod address;
mod binding;
mod check;
mod cluster;
mod common;
mod conceal;
mod digest;
mod fields;
mod file;
mod find;
mod group;
mod kind;
mod layer;
mod load;
mod parts;
mod path;
mod pool;
mod profile;
mod project;
mod registry;
mod scalar;
mod schema;
mod set;
mod shape;
mod source;
mod starter;
mod target;
#[cfg(test)]
mod tests;
pub mod variable;
mod words;

pub use find::in_project;
pub use load::load;
pub use schema::schema;
pub use set::Documents;
pub use starter::starter;
