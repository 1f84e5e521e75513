//! What Helm's annotations say of an object: whether it is a hook, and whether it stays.

use crate::model::HookEvent;
use crate::yaml::Value;

/// The annotation that makes an object a hook.
pub const ANNOTATION: &str = "helm.sh/hook";

/// The annotation by which an object stays when its release goes.
const POLICY: &str = "helm.sh/resource-policy";

/// Whether an object says that it stays when nothing wants it any more.
pub fn is_kept(object: &Value) -> bool {
    let policy = object.at(["metadata", "annotations", POLICY]);
    let policy = policy.and_then(Value::as_str).unwrap_or_default();
    policy.trim().eq_ignore_ascii_case("keep")
}

/// The events that an annotation names.
///
/// # Errors
/// The first word that names none. Helm drops such an object without a word.
pub fn events(annotation: &str) -> Result<Vec<HookEvent>, String> {
    let mut events = Vec::new();
    for word in annotation.split(',') {
        let word = word.trim().to_ascii_lowercase();
        let event = match word.as_str() {
            "pre-install" => HookEvent::PreInstall,
            "post-install" => HookEvent::PostInstall,
            "pre-delete" => HookEvent::PreDelete,
            "post-delete" => HookEvent::PostDelete,
            "pre-upgrade" => HookEvent::PreUpgrade,
            "post-upgrade" => HookEvent::PostUpgrade,
            "pre-rollback" => HookEvent::PreRollback,
            "post-rollback" => HookEvent::PostRollback,
            "test" | "test-success" => HookEvent::Test,
            _ => return Err(word),
        };
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}
