//! Views of drift.

mod human;
mod json;
mod prometheus;
#[cfg(test)]
mod tests;

pub use human::drift_human;
pub use json::{drift_json, drift_schema};
pub use prometheus::drift_prometheus;
