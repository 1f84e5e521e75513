//! What a server keeps of an object for itself.

use crate::yaml::Value;

/// Fields of `metadata` that only the server writes.
const OWN: [&str; 7] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Where kubectl keeps a copy of what it was given, secrets included.
const COPY: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object without what the server keeps for itself, whoever wrote something there: `status`, and what only the server
/// writes into `metadata`. Manifests that tools generate often have some of it.
#[must_use]
pub fn bare(mut object: Value) -> Value {
    if let Some(map) = object.as_map_mut() {
        map.shift_remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            OWN.iter().for_each(|own| drop(metadata.shift_remove(*own)));
        }
    }
    object
}

/// The same without the copy of the object that kubectl keeps in an annotation, for people to see.
#[must_use]
pub fn presentable(object: Value) -> Value {
    let mut object = bare(object);
    let metadata = object
        .as_map_mut()
        .and_then(|map| map.get_mut("metadata")?.as_map_mut());
    if let Some(metadata) = metadata {
        let annotations = metadata.get_mut("annotations").and_then(Value::as_map_mut);
        let empty = annotations.is_some_and(|annotations| {
            annotations.shift_remove(COPY).is_some() && annotations.is_empty()
        });
        if empty {
            metadata.shift_remove("annotations");
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_server_s_goes() {
        let value = |text| crate::yaml::parse(text).expect("YAML").remove(0);
        let object = "{kind: A, metadata: {name: a, uid: b, creationTimestamp: null, annotations: \
             {kubectl.kubernetes.io/last-applied-configuration: '{}'}}, spec: {status: x}, status: {a: b}}";
        assert_eq!(
            presentable(value(object)),
            value("{kind: A, metadata: {name: a}, spec: {status: x}}")
        );
        assert!(
            bare(value(object))
                .at(["metadata", "annotations"])
                .is_some()
        );
    }
}
