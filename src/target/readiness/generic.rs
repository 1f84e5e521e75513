//! What objects of any kind tell: whether their latest form was looked at, and the conditions that many have.

use super::Readiness;
use super::facts::{Facts, quoted};

/// Waits until the controller has looked at the latest form of an object, where it says so.
pub(super) fn observed(facts: &Facts<'_>) -> Option<Readiness> {
    let generation = facts.int(["metadata", "generation"])?;
    let observed = facts.int(["status", "observedGeneration"])?;
    (observed < generation)
        .then(|| Readiness::progressing("its controller has not looked at its latest change yet"))
}

/// What the conditions made for this purpose say, whatever the kind.
pub(super) fn told(facts: &Facts<'_>) -> Option<Readiness> {
    if let Some(it) = facts.condition("Reconciling").filter(|it| it.is("True")) {
        return Some(Readiness::progressing(format!(
            "it is being reconciled{}",
            quoted(it)
        )));
    }
    let stalled = facts.condition("Stalled").filter(|it| it.is("True"))?;
    Some(Readiness::failed(format!(
        "it is stalled{}",
        quoted(stalled)
    )))
}

/// What `Ready`, or else `Available`, says of an object of a kind that we do not know. One that says neither is ready.
pub(super) fn by_condition(facts: &Facts<'_>) -> Readiness {
    let word = |kind, adjective| facts.condition(kind).map(|it| (it, adjective));
    match word("Ready", "ready").or_else(|| word("Available", "available")) {
        Some((it, adjective)) if !it.is("True") => {
            Readiness::progressing(format!("it is not {adjective}{}", quoted(it)))
        }
        _ => Readiness::Ready,
    }
}
