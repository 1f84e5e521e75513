//! Drift as metrics in Prometheus' text exposition format, version 0.0.4, as the node exporter's textfile collector
//! reads it.

use std::fmt::Write;

use crate::plan::{ClusterDrift, DriftReport};

use super::json::{checked, word};

/// All kinds, so that a series goes to zero and does not vanish when drift is repaired.
const KINDS: [&str; 6] = [
    "changed",
    "taken-over",
    "deleted",
    "formatting",
    "unreadable",
    "in-flight",
];

/// What is counted of a cluster.
type Measure = fn(&ClusterDrift) -> usize;

/// Drift as metrics, one series for each cluster. Of a cluster that cannot be looked at, only that is told.
pub fn drift_prometheus(report: &DriftReport) -> String {
    let mut out = String::new();
    let reached: Vec<(&ClusterDrift, String)> = report
        .clusters
        .iter()
        .filter(|cluster| cluster.unreachable.is_none())
        .map(|cluster| (cluster, escaped(cluster.cluster.as_str())))
        .collect();
    head(
        &mut out,
        "stratiform_drift_objects",
        "Objects that are not as they were left, by what has happened to them.",
    );
    for (cluster, name) in &reached {
        for kind in KINDS {
            let found = cluster
                .objects
                .iter()
                .filter(|object| word(&object.kind) == kind);
            let labels = format!("cluster=\"{name}\",kind=\"{kind}\"");
            sample(&mut out, "stratiform_drift_objects", &labels, found.count());
        }
    }
    let gauges: [(&str, &str, Measure); 3] = [
        (
            "stratiform_drift_checked_objects",
            "Objects that were looked at.",
            checked,
        ),
        (
            "stratiform_drift_index",
            "Whether the target's index is not as it was left.",
            |cluster| usize::from(cluster.index_drifted),
        ),
        (
            "stratiform_unmanaged_objects",
            "Objects on the target that are not ours.",
            |cluster| cluster.unmanaged.len(),
        ),
    ];
    for (metric, help, value) in gauges {
        head(&mut out, metric, help);
        for (cluster, name) in &reached {
            sample(
                &mut out,
                metric,
                &format!("cluster=\"{name}\""),
                value(cluster),
            );
        }
    }
    let metric = "stratiform_cluster_reachable";
    head(
        &mut out,
        metric,
        "Whether the cluster's target could be looked at.",
    );
    for cluster in &report.clusters {
        let labels = format!("cluster=\"{}\"", escaped(cluster.cluster.as_str()));
        sample(
            &mut out,
            metric,
            &labels,
            usize::from(cluster.unreachable.is_none()),
        );
    }
    let metric = "stratiform_drift_clusters";
    head(&mut out, metric, "Clusters with drift.");
    let drifted = report.clusters.iter().filter(|cluster| cluster.has_drift());
    sample(&mut out, metric, "", drifted.count());
    out
}

fn head(out: &mut String, metric: &str, help: &str) {
    // Writing to a text does not fail.
    let _ = writeln!(out, "# HELP {metric} {help}\n# TYPE {metric} gauge");
}

fn sample(out: &mut String, metric: &str, labels: &str, value: usize) {
    let labels = if labels.is_empty() {
        String::new()
    } else {
        format!("{{{labels}}}")
    };
    // Writing to a text does not fail.
    let _ = writeln!(out, "{metric}{labels} {value}");
}

/// A label's value, with what the format keeps for itself escaped.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn labels_are_escaped() {
        assert_eq!(super::escaped("a\\b\"c\nd"), r#"a\\b\"c\nd"#);
    }
}
