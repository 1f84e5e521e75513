//! Pods, and what troubles their containers.

use crate::yaml::Value;

use super::Readiness;
use super::facts::{Facts, quoted};

pub(super) fn pod(facts: &Facts<'_>) -> Readiness {
    if facts.text(["status", "phase"]) != "Running" {
        return run_to_end(facts);
    }
    match (
        facts.condition("Ready"),
        troubles_of(facts).into_iter().next(),
    ) {
        (Some(it), _) if it.is("True") => Readiness::Ready,
        (_, Some(trouble)) => Readiness::progressing(trouble),
        (Some(it), None) => Readiness::progressing(format!("the pod is not ready{}", quoted(it))),
        (None, None) => Readiness::progressing("the pod is not ready yet"),
    }
}

/// A pod that has to end, and to end well.
pub(super) fn run_to_end(facts: &Facts<'_>) -> Readiness {
    let phase = facts.text(["status", "phase"]);
    let trouble = troubles_of(facts).into_iter().next();
    match (phase, trouble) {
        ("Succeeded", _) => Readiness::Ready,
        ("Failed", trouble) => {
            let message = facts.text(["status", "message"]);
            let why = trouble.unwrap_or_else(|| message.to_owned());
            let why = if why.is_empty() {
                why
            } else {
                format!(": {why}")
            };
            Readiness::failed(format!("the pod failed{why}"))
        }
        (_, Some(trouble)) => Readiness::progressing(trouble),
        ("Running", None) => Readiness::progressing("the pod runs"),
        (_, None) => match facts.condition("PodScheduled").filter(|it| it.is("False")) {
            Some(it) => Readiness::progressing(format!("the pod is not scheduled{}", quoted(it))),
            None => Readiness::progressing("the pod is pending"),
        },
    }
}

/// What troubles the containers of a pod, one sentence for each container that is in trouble: those that cannot start,
/// those that crash, and those that have ended with an error.
pub fn troubles(pod: &Value) -> Vec<String> {
    troubles_of(&Facts::of(pod))
}

fn troubles_of(facts: &Facts<'_>) -> Vec<String> {
    let first = facts.list(["status", "initContainerStatuses"]).iter();
    let all = first.chain(facts.list(["status", "containerStatuses"]));
    all.filter_map(trouble).collect()
}

fn trouble(status: &Value) -> Option<String> {
    let name = status.get("name").and_then(Value::as_str)?;
    let waiting = Facts::of(status.at(["state", "waiting"]).unwrap_or(&Value::Null));
    let reason = waiting.text(["reason"]);
    let ended = status.at(["state", "terminated"]);
    if let Some(ended) = ended {
        return failure(ended).map(|how| format!("container {name} {how}"));
    }
    // These are how every pod begins.
    if matches!(reason, "" | "ContainerCreating" | "PodInitializing") {
        return None;
    }
    let message = waiting.text(["message"]);
    let mut text = format!("container {name}: {reason}");
    if !message.is_empty() {
        text += &format!(": {message}");
    }
    let before = status.at(["lastState", "terminated"]);
    if let Some(how) = before.and_then(failure) {
        text += &format!("; it {how}");
    }
    Some(text)
}

/// How a container ended, if it did not end well: `ended with 1: Error`.
fn failure(ended: &Value) -> Option<String> {
    let ended = Facts::of(ended);
    let code = ended.int_or(["exitCode"], 0);
    if code == 0 {
        return None;
    }
    let mut text = format!("ended with {code}");
    for words in [ended.text(["reason"]), ended.text(["message"])] {
        if !words.is_empty() {
            text += &format!(": {}", words.trim_end());
        }
    }
    Some(text)
}
