//! Rendered text into objects: split as Helm does, checked, completed, brought into one form and into Helm's order.

mod arrange;
mod complete;
mod content;
mod hook;
mod order;
mod read;
mod scope;
mod split;

pub use content::Content;
pub use hook::{ANNOTATION as HOOK, events as hook_events, is_kept};
pub use order::kind_rank;
pub use read::{Document, Text, documents, read};
pub use split::split;
