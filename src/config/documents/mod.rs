//! The documents of a project: found, read, decoded and checked one by one.

mod check;
mod fields;
mod set;
mod shape;
pub mod variable;
mod words;

pub use set::Documents;
