//! What we made and when: the state, behind one trait.
//!
//! A [`Store`] speaks in units of work (load a snapshot, begin a revision, record a batch, finish), never in rows, so
//! that a store on a server can be as fast as the one in a file. [`Record`]s of one batch become durable together.

mod record;
mod store;

pub use record::{
    ClusterRecord, Content, ContentKind, InFlight, Intent, IntentAction, LayerRecord, ObjectRecord,
    ProfileStamp, Snapshot,
};
pub use store::{Outcome, Record, Revision, RevisionId, RevisionStart, StateError, Store};
