//! What can go wrong on the way.

use std::path::PathBuf;

use crate::apply::ApplyError;
use crate::diag::Diagnostic;
use crate::model::ClusterName;
use crate::plan::PlanError;
use crate::registry::RegistryError;
use crate::state::StateError;
use crate::target::TargetError;

/// What can go wrong on the way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// What the user wrote is wrong.
    #[error("{}", count(.0.len()))]
    Documents(Vec<Diagnostic>),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The lock file cannot be written.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A plan cannot be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A target cannot be looked at.
    #[error("cluster {cluster}: the target cannot be looked at")]
    Target {
        /// The cluster.
        cluster: ClusterName,
        /// Why.
        source: TargetError,
    },
    /// A run was stopped.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Nothing fits what the user asked for.
    #[error("{what}")]
    Selection {
        /// What was asked for, and what there is.
        what: String,
    },
    /// The plan was made for another state.
    #[error("the plan was made for another state than {}", path.display())]
    OtherState {
        /// The state.
        path: PathBuf,
    },
    /// There is no state to compare with.
    #[error("there is no state at {}; the first `stratiform apply` makes it", path.display())]
    NoState {
        /// Where it would be.
        path: PathBuf,
    },
    /// There is no such revision of a cluster.
    #[error(
        "cluster {cluster} has no revision {revision}; `stratiform history` lists what there is"
    )]
    NoRevision {
        /// The cluster.
        cluster: ClusterName,
        /// The revision.
        revision: u64,
    },
}

fn count(problems: usize) -> String {
    if problems == 1 {
        "1 problem found".to_owned()
    } else {
        format!("{problems} problems found")
    }
}
