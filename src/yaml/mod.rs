//! YAML as Helm reads and writes it (sigs.k8s.io/yaml over goyaml.v2: YAML 1.1 scalars), with the place of every node.
//!
//! One reader serves documents, values and rendered objects. It gives [`Node`]s, which know where they stand and how
//! they were written; [`Node::to_value`] forgets both and gives a plain [`Value`]. The writer prints values the way
//! Helm's `toYaml` does, since charts hash that text.

mod build;
mod chars;
mod collections;
mod composer;
mod error;
mod from_json;
mod json;
mod natural;
mod node;
mod number;
mod read;
#[cfg(test)]
mod read_tests;
mod resolve;
mod scan_scalar;
mod scan_tag;
mod scanner;
mod style;
mod time;
mod value;
mod write;

pub use error::Error;
pub use json::{json_into, to_json};
pub use node::{Entry, Node, NodeKind, ScalarStyle};
pub use read::{Limits, parse, parse_first, read};
pub use value::{Map, Value};
pub use write::{write, write_ordered};
