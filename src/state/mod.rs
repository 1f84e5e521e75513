//! What we made and when: the state, behind one trait.
//!
//! A [`Store`] speaks in units of work (load a snapshot, begin a revision, record a batch, finish), never in rows, so
//! that a store on a server can be as fast as the one in a file. [`Record`]s of one batch become durable together.
//!
//! [`SqliteStore`] is the one that users have, in a file with the schema of `state/migrations`. Who writes holds the
//! [`Lock`]; who reads needs none. The key that hides secrets is not in the state: [`find_key`] says where it is.

mod address;
mod admin;
mod error;
#[cfg(test)]
mod fixture;
mod key;
mod lock;
mod memory;
mod record;
mod sqlite;
mod store;

pub use address::Address;
pub use admin::{Depth, Entry, Filter, find, forget, list, rename};
pub use error::StateError;
pub use key::{KEY_VARIABLE, find_key, key_path, make_key};
pub use lock::{Holder, Lock, LockStatus};
pub use memory::MemoryStore;
pub use record::{
    ClusterRecord, Content, ContentKind, HookRan, InFlight, Intent, IntentAction, LayerRecord,
    ObjectRecord, Origin, ProfileStamp, Sighting, Snapshot,
};
pub use sqlite::{Finding, Mode, SqliteStore, backup, verify};
pub use store::{Outcome, Record, Revision, RevisionId, RevisionStart, Store};
