//! How much a plan changes.

use crate::apply::Counts;
use crate::plan::{Action, ClusterAction, Plan, Purpose};

use super::super::counts::objects;
use super::super::words::{count, number};

/// How much a plan changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub forgotten: usize,
    pub create: usize,
    pub update: usize,
    pub repave: usize,
    pub replace: usize,
    pub delete: usize,
    pub record: usize,
    pub objects: Counts,
}

impl Totals {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut totals = Self::default();
        for cluster in &plan.clusters {
            totals.forgotten += usize::from(cluster.action == ClusterAction::Forget);
            for layer in &cluster.layers {
                *match layer.action {
                    Action::Create => &mut totals.create,
                    Action::Update => &mut totals.update,
                    Action::Repave => &mut totals.repave,
                    Action::Replace => &mut totals.replace,
                    Action::Delete => &mut totals.delete,
                    Action::Record => &mut totals.record,
                } += 1;
                totals.objects.add(Counts::of(layer));
            }
        }
        totals
    }
}

/// The plan in one sentence.
pub(super) fn summary(plan: &Plan) -> String {
    if plan.clusters.is_empty() {
        return match &plan.purpose {
            Purpose::Apply => format!(
                "No changes. {}, {} are as the documents want them.",
                count(plan.clusters_total, "cluster"),
                count(plan.layers_total, "layer")
            ),
            Purpose::Destroy => "No changes. Nothing is left to destroy.".to_owned(),
            Purpose::Rollback { cluster, to } => {
                format!("No changes. {cluster} is as it was after revision {to}.")
            }
        };
    }
    let totals = Totals::of(plan);
    let mut text = format!(
        "Plan: {} to change (of {}): {} to create, {} to update, {} to delete",
        count(plan.clusters.len(), "cluster"),
        number(plan.clusters_total),
        count(totals.create, "layer"),
        number(totals.update),
        number(totals.delete),
    );
    for (many, what) in [
        (totals.repave, "to repave"),
        (totals.replace, "to replace"),
        (totals.record, "only to record"),
    ] {
        if many > 0 {
            text.push_str(&format!(", {} {what}", number(many)));
        }
    }
    let unverified = plan.clusters.iter();
    let unverified = unverified
        .filter(|cluster| cluster.unverified.is_some())
        .count();
    if unverified > 0 {
        text.push_str(&format!("; {} not verified", count(unverified, "cluster")));
    }
    if totals.forgotten > 0 {
        text.push_str(&format!(
            "; {} to forget",
            count(totals.forgotten, "cluster")
        ));
    }
    format!("{text}; {}.", objects(totals.objects))
}
