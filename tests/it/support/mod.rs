//! What the tests of the program share: a folder of their own, the program run in it, and its output made comparable.

pub mod authority;
#[path = "../../../src/remote/http/testing.rs"]
#[expect(dead_code, reason = "it is made for other tests too")]
pub mod fault_server;
pub mod helm;
mod output;
pub mod planes;
pub mod project;
pub mod registries;
mod sandbox;
pub mod skip;

pub use output::Output;
pub use sandbox::Sandbox;
