//! From packages to objects: Go templates, Helm, pack values and macros.
//!
//! Pure: a package and its values come in, objects go out. Nothing here reads files, asks a cluster or tells the time.
//! What many clusters share is worked out once; what differs from cluster to cluster stays cheap.

mod merge;
mod namespaces;
mod path;
mod release;
pub mod template;

pub use merge::{lay, merged, tidy};
pub use namespaces::{NamespaceWish, is_reserved, join};
pub use release::{LONGEST_NAME, release_name};
