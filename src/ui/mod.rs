//! Views of a plan, of a running apply, of drift and of history: for people, for programs, for pull requests.
//!
//! Everything here is a function of values from the rooms below to text or JSON; `cli` decides where that goes. Only
//! [`Progress`] writes by itself, since it shows what is going on while it goes on.

mod difference;
mod group;
mod page;
mod plan;
mod view;
mod words;

pub use plan::plan_human;
pub use view::View;

mod first;
pub use first::*;
