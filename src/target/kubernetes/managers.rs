//! Who owns the fields of an object: `metadata.managedFields`.

use crate::yaml::Value;

/// The field managers of an object, first the one that owns most; those that only write a status are left out.
pub(super) fn owners(object: &Value) -> Vec<String> {
    let mut owners: Vec<(usize, &str)> = Vec::new();
    for entry in entries(object) {
        let Some(name) = entry.get("manager").and_then(Value::as_str) else {
            continue;
        };
        if entry.get("subresource").and_then(Value::as_str) == Some("status") {
            continue;
        }
        let fields = entry.get("fieldsV1").map_or(0, leaves);
        match owners.iter_mut().find(|(_, one)| *one == name) {
            Some((sum, _)) => *sum += fields,
            None => owners.push((fields, name)),
        }
    }
    owners.sort_by_key(|(fields, _)| std::cmp::Reverse(*fields));
    owners
        .into_iter()
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// The API version in which a field manager last applied an object; nothing when it never did.
pub(super) fn applied_in<'a>(object: &'a Value, manager: &str) -> Option<&'a str> {
    let text = |entry: &'a Value, key| entry.get(key).and_then(Value::as_str);
    let ours = |entry: &&'a Value| {
        text(entry, "manager") == Some(manager) && text(entry, "operation") == Some("Apply")
    };
    text(entries(object).iter().find(ours)?, "apiVersion")
}

fn entries(object: &Value) -> &[Value] {
    let entries = object.at(["metadata", "managedFields"]);
    entries.and_then(Value::as_list).unwrap_or_default()
}

/// How many fields a set has that have no fields in them.
fn leaves(set: &Value) -> usize {
    match set.as_map() {
        Some(map) if !map.is_empty() => map.values().map(leaves).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{applied_in, owners};
    use crate::yaml::{Value, parse_first};

    fn object() -> Value {
        parse_first(
            "
            metadata:
              managedFields:
              - {manager: kubectl-edit, operation: Update, fieldsV1: {'f:spec': {'f:paused': {}}}}
              - manager: helm
                operation: Apply
                apiVersion: apps/v1beta1
                fieldsV1: {'f:spec': {'f:replicas': {}, 'f:template': {'f:spec': {}}}}
              - manager: kube-controller-manager
                subresource: status
                operation: Update
                fieldsV1: {'f:status': {'f:a': {}, 'f:b': {}, 'f:c': {}}}
            ",
        )
        .unwrap()
    }

    #[test]
    fn who_owns_most_comes_first() {
        assert_eq!(owners(&object()), ["helm", "kubectl-edit"]);
        assert!(owners(&Value::Null).is_empty());
    }

    #[test]
    fn the_version_is_that_of_the_last_apply() {
        assert_eq!(applied_in(&object(), "helm"), Some("apps/v1beta1"));
        assert_eq!(applied_in(&object(), "kubectl-edit"), None);
    }
}
