//! Whether an object is ready, as far as the object itself tells: pure functions.
//!
//! The rules are kstatus' (`sigs.k8s.io/cli-utils/pkg/kstatus`), which Helm 4, Flux and kubectl's friends go by, but for
//! these:
//! - A Job is ready when it is complete. kstatus takes a running one as ready; kapp, and Helm with `--wait-for-jobs`, wait
//!   as we do. A suspended Job is ready, since it runs only when somebody says so.
//! - A Pod that has failed is failed; to kstatus it is ready. One whose containers crash or whose image cannot be pulled is
//!   still on its way, since both pass when what they miss comes; to kstatus crashing is failure.
//! - A Service for a load balancer waits for its address, as in Helm 3 and kapp.
//! - A Deployment that is paused is ready, as in Helm.
//! - An APIService waits until it is available, and any other object with a condition `Available` and none that is `Ready`
//!   waits for that.
//! - A PersistentVolumeClaim waits until it is bound, as in kstatus and Helm, unless it waits for its first consumer
//!   ([`awaits_consumer`]): that may well be in a layer that waits for this one.

mod claim;
mod controllers;
mod facts;
mod generic;
mod pod;

pub use claim::awaits_consumer;
pub use pod::troubles;

use std::fmt;

use crate::yaml::Value;

use facts::{Facts, quoted};

/// How far an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It is as it should be.
    Ready,
    /// It is on its way.
    Progressing {
        /// What is missing: `2 of 3 replicas are available`.
        why: String,
    },
    /// It will not become ready by itself.
    Failed {
        /// Why.
        why: String,
    },
    /// It is being deleted.
    Terminating {
        /// What keeps it.
        why: String,
    },
}

impl Readiness {
    /// Whether there is nothing more to wait for.
    pub fn is_ready(&self) -> bool {
        *self == Self::Ready
    }

    /// What is missing; empty when nothing is.
    pub fn why(&self) -> &str {
        match self {
            Self::Ready => "",
            Self::Progressing { why } | Self::Failed { why } | Self::Terminating { why } => why,
        }
    }

    fn progressing(why: impl Into<String>) -> Self {
        Self::Progressing { why: why.into() }
    }

    fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into() }
    }
}

impl fmt::Display for Readiness {
    /// `failed: the progress deadline is exceeded`
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => out.write_str("ready"),
            Self::Progressing { why } => write!(out, "progressing: {why}"),
            Self::Failed { why } => write!(out, "failed: {why}"),
            Self::Terminating { why } => write!(out, "terminating: {why}"),
        }
    }
}

/// How far an object is, as the server tells it with its status.
pub fn status(object: &Value) -> Readiness {
    let facts = Facts::of(object);
    if !facts.text(["metadata", "deletionTimestamp"]).is_empty() {
        return Readiness::Terminating {
            why: being_deleted(&facts),
        };
    }
    match (facts.group(), facts.kind()) {
        (group, kind) if is_ready_at_once(group, kind) => Readiness::Ready,
        (group, kind) => {
            let general = generic::observed(&facts).or_else(|| generic::told(&facts));
            general.unwrap_or_else(|| match (group, kind) {
                ("apps" | "extensions", "Deployment") => controllers::deployment(&facts),
                ("apps", "StatefulSet") => controllers::stateful_set(&facts),
                ("apps" | "extensions", "DaemonSet") => controllers::daemon_set(&facts),
                ("apps" | "extensions", "ReplicaSet") | ("", "ReplicationController") => {
                    controllers::replica_set(&facts)
                }
                ("batch", "Job") => job(&facts),
                ("", "Pod") => pod::pod(&facts),
                ("", "PersistentVolumeClaim") => claim::claim(&facts),
                ("", "Service") => service(&facts),
                ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(&facts),
                ("apiregistration.k8s.io", "APIService") => api_service(&facts),
                _ => generic::by_condition(&facts),
            })
        }
    }
}

/// How far a hook is that has to run to its end: Jobs and Pods. All else is ready as soon as it is there, as in Helm.
pub fn hook_status(object: &Value) -> Readiness {
    let facts = Facts::of(object);
    match (facts.group(), facts.kind()) {
        ("batch", "Job") => job(&facts),
        ("", "Pod") => pod::run_to_end(&facts),
        _ => Readiness::Ready,
    }
}

/// Whether objects of a kind are ready as soon as they are there, so that nobody has to look at them: nothing runs, or
/// nobody says so in their status.
pub fn is_ready_at_once(group: &str, kind: &str) -> bool {
    match group {
        "" => matches!(
            kind,
            "ConfigMap"
                | "Secret"
                | "Namespace"
                | "ServiceAccount"
                | "LimitRange"
                | "ResourceQuota"
                | "Endpoints"
        ),
        "batch" => kind == "CronJob",
        "policy" => kind == "PodDisruptionBudget",
        "networking.k8s.io" => matches!(kind, "Ingress" | "IngressClass" | "NetworkPolicy"),
        "storage.k8s.io" => matches!(kind, "StorageClass" | "CSIDriver"),
        "rbac.authorization.k8s.io"
        | "admissionregistration.k8s.io"
        | "scheduling.k8s.io"
        | "coordination.k8s.io" => true,
        _ => false,
    }
}

fn being_deleted(facts: &Facts<'_>) -> String {
    let finalizers = facts.names(["metadata", "finalizers"]);
    if finalizers.is_empty() {
        "it is being deleted".to_owned()
    } else {
        format!(
            "it is being deleted and waits for its finalizers: {}",
            finalizers.join(", ")
        )
    }
}

fn job(facts: &Facts<'_>) -> Readiness {
    if facts.is_true("Complete") {
        return Readiness::Ready;
    }
    if let Some(failed) = facts.condition("Failed").filter(|it| it.is("True")) {
        return Readiness::failed(format!("the Job failed{}", quoted(failed)));
    }
    if facts.flag(["spec", "suspend"]) {
        return Readiness::Ready;
    }
    let completions = facts.int_or(["spec", "completions"], 1);
    let (done, failed) = (
        facts.int_or(["status", "succeeded"], 0),
        facts.int_or(["status", "failed"], 0),
    );
    let mut why = if facts.text(["status", "startTime"]).is_empty() {
        "the Job has not started".to_owned()
    } else {
        format!("{done} of {completions} runs of the Job are done")
    };
    if failed > 0 {
        why += &format!(", {failed} failed");
    }
    Readiness::progressing(why)
}

fn service(facts: &Facts<'_>) -> Readiness {
    let balanced = facts.text(["spec", "type"]) == "LoadBalancer";
    // With an external IP of its own nobody has to provide one.
    if !balanced || !facts.list(["spec", "externalIPs"]).is_empty() {
        return Readiness::Ready;
    }
    if facts.list(["status", "loadBalancer", "ingress"]).is_empty() {
        return Readiness::progressing("the load balancer has no address yet");
    }
    Readiness::Ready
}

fn definition(facts: &Facts<'_>) -> Readiness {
    if let Some(refused) = facts.condition("NamesAccepted").filter(|it| it.is("False")) {
        return Readiness::failed(format!("its names are not accepted{}", quoted(refused)));
    }
    match facts.condition("Established") {
        Some(it) if it.is("True") => Readiness::Ready,
        Some(it) if it.is("False") && it.reason != "Installing" => {
            Readiness::failed(format!("it cannot be established{}", quoted(it)))
        }
        _ => Readiness::progressing("it is not established yet"),
    }
}

fn api_service(facts: &Facts<'_>) -> Readiness {
    match facts.condition("Available") {
        Some(it) if it.is("True") => Readiness::Ready,
        Some(it) => Readiness::progressing(format!("it is not available{}", quoted(it))),
        None => Readiness::progressing("it is not available yet"),
    }
}

#[cfg(test)]
mod tests;
