//! PersistentVolumeClaims.

use crate::yaml::Value;

use super::Readiness;
use super::facts::Facts;

pub(super) fn claim(facts: &Facts<'_>) -> Readiness {
    match facts.text(["status", "phase"]) {
        "Bound" => Readiness::Ready,
        "Lost" => Readiness::failed("its volume is lost"),
        _ => Readiness::progressing("it is not bound to a volume"),
    }
}

/// Whether a claim is not bound because its class waits for the first pod that uses it, and no such pod has been scheduled:
/// the claim alone does not tell. `class` is the StorageClass that it names, or the default one.
pub fn awaits_consumer(claim: &Value, class: &Value) -> bool {
    let mode = class.get("volumeBindingMode").and_then(Value::as_str);
    let node = "volume.kubernetes.io/selected-node";
    mode == Some("WaitForFirstConsumer")
        && claim.at(["metadata", "annotations", node]).is_none()
        && claim.at(["status", "phase"]).and_then(Value::as_str) == Some("Pending")
}
