//! Rendered text into objects: split as Helm does, checked, completed, brought into one form and into Helm's order.

mod arrange;
mod hook;
mod order;
mod read;
mod scope;
mod split;

pub use hook::is_kept;
pub use read::{Text, read};
