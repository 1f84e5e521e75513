//! What would change, and why: pure, all its inputs are values.
//!
//! [`decide`] holds the table of prior, observed and desired. A [`Plan`] carries its own execution graph, layer by
//! layer; apply runs that graph and never computes another.

mod action;
mod approval;
mod document;
mod reason;

pub use action::{Action, ClusterAction, ObjectAction};
pub use approval::{Approval, ApprovalKind, Refusal};
pub use document::{
    Base, ClusterPlan, LayerPlan, ObjectChange, Plan, PlannedBlob, Purpose, ValuesChange,
};
pub use reason::Reason;
