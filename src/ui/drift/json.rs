//! Drift for programs.

use serde_json::{Value, json};

use crate::plan::{ClusterDrift, DriftKind, DriftReport, ObjectDrift};

use super::human::summary;

/// The format that this program writes.
const FORMAT: u32 = 1;

const SCHEMA: &str = include_str!("../schemas/drift.schema.json");

/// Drift for programs; [`drift_schema`] describes it. Fields may be added; none changes its meaning while
/// `format_version` stays. Sensitive values are placeholders.
pub fn drift_json(report: &DriftReport) -> Value {
    let sum = |of: fn(&ClusterDrift) -> usize| report.clusters.iter().map(of).sum::<usize>();
    json!({
        "format_version": FORMAT,
        "summary": {
            "text": summary(report),
            "clusters": {
                "total": report.clusters.len(),
                "drifted": sum(|cluster| usize::from(cluster.has_drift())),
                "unreachable": sum(|cluster| usize::from(cluster.unreachable.is_some())),
            },
            "objects": {
                "checked": sum(checked),
                "drifted": sum(|cluster| cluster.objects.len()),
                "unmanaged": sum(|cluster| cluster.unmanaged.len()),
            },
        },
        "clusters": report.clusters.iter().map(cluster).collect::<Vec<_>>(),
    })
}

/// The JSON Schema (2020-12) of [`drift_json`].
pub fn drift_schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema that is compiled in is JSON")
}

/// How many objects of a cluster were really looked at.
pub(super) fn checked(cluster: &ClusterDrift) -> usize {
    match cluster.unreachable {
        None => cluster.looked_at,
        Some(_) => 0,
    }
}

/// What has happened to an object, in one word.
pub(super) fn word(kind: &DriftKind) -> &'static str {
    match kind {
        DriftKind::Deleted => "deleted",
        DriftKind::Changed { .. } => "changed",
        DriftKind::TakenOver { .. } => "taken-over",
        DriftKind::Formatting => "formatting",
        DriftKind::Unreadable { .. } => "unreadable",
        DriftKind::InFlight => "in-flight",
    }
}

fn cluster(drift: &ClusterDrift) -> Value {
    json!({
        "cluster": drift.cluster,
        "drifted": drift.has_drift(),
        "checked": checked(drift),
        "objects": drift.objects.iter().map(object).collect::<Vec<_>>(),
        "unmanaged": drift.unmanaged,
        "indexDrifted": drift.index_drifted,
        "unreachable": drift.unreachable,
    })
}

fn object(drift: &ObjectDrift) -> Value {
    let fields = match &drift.kind {
        DriftKind::Changed { fields } | DriftKind::TakenOver { fields, .. } => fields.as_slice(),
        _ => &[],
    };
    let by = match &drift.kind {
        DriftKind::TakenOver { by, .. } => Some(by),
        _ => None,
    };
    let why = match &drift.kind {
        DriftKind::Unreadable { why } => Some(why),
        _ => None,
    };
    json!({
        "layer": drift.layer,
        "group": drift.object.group,
        "kind": drift.object.kind,
        "namespace": drift.object.namespace,
        "name": drift.object.name,
        "drift": word(&drift.kind),
        "fields": fields,
        "why": why,
        "by": by,
    })
}
