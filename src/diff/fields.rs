//! Where two objects differ.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::{FieldPath, PathStep};
use crate::yaml::{Map, Value};

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// Where.
    pub path: FieldPath,
    /// What it was; nothing when it was not there.
    pub before: Option<Value>,
    /// What it is; nothing when it is not there.
    pub after: Option<Value>,
}

/// The fields in which two values differ, in the order in which they stand, as deep as possible. Lists of mappings that
/// all have a `name` of their own are compared by name, others by position.
pub fn fields(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare(&mut Vec::new(), Some(before), Some(after), &mut changes);
    changes
}

fn compare(
    path: &mut Vec<PathStep>,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    match (before, after) {
        (Some(Value::Map(before)), Some(Value::Map(after))) => maps(path, before, after, changes),
        (Some(Value::List(before)), Some(Value::List(after))) => {
            lists(path, before, after, changes);
        }
        _ if before == after => {}
        _ => changes.push(FieldChange {
            path: FieldPath(path.clone()),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

fn step(
    path: &mut Vec<PathStep>,
    step: PathStep,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    path.push(step);
    compare(path, before, after, changes);
    path.pop();
}

fn maps(path: &mut Vec<PathStep>, before: &Map, after: &Map, changes: &mut Vec<FieldChange>) {
    for (key, old) in before {
        step(
            path,
            PathStep::Key(key.as_str().into()),
            Some(old),
            after.get(key),
            changes,
        );
    }
    for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        step(
            path,
            PathStep::Key(key.as_str().into()),
            None,
            Some(new),
            changes,
        );
    }
}

fn lists(
    path: &mut Vec<PathStep>,
    before: &[Value],
    after: &[Value],
    changes: &mut Vec<FieldChange>,
) {
    if let (Some(old_names), Some(new_names)) = (names(before), names(after)) {
        let by_name = |name: &str| PathStep::Named(name.into());
        for (name, at) in &old_names {
            let new = new_names
                .iter()
                .find(|(other, _)| other == name)
                .map(|(_, at)| &after[*at]);
            step(path, by_name(name), Some(&before[*at]), new, changes);
        }
        for (name, at) in new_names
            .iter()
            .filter(|(name, _)| old_names.iter().all(|(other, _)| other != name))
        {
            step(path, by_name(name), None, Some(&after[*at]), changes);
        }
        let order = |names: &[(&str, usize)], others: &[(&str, usize)]| -> Vec<String> {
            let shared = names
                .iter()
                .filter(|(name, _)| others.iter().any(|(other, _)| other == name));
            shared.map(|(name, _)| (*name).to_owned()).collect()
        };
        let (old_order, new_order) = (order(&old_names, &new_names), order(&new_names, &old_names));
        if old_order != new_order {
            let as_list =
                |names: Vec<String>| Value::List(names.into_iter().map(Value::from).collect());
            path.push(PathStep::Key("(order)".into()));
            changes.push(FieldChange {
                path: FieldPath(path.clone()),
                before: Some(as_list(old_order)),
                after: Some(as_list(new_order)),
            });
            path.pop();
        }
        return;
    }
    for at in 0..before.len().max(after.len()) {
        step(
            path,
            PathStep::Index(at),
            before.get(at),
            after.get(at),
            changes,
        );
    }
}

/// The names of a list's elements with their positions, when each element is a mapping with a name of its own.
fn names(list: &[Value]) -> Option<Vec<(&str, usize)>> {
    let mut seen = HashMap::new();
    let mut names = Vec::with_capacity(list.len());
    for (at, element) in list.iter().enumerate() {
        let name = element.get("name")?.as_str()?;
        if seen.insert(name, at).is_some() {
            return None;
        }
        names.push((name, at));
    }
    (!names.is_empty()).then_some(names)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(json: &str) -> Value {
        serde_json::from_str::<serde_json::Value>(json)
            .expect("json")
            .into()
    }

    fn told(before: &str, after: &str) -> Vec<String> {
        let show = |value: &Option<Value>| {
            value.as_ref().map_or_else(
                || "-".to_owned(),
                |value| serde_json::to_string(value).expect("json"),
            )
        };
        let changes = fields(&value(before), &value(after));
        changes
            .iter()
            .map(|change| {
                format!(
                    "{}: {} -> {}",
                    change.path,
                    show(&change.before),
                    show(&change.after)
                )
            })
            .collect()
    }

    #[test]
    fn fields_are_told_as_deep_as_possible() {
        assert_eq!(
            told(r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"b":1,"c":3,"d":4}}"#),
            ["a.c: 2 -> 3", "a.d: - -> 4"]
        );
        assert_eq!(
            told(r#"{"a":[1,2,3]}"#, r#"{"a":[1,3]}"#),
            ["a[1]: 2 -> 3", "a[2]: 3 -> -"]
        );
        assert_eq!(
            told(r#"{"a":{"b":1}}"#, r#"{"a":5}"#),
            [r#"a: {"b":1} -> 5"#]
        );
    }

    #[test]
    fn named_elements_are_compared_by_name() {
        let before = r#"{"c":[{"name":"a","v":1},{"name":"b","v":1}]}"#;
        assert_eq!(
            told(before, r#"{"c":[{"name":"b","v":2}]}"#),
            [
                r#"c[name=a]: {"name":"a","v":1} -> -"#,
                "c[name=b].v: 1 -> 2"
            ]
        );
        assert_eq!(
            told(before, r#"{"c":[{"name":"b","v":1},{"name":"a","v":1}]}"#),
            [r#"c.(order): ["a","b"] -> ["b","a"]"#]
        );
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (0i64..3).prop_map(Value::Int),
            "[a-c]{0,2}".prop_map(Value::String),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                prop::collection::vec(("[a-c]|name", inner), 0..4)
                    .prop_map(|entries| Value::Map(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_change_means_equal(a in any_value(), b in any_value()) {
            prop_assert_eq!(fields(&a, &b).is_empty(), a == b);
            prop_assert!(fields(&a, &a).is_empty());
        }
    }
}
