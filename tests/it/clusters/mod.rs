//! The target of a real API server, asked as the engine asks it.

mod conflicts;
mod failures;
mod fixture;
mod hooks;
mod looks;
mod namespaces;
mod released;
mod waiting;
mod writes;
