//! Where objects go: one small trait, and the targets that implement it.
//!
//! A target looks ([`Target::observe`]), writes and deletes ([`Target::apply`]), and keeps the order of a cluster's
//! objects in an index ([`Target::seal`]). It never decides: what is ours, what is wanted and what may be deleted is
//! said by its callers, and it refuses what does not look as they expect.

mod contract;
mod directory;
mod kubernetes;
pub mod readiness;

pub use contract::{
    Ask, Awaiting, Contested, Expected, Extent, Hook, HookLog, IndexEntry, Known, Manner, Marked,
    Observation, Observed, Operation, Outcome, Owner, Patience, Rehearsal, Survey, Target,
    TargetError, Unmanaged, Written,
};
pub use directory::{DirectoryTarget, file_path};
pub use kubernetes::{KubernetesTarget, Marks, Pace, Servers, field_manager, is_adopted, unmarked};
