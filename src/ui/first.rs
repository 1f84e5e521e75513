//! The views in their plainest form.

use serde_json::{Value, json};

use crate::apply::{Event, Summary};
use crate::model::ClusterName;
use crate::plan::{DriftReport, Plan};
use crate::state::{ClusterRecord, Revision};

use super::{View, plan_human};

/// A plan as a comment on a pull request.
pub fn plan_markdown(plan: &Plan, view: &View) -> String {
    plan_human(plan, view)
}

/// A plan for programs; [`plan_schema`] describes it.
pub fn plan_json(plan: &Plan) -> Value {
    json!({"formatVersion": 1, "plan": plan})
}

/// The JSON Schema of [`plan_json`].
pub fn plan_schema() -> Value {
    json!({"type": "object"})
}

/// Drift for people at a terminal.
pub fn drift_human(report: &DriftReport, _view: &View) -> String {
    let drifted = report.clusters.iter().filter(|cluster| cluster.has_drift());
    format!("Drift on {} clusters.\n", drifted.count())
}

/// Drift for programs; [`drift_schema`] describes it.
pub fn drift_json(report: &DriftReport) -> Value {
    json!({"formatVersion": 1, "clusters": report.clusters})
}

/// The JSON Schema of [`drift_json`].
pub fn drift_schema() -> Value {
    json!({"type": "object"})
}

/// Drift as metrics in Prometheus' text format.
pub fn drift_prometheus(report: &DriftReport) -> String {
    format!("stratiform_drift_clusters {}\n", report.clusters.len())
}

/// Revisions for people at a terminal, oldest first.
pub fn history_human(revisions: &[Revision], _view: &View) -> String {
    revisions
        .iter()
        .map(|revision| format!("{} {}\n", revision.id, revision.command))
        .collect()
}

/// Revisions for programs.
pub fn history_json(revisions: &[Revision]) -> Value {
    json!({"formatVersion": 1, "revisions": revisions})
}

/// What the state knows of one cluster, for people at a terminal.
pub fn cluster_human(name: &ClusterName, record: &ClusterRecord, _view: &View) -> String {
    format!("{name}: {} layers\n", record.layers.len())
}

/// How a run is shown while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressStyle {
    /// Bars that move, for a terminal.
    Bars,
    /// A line for each layer, for logs.
    Lines,
    /// A JSON object for each event, one a line.
    Json,
    /// Nothing.
    Silent,
}

/// Shows a run while it goes on.
pub struct Progress {
    style: ProgressStyle,
    writer: Box<dyn std::io::Write + Send>,
}

impl Progress {
    /// Shows a run on standard error.
    pub fn new(style: ProgressStyle, view: View) -> Self {
        Self::with_writer(style, view, Box::new(std::io::stderr()))
    }

    /// Shows a run on a writer; bars are always on standard error.
    pub fn with_writer(
        style: ProgressStyle,
        _view: View,
        writer: Box<dyn std::io::Write + Send>,
    ) -> Self {
        Self { style, writer }
    }

    /// Takes in what happened.
    pub fn event(&mut self, event: &Event) {
        if let (ProgressStyle::Lines, Event::Ended(summary)) = (self.style, event) {
            // Nobody can be told that telling failed.
            let _ = self
                .writer
                .write_all(summary_human(summary, &View::default()).as_bytes());
        }
    }
}

/// How a run went, in one line.
pub fn summary_human(summary: &Summary, _view: &View) -> String {
    format!(
        "Revision {}: {} layers done, {} failed, {} skipped.\n",
        summary.revision, summary.layers_done, summary.layers_failed, summary.layers_skipped
    )
}
