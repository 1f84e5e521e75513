//! Controllers of pods: Deployments, StatefulSets, DaemonSets, ReplicaSets.

use super::Readiness;
use super::facts::{Facts, quoted};

/// Fewer than wanted is progress; the first such shortage is told.
fn shortage(counts: &[(i64, i64, &str)]) -> Option<Readiness> {
    let short = counts.iter().find(|(have, want, _)| have < want)?;
    let (have, want, what) = *short;
    let nouns = if want == 1 {
        "replica is"
    } else {
        "replicas are"
    };
    Some(Readiness::progressing(format!(
        "{have} of {want} {nouns} {what}"
    )))
}

/// More than wanted: old ones are still there.
fn surplus(have: i64, want: i64) -> Option<Readiness> {
    let nouns = if have - want == 1 {
        "replica has"
    } else {
        "replicas have"
    };
    (have > want).then(|| Readiness::progressing(format!("{} old {nouns} to go", have - want)))
}

pub(super) fn deployment(facts: &Facts<'_>) -> Readiness {
    if facts.flag(["spec", "paused"]) {
        return Readiness::Ready;
    }
    let progress = facts.condition("Progressing");
    if let Some(it) = progress.filter(|it| it.reason == "ProgressDeadlineExceeded") {
        return Readiness::failed(format!("its progress deadline is exceeded{}", quoted(it)));
    }
    let count = |key| facts.int_or(["status", key], 0);
    let want = facts.int_or(["spec", "replicas"], 1);
    let (have, updated) = (count("replicas"), count("updatedReplicas"));
    let short = shortage(&[(have, want, "there"), (updated, want, "updated")])
        .or_else(|| surplus(have, want))
        .or_else(|| {
            shortage(&[
                (count("availableReplicas"), updated, "available"),
                (count("readyReplicas"), want, "ready"),
            ])
        });
    if let Some(short) = short {
        return short;
    }
    // Without a deadline, which this number means, the controller does not say whether it makes progress.
    let deadline = facts.int_or(["spec", "progressDeadlineSeconds"], i64::from(i32::MAX));
    let unlimited = deadline == i64::from(i32::MAX);
    if !unlimited
        && !progress.is_some_and(|it| it.is("True") && it.reason == "NewReplicaSetAvailable")
    {
        return Readiness::progressing("its new ReplicaSet is not available yet");
    }
    match facts.condition("Available") {
        Some(it) if it.is("True") => Readiness::Ready,
        Some(it) => Readiness::progressing(format!("it is not available{}", quoted(it))),
        None => Readiness::progressing("it is not available yet"),
    }
}

pub(super) fn stateful_set(facts: &Facts<'_>) -> Readiness {
    // Its pods are replaced when somebody deletes them.
    if facts.text(["spec", "updateStrategy", "type"]) == "OnDelete" {
        return Readiness::Ready;
    }
    let count = |key| facts.int_or(["status", key], 0);
    let want = facts.int_or(["spec", "replicas"], 1);
    let have = count("replicas");
    let short = shortage(&[
        (have, want, "there"),
        (count("readyReplicas"), want, "ready"),
    ])
    .or_else(|| surplus(have, want));
    if let Some(short) = short {
        return short;
    }
    let partition = facts.int(["spec", "updateStrategy", "rollingUpdate", "partition"]);
    // The server fills in 0, which parts nothing.
    if let Some(partition) = partition.filter(|partition| *partition > 0) {
        let above = (want - partition).max(0);
        let short = shortage(&[(
            count("updatedReplicas"),
            above,
            "updated above the partition",
        )]);
        return short.unwrap_or(Readiness::Ready);
    }
    let revision = |key| facts.text(["status", key]);
    if revision("currentRevision") != revision("updateRevision") {
        let short = shortage(&[(count("updatedReplicas"), want, "updated")]);
        return short.unwrap_or_else(|| {
            Readiness::progressing("its new revision is not the current one yet")
        });
    }
    Readiness::Ready
}

pub(super) fn daemon_set(facts: &Facts<'_>) -> Readiness {
    let known = facts.int(["status", "observedGeneration"]);
    let Some(want) = facts
        .int(["status", "desiredNumberScheduled"])
        .filter(|_| known.is_some())
    else {
        return Readiness::progressing("its controller has not looked at it yet");
    };
    if facts.text(["spec", "updateStrategy", "type"]) == "OnDelete" {
        return Readiness::Ready;
    }
    let count = |key| facts.int_or(["status", key], 0);
    let short = shortage(&[
        (count("currentNumberScheduled"), want, "scheduled"),
        (count("updatedNumberScheduled"), want, "updated"),
        (count("numberAvailable"), want, "available"),
        (count("numberReady"), want, "ready"),
    ]);
    short.unwrap_or(Readiness::Ready)
}

pub(super) fn replica_set(facts: &Facts<'_>) -> Readiness {
    if let Some(it) = facts.condition("ReplicaFailure").filter(|it| it.is("True")) {
        return Readiness::progressing(format!("it cannot make its pods{}", quoted(it)));
    }
    let count = |key| facts.int_or(["status", key], 0);
    let want = facts.int_or(["spec", "replicas"], 1);
    shortage(&[
        (count("fullyLabeledReplicas"), want, "labelled"),
        (count("availableReplicas"), want, "available"),
        (count("readyReplicas"), want, "ready"),
    ])
    .or_else(|| surplus(count("replicas"), want))
    .unwrap_or(Readiness::Ready)
}
