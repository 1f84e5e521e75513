//! From packages to objects: Go templates, Helm, pack values and macros.
//!
//! Pure: a package and its values come in, objects go out. Nothing here reads files, asks a cluster or tells the time.

pub mod template;
