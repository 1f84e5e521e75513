//! One form for objects, so that equal ones are equal texts.

use crate::yaml::{Map, Value};

/// `apiVersion`, `kind` and `metadata` first, in it `name` and `namespace`; all other keys sorted, at every depth.
pub fn arrange(object: Map) -> Value {
    ordered(
        object,
        |key, value| match (key, value) {
            ("metadata", Value::Map(metadata)) => {
                ordered(metadata, |_, value| sorted(value), &["name", "namespace"])
            }
            (_, value) => sorted(value),
        },
        &["apiVersion", "kind", "metadata"],
    )
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Map(map) => ordered(map, |_, value| sorted(value), &[]),
        Value::List(list) => Value::List(list.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn ordered(map: Map, inside: impl Fn(&str, Value) -> Value, first: &[&str]) -> Value {
    let mut entries: Vec<(String, Value)> = map.into_iter().collect();
    let rank = |key: &str| {
        let place = first.iter().position(|first| *first == key);
        place.unwrap_or(first.len())
    };
    entries.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
    let arranged = entries.into_iter().map(|(key, value)| {
        let value = inside(&key, value);
        (key, value)
    });
    Value::Map(arranged.collect())
}
