//! Views of a plan.

mod foot;
mod human;
mod layer;
mod totals;

pub use human::plan_human;

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;
