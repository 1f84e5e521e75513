//! What a server keeps of an object for itself.

use crate::yaml::{Map, Value};

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
    in_order(object)
}

/// Lists of servers leave out what their objects are, so that it does not stand where it usually does.
fn in_order(object: Value) -> Value {
    let Value::Map(mut rest) = object else {
        return object;
    };
    let mut ordered = Map::default();
    for first in ["apiVersion", "kind", "metadata"] {
        if let Some(value) = rest.shift_remove(first) {
            ordered.insert(first.to_owned(), value);
        }
    }
    ordered.extend(rest);
    Value::Map(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_object_is_comes_first() {
        let object = crate::yaml::parse("{spec: {a: b}, metadata: {name: a}, kind: A}");
        let object = presentable(object.expect("YAML").remove(0));
        assert_eq!(
            crate::yaml::write_ordered(&object),
            "kind: A\nmetadata:\n  name: a\nspec:\n  a: b\n"
        );
    }

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
