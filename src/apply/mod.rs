//! A plan carried out.
//!
//! The dispatcher owns the state of the run: it hands out steps (a layer of a cluster) as the plan's own graph allows,
//! and settles what the state says afterwards. Steps run side by side; each makes its intent durable, then touches the
//! target. Where something runs, hooks run before and after that, and the step waits until the layer is ready: what was
//! applied and did not become ready in time is recorded, without a fingerprint, so that the next plan comes back to the
//! layer and the next apply waits for it again. The recorder writes what both of them say, many records to a commit. What happens is told as [`Event`]s;
//! nothing here prints.

mod course;
mod dispatcher;
mod error;
mod event;
mod ledger;
mod prelude;
mod recorder;
mod step;
#[cfg(test)]
mod tests;

pub use dispatcher::{Execution, Options, Stop, run};
pub use error::{ApplyError, StepError};
pub use event::{Counts, Event, Summary};
pub use step::{Reveal, Targets};
