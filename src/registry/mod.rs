//! Where packs and charts come from: registries of every kind, what is in them, and the lock file that keeps versions
//! where they are.
//!
//! [`Registries::open`] looks through the folders once and knows names and versions; registries that are elsewhere are
//! opened when something is first wanted of them, through a [`Supplier`]. Everything is read when it is first asked for,
//! checked, and shared from then on. What a requirement was resolved to is noted in the [`Lock`], and stays so until
//! somebody asks for an update: then what is locked and has come before costs no request. [`lint`] says of one folder all
//! that is wrong with it or doubtful.
//!
//! The room takes references from the documents and gives [`crate::model::Pack`]s and charts as files, which is all that
//! composition and rendering need. A pack is untrusted input: its paths cannot leave its folder or archive, and its
//! sizes are bounded.

mod artifact;
mod asked;
mod builtin;
mod change;
mod chart;
mod chart_folder;
mod constraints;
mod content;
mod directory;
mod distant;
mod error;
mod fetch;
mod fields;
mod files;
mod folder;
mod helmignore;
mod lint;
mod lock;
mod metadata;
mod open;
mod pack;
mod parallel;
mod presets;
mod problems;
mod pull;
mod replace;
mod resolve;
mod search;
mod update;
mod vendor;
mod wildcard;
mod words;
mod yaml_text;

#[cfg(test)]
mod distant_tests;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod pack_tests;
#[cfg(test)]
mod resolve_tests;
#[cfg(test)]
mod testing;

pub use artifact::artifact;
pub use asked::{Asked, Found, Resolved};
pub use builtin::{all as builtin, builtin_names};
pub use change::{ContentChange, LockChange, Update};
pub use chart::{chart_version, read_chart};
pub use directory::{Directory, Listed};
pub use error::RegistryError;
pub use fetch::FetchEvent;
pub use lint::lint;
pub use lock::{LOCK_FILE, Lock, LockKey, Locked};
pub use open::{Outside, Supplier, Supply};
pub use pack::{read, read_archive};
pub use pull::Shown;
pub use resolve::Registries;
pub use search::{Hit, Hits};
pub use update::Defaults;
pub use vendor::{Copied, Copies, Difference, VENDOR_FOLDER, VendorError, Written};
