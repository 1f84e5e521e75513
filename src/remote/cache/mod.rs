//! The cache: what came from registries, on disk, shared by all projects of a user and by processes that run at once.
//!
//! | below the folder | what is there |
//! | --- | --- |
//! | `blobs/sha256/ab/<hex>` | archives and indexes, by their digest; complete and durable before they have this name |
//! | `notes/ab/<hex>` | small documents by a key: what a registry said last, an index as we read it |
//! | `areas/<hex>` | folders by a key, for who holds its lock: bare git repositories |
//! | `locks/<hex>` | a file for each lock that is held now |
//! | `incoming/<name>` | what is on its way; whoever writes it has it locked |
//!
//! Everything can be removed at any time: what is missing is fetched again. A process that is killed leaves only a file
//! below `incoming`, which the next one removes, since the operating system has given its lock back.

mod area;
mod digested;
mod error;
mod folder;
mod held;
mod incoming;
mod lock;
mod note;
mod prune;
mod size;

#[cfg(test)]
mod tests;

pub use error::CacheError;
pub use folder::Cache;
pub use incoming::Incoming;
pub use lock::CacheLock;
pub use prune::{Pruned, Pruning};
pub use size::Holdings;
