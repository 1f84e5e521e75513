//! The documents of a project: found, read, decoded and checked one by one.

mod set;

pub use set::Documents;
