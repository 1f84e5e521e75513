//! The target of a real API server, asked as the engine asks it.

mod conflicts;
mod failures;
mod fixture;
mod looks;
mod namespaces;
mod writes;
