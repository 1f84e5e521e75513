//! What stands below a plan: what is refused, what apply must be allowed, what people should know.

use indexmap::IndexMap;

use crate::model::{ClusterName, LayerName};
use crate::plan::{Approval, ApprovalKind, Plan, Refusal};

use super::super::page::{Ink, Page};
use super::super::words::{count, names, split_name};

/// Columns that a list of cluster names may take.
const NAMES: usize = 60;

pub(super) fn draw(page: &mut Page<'_>, plan: &Plan) {
    for (text, instead) in refusals(plan) {
        page.prose(0, Ink::Delete, "refused: ", &text);
        page.prose(2, Ink::Strong, "what would work: ", &instead);
        page.blank();
    }
    let approvals = approvals(plan);
    for (flag, text) in &approvals {
        page.prose(0, Ink::Repave, &format!("apply wants {flag}: "), text);
    }
    if !approvals.is_empty() {
        page.blank();
    }
    let warnings = warnings(plan);
    for text in &warnings {
        page.prose(0, Ink::Update, "warning: ", text);
    }
    if !warnings.is_empty() {
        page.blank();
    }
}

/// What is refused and what would work; the same on several clusters once.
pub(super) fn refusals(plan: &Plan) -> Vec<(String, String)> {
    let mut same: IndexMap<(Option<&LayerName>, String, String), Vec<&Refusal>> = IndexMap::new();
    for refusal in &plan.refusals {
        let cluster = &refusal.cluster;
        let key = (
            refusal.layer.as_ref(),
            without_name(&refusal.what, cluster),
            without_name(&refusal.instead, cluster),
        );
        same.entry(key).or_default().push(refusal);
    }
    let told = |((layer, what, instead), refusals): ((Option<&LayerName>, _, _), Vec<&Refusal>)| {
        if let [only] = &*refusals {
            let place = match layer {
                Some(layer) => format!("{}/{layer}", only.cluster),
                None => only.cluster.to_string(),
            };
            return (format!("{place}: {}", only.what), only.instead.clone());
        }
        let on = on(refusals.iter().map(|refusal| &refusal.cluster));
        let layer = layer.map_or(String::new(), |layer| format!("{layer} "));
        (format!("{layer}{on}: {what}"), instead)
    };
    same.into_iter().map(told).collect()
}

/// What apply must be allowed, with the flag that allows it; the same on several clusters once.
pub(super) fn approvals(plan: &Plan) -> Vec<(&'static str, String)> {
    let mut same: IndexMap<(Option<&LayerName>, &'static str, String), Vec<&Approval>> =
        IndexMap::new();
    for approval in &plan.approvals {
        let text = without_name(&approval.kind.to_string(), &approval.cluster);
        let key = (approval.layer.as_ref(), approval.kind.flag(), text);
        same.entry(key).or_default().push(approval);
    }
    let told = |((_, flag, text), approvals): ((_, &'static str, String), Vec<&Approval>)| {
        let text = match &*approvals {
            [only] => match only.kind {
                ApprovalKind::DeleteLimit { .. } => format!("the plan {}", only.kind),
                _ => format!("cluster {} {}", only.cluster, only.kind),
            },
            all => format!(
                "{text} {}",
                on(all.iter().map(|approval| &approval.cluster))
            ),
        };
        (flag, text)
    };
    same.into_iter().map(told).collect()
}

/// Warnings, each once.
pub(super) fn warnings(plan: &Plan) -> Vec<String> {
    let mut same: IndexMap<&str, usize> = IndexMap::new();
    for warning in &plan.warnings {
        *same.entry(warning.as_str()).or_default() += 1;
    }
    same.into_iter()
        .map(|(text, many)| match many {
            1 => text.to_owned(),
            many => format!("{text} ({many} times)"),
        })
        .collect()
}

/// `on 412 clusters (prod-1, prod-2 and 410 more)`.
fn on<'a>(clusters: impl Iterator<Item = &'a ClusterName>) -> String {
    let mut all: Vec<&str> = clusters.map(ClusterName::as_str).collect();
    all.dedup();
    format!(
        "on {} ({})",
        count(all.len(), "cluster"),
        names(&all, NAMES)
    )
}

fn without_name(text: &str, cluster: &ClusterName) -> String {
    let mut out = String::new();
    split_name(text, cluster.as_str(), |part| {
        out.push_str(part.unwrap_or("<cluster>"));
    });
    out
}
