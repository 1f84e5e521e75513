//! Views of a plan.

mod foot;
mod human;
mod json;
mod layer;
mod markdown;
mod totals;

pub use human::plan_human;
pub use json::{plan_json, plan_schema};
pub use markdown::plan_markdown;

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod tests;
