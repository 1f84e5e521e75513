//! What annotations say of an object: whether it is a hook of Helm, and whether it stays.

use crate::model::HookEvent;
use crate::yaml::Value;

/// The annotation that makes an object a hook.
pub const ANNOTATION: &str = "helm.sh/hook";

/// Helm's annotation by which an object stays when its release goes.
const POLICY: &str = "helm.sh/resource-policy";

/// Our own, for what no chart renders: `"true"` or `"false"`.
const KEEP: &str = "stratiform/keep";

/// Whether an object says that it stays when nothing wants it any more, to Helm or to us.
pub fn is_kept(object: &Value) -> bool {
    let annotation = |name| object.at(["metadata", "annotations", name]);
    let policy = annotation(POLICY).and_then(Value::as_str);
    policy.is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
        || annotation(KEEP).and_then(Value::as_str) == Some("true")
}

/// What is wrong with our own annotation on an object: whoever writes it counts on it.
pub fn wrong_mark(object: &Value) -> Option<String> {
    let mark = object.at(["metadata", "annotations", KEEP])?;
    let known = matches!(mark.as_str(), Some("true" | "false"));
    (!known).then(|| format!("its annotation `{KEEP}` must be the text \"true\" or \"false\""))
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
