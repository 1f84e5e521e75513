//! The state in a SQLite file: opening and creating it, reading, recording, checking.
//!
//! The schema and what its tables are for stand in `state/migrations`. Times on a fleet of 10,000 clusters decide the
//! shape of this room: few wide queries in the order of the keys, shared rows for what clusters have in common, prepared
//! statements, one transaction a batch.

mod backup;
mod blob;
mod open;
mod read;
mod row;
mod schema;
mod share;
mod sighting;
mod store;
#[cfg(test)]
mod tests;
mod verify;
mod write;

pub use backup::backup;
pub use open::Mode;
pub use store::SqliteStore;
pub use verify::{Finding, verify};
