//! What can go wrong while applying.

use std::sync::Arc;

use crate::model::{HookEvent, ObjectKey};
use crate::state::StateError;
use crate::target::{Awaiting, TargetError};

/// What ends a whole run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The plan has refusals.
    #[error("the plan breaks a rule and cannot be applied")]
    Refused,
    /// The state cannot be written. What was done before is recorded.
    #[error("the state could not be written, and the run was stopped")]
    State(#[source] Arc<StateError>),
    /// A step died; a bug in this program.
    #[error("a step of the run died; this is a bug, and the next plan looks at what was in flight")]
    Died,
}

/// What makes one layer fail.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The target refused.
    #[error("{}", object.as_ref().map_or_else(|| "the target refused".to_owned(), |object| format!("cannot apply {object}")))]
    Target {
        /// The object, if it was about one.
        object: Option<Box<ObjectKey>>,
        /// Why.
        source: TargetError,
    },
    /// The layer's objects were applied, and are not ready. They are recorded; the next apply waits for them again.
    #[error("its objects are applied and not ready")]
    NotReady {
        /// What is not ready, and why.
        source: TargetError,
    },
    /// A hook failed. The next apply runs the hooks of this step again.
    #[error("the {event} hook {hook} failed")]
    Hook {
        /// What it ran for.
        event: HookEvent,
        /// The hook.
        hook: Box<ObjectKey>,
        /// Why.
        source: TargetError,
    },
    /// The user asked to stop while something was awaited. The next apply goes on from there.
    #[error("stopped on request{}", while_waiting(awaiting.as_deref()))]
    Stopped {
        /// What was awaited, as far as it is known.
        awaiting: Option<Box<Awaiting>>,
    },
    /// The cluster's target cannot be used.
    #[error("the target cannot be used")]
    Unusable(#[source] Arc<TargetError>),
    /// The layer could not be rendered again for its sensitive values.
    #[error("the layer cannot be rendered again to fill in its sensitive values")]
    Reveal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The layer renders other sensitive values than those that were planned.
    #[error("{object} renders other sensitive values now than those that were planned; plan again")]
    Changed {
        /// The object.
        object: Box<ObjectKey>,
    },
    /// A cluster should become what it was, and what was sensitive then is not known any more.
    #[error(
        "{object} had other sensitive values then than its layer renders now, and they are kept nowhere: what was rotated or changed since cannot be brought back"
    )]
    Lost {
        /// The object.
        object: Box<ObjectKey>,
    },
    /// The state could not be written.
    #[error("the state could not be written")]
    State(#[source] Arc<StateError>),
}

/// `, while waiting for Deployment.apps web/front: 1 of 2 replicas is available`
fn while_waiting(awaiting: Option<&Awaiting>) -> String {
    match awaiting {
        Some(Awaiting {
            object: Some(object),
            why,
            ..
        }) => format!(" while waiting for {object}: {why}"),
        _ => " while waiting".to_owned(),
    }
}
