//! Fields that are left to others.

use std::borrow::Cow;

use crate::model::{IgnoreFields, ObjectKey, PathStep};
use crate::yaml::{Map, Value};

fn paths<'a>(
    object: &'a ObjectKey,
    rules: &'a [IgnoreFields],
) -> impl Iterator<Item = &'a [PathStep]> {
    let applying = rules.iter().filter(move |rule| rule.applies_to(object));
    applying
        .flat_map(|rule| &rule.paths)
        .map(|path| path.0.as_slice())
}

/// The object without the fields that are left to others.
pub fn without<'a>(value: &'a Value, object: &ObjectKey, rules: &[IgnoreFields]) -> Cow<'a, Value> {
    let mut value = Cow::Borrowed(value);
    for path in paths(object, rules) {
        remove(value.to_mut(), path);
    }
    value
}

/// The desired object, with the fields that are left to others as they are on the target: there with the observed
/// value, and away when they are away.
#[must_use]
pub fn keep_theirs(
    desired: &Value,
    observed: &Value,
    object: &ObjectKey,
    rules: &[IgnoreFields],
) -> Value {
    let mut merged = desired.clone();
    for path in paths(object, rules) {
        copy(&mut merged, observed, path);
    }
    merged
}

fn is_named(element: &Value, name: &str) -> bool {
    element.get("name").and_then(Value::as_str) == Some(name)
}

fn remove(value: &mut Value, path: &[PathStep]) {
    let Some((step, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        match (step, value) {
            (PathStep::Key(key), Value::Map(map)) => drop(map.shift_remove(&**key)),
            (PathStep::Index(at), Value::List(list)) if *at < list.len() => drop(list.remove(*at)),
            (PathStep::Named(name), Value::List(list)) => {
                list.retain(|inner| !is_named(inner, name))
            }
            (PathStep::Any, Value::Map(map)) => map.clear(),
            (PathStep::Any, Value::List(list)) => list.clear(),
            _ => {}
        }
        return;
    }
    match (step, value) {
        (PathStep::Key(key), Value::Map(map)) => {
            if let Some(inner) = map.get_mut(&**key) {
                remove(inner, rest);
            }
        }
        (PathStep::Index(at), Value::List(list)) => {
            if let Some(inner) = list.get_mut(*at) {
                remove(inner, rest);
            }
        }
        (PathStep::Named(name), Value::List(list)) => {
            list.iter_mut()
                .filter(|inner| is_named(inner, name))
                .for_each(|inner| remove(inner, rest));
        }
        (PathStep::Any, Value::Map(map)) => map.values_mut().for_each(|inner| remove(inner, rest)),
        (PathStep::Any, Value::List(list)) => list.iter_mut().for_each(|inner| remove(inner, rest)),
        _ => {}
    }
}

fn copy(desired: &mut Value, observed: &Value, path: &[PathStep]) {
    let Some((step, rest)) = path.split_first() else {
        return;
    };
    match (step, desired, observed) {
        (PathStep::Key(key), Value::Map(desired), observed) => {
            let theirs = observed.get(key);
            match (theirs, desired.get_mut(&**key)) {
                (Some(theirs), _) if rest.is_empty() => {
                    drop(desired.insert(key.to_string(), theirs.clone()))
                }
                (None, Some(_)) if rest.is_empty() => drop(desired.shift_remove(&**key)),
                (Some(theirs), Some(ours)) => copy(ours, theirs, rest),
                (Some(theirs @ Value::Map(_)), None) => {
                    // The field stands in a mapping that we do not render at all.
                    let mut made = Value::Map(Map::default());
                    copy(&mut made, theirs, rest);
                    if made.as_map().is_some_and(|map| !map.is_empty()) {
                        desired.insert(key.to_string(), made);
                    }
                }
                _ => {}
            }
        }
        (PathStep::Index(at), Value::List(desired), Value::List(observed)) => {
            match (desired.get_mut(*at), observed.get(*at)) {
                (Some(ours), Some(theirs)) if rest.is_empty() => *ours = theirs.clone(),
                (Some(ours), Some(theirs)) => copy(ours, theirs, rest),
                _ => {}
            }
        }
        (PathStep::Named(name), Value::List(desired), Value::List(observed)) => {
            let ours = desired.iter_mut().find(|inner| is_named(inner, name));
            match (ours, observed.iter().find(|inner| is_named(inner, name))) {
                (Some(ours), Some(theirs)) if rest.is_empty() => *ours = theirs.clone(),
                (Some(ours), Some(theirs)) => copy(ours, theirs, rest),
                _ => {}
            }
        }
        (PathStep::Any, Value::Map(desired), Value::Map(observed)) => {
            if rest.is_empty() {
                *desired = observed.clone();
                return;
            }
            for (key, ours) in desired.iter_mut() {
                if let Some(theirs) = observed.get(key) {
                    copy(ours, theirs, rest);
                }
            }
        }
        (PathStep::Any, Value::List(desired), Value::List(observed)) => {
            if rest.is_empty() {
                desired.clone_from(observed);
                return;
            }
            for (ours, theirs) in desired.iter_mut().zip(observed) {
                copy(ours, theirs, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        serde_json::from_str::<serde_json::Value>(json)
            .expect("json")
            .into()
    }

    fn rules(paths: &[&str]) -> Vec<IgnoreFields> {
        let paths = paths
            .iter()
            .map(|path| path.parse().expect("a path"))
            .collect();
        vec![IgnoreFields {
            kind: Some("Deployment".into()),
            name: None,
            paths,
        }]
    }

    #[test]
    fn theirs_stay_and_do_not_count() {
        let object = ObjectKey::new("apps", "Deployment", "web", "front");
        let table = [
            // path, desired, observed, merged
            (
                "spec.replicas",
                r#"{"spec":{"replicas":3,"a":1}}"#,
                r#"{"spec":{"replicas":7,"a":2}}"#,
                r#"{"spec":{"replicas":7,"a":1}}"#,
            ),
            (
                "spec.replicas",
                r#"{"spec":{"replicas":3}}"#,
                r#"{"spec":{}}"#,
                r#"{"spec":{}}"#,
            ),
            (
                "metadata.annotations[\"a.b/c\"]",
                r#"{"metadata":{}}"#,
                r#"{"metadata":{"annotations":{"a.b/c":"x","d":"y"}}}"#,
                r#"{"metadata":{"annotations":{"a.b/c":"x"}}}"#,
            ),
            (
                "c[*].image",
                r#"{"c":[{"image":"a"},{"image":"b"}]}"#,
                r#"{"c":[{"image":"z"}]}"#,
                r#"{"c":[{"image":"z"},{"image":"b"}]}"#,
            ),
        ];
        for (path, desired, observed, merged) in table {
            let rules = rules(&[path]);
            assert_eq!(
                keep_theirs(&value(desired), &value(observed), &object, &rules),
                value(merged),
                "{path}"
            );
            let other = ObjectKey::new("", "Service", "web", "front");
            assert_eq!(
                keep_theirs(&value(desired), &value(observed), &other, &rules),
                value(desired),
                "{path}"
            );
        }
        let (a, b) = (
            value(r#"{"spec":{"replicas":3,"a":1}}"#),
            value(r#"{"spec":{"replicas":4,"a":1}}"#),
        );
        let rules = rules(&["spec.replicas"]);
        assert_eq!(without(&a, &object, &rules), without(&b, &object, &rules));
        assert_ne!(without(&a, &object, &[]), without(&b, &object, &[]));
    }
}
