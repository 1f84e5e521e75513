//! Where packs come from: folders of packs, the packs in them, and the lock file that keeps versions where they are.
//!
//! [`Registries::open`] looks through the folders once and knows names and versions; a pack itself is read when it is
//! first asked for, checked, and shared from then on. What a requirement was resolved to is noted in the [`Lock`], and
//! stays so until somebody asks for an update. [`lint`] says of one folder all that is wrong with it or doubtful.
//!
//! The room takes references from the documents and gives [`crate::model::Pack`]s, which is all that composition and
//! rendering need; [`read_chart`] gives a chart that stands on its own as files. A pack is untrusted input: its paths cannot leave its folder, and its sizes are bounded.

mod change;
mod chart;
mod chart_folder;
mod constraints;
mod content;
mod directory;
mod error;
mod fields;
mod folder;
mod helmignore;
mod lint;
mod lock;
mod metadata;
mod pack;
mod presets;
mod resolve;
mod wildcard;
mod words;
mod yaml_text;

#[cfg(test)]
mod testing;

pub use change::{ContentChange, Update};
pub use chart::read_chart;
pub use directory::{Directory, Listed};
pub use error::RegistryError;
pub use lint::lint;
pub use lock::{LOCK_FILE, Lock, LockKey, Locked};
pub use pack::read;
pub use resolve::Registries;
