//! Views of a plan, of a running apply, of drift and of history: for people, for programs, for pull requests.
//!
//! Everything here is a function of values from the rooms below to text or JSON; `cli` decides where that goes. Only
//! [`Progress`] writes by itself, since it shows what is going on while it goes on.

mod cluster;
mod counts;
mod difference;
mod drift;
mod fetches;
mod group;
mod history;
mod page;
mod plan;
mod progress;
mod table;
mod update;
mod view;
mod words;

pub use cluster::cluster_human;
pub use drift::{drift_human, drift_json, drift_prometheus, drift_schema};
pub use fetches::Fetches;
pub use history::{history_human, history_json};
pub use plan::{plan_human, plan_json, plan_markdown, plan_schema};
pub use progress::{Progress, ProgressStyle, summary_human, summary_json};
pub use table::table;
pub use update::{update_human, update_json};
pub use view::View;
