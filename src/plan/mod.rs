//! What would change, and why: pure, all its inputs are values.
//!
//! [`decide`] holds the table of prior, observed and desired. A [`Plan`] carries its own execution graph, layer by
//! layer; apply runs that graph and never computes another.

mod action;
mod approval;
mod cluster;
mod compare;
mod decide;
mod desired;
mod document;
mod drift;
mod edges;
mod error;
mod hooks;
mod live;
mod objects;
mod policy;
mod reason;
mod rehearsal;
mod saved;
#[cfg(test)]
mod server_scene;
#[cfg(test)]
mod server_tests;
mod sight;
mod why;

pub use action::{Action, ClusterAction, ObjectAction};
pub use approval::{Approval, ApprovalKind, Refusal};
pub use cluster::{Subject, plan_cluster};
pub use compare::{Lens, Texts};
pub use decide::{Decision, Prior, decide};
pub use desired::{Desired, DesiredLayer, DesiredObject, Rendering};
pub use document::{
    Base, ClusterPlan, HookRun, LayerPlan, ObjectChange, Plan, PlannedBlob, Purpose, ServerSays,
    ValuesChange,
};
pub use drift::{ClusterDrift, DriftKind, DriftReport, FieldDrift, ObjectDrift, drift};
pub use error::PlanError;
pub use live::held;
pub use policy::{Verdict, delete_limit, judge};
pub use reason::Reason;
pub use rehearsal::{Question, doubts, force_conflicts, questions, rehearsed};
pub use saved::{PLAN_FORMAT, SavedPlanError, load, save};
pub use sight::{Place, Sight, places};
