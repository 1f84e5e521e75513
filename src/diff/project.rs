//! An object on a server, reduced to the fields that somebody speaks of.
//!
//! A server holds more than it was given: defaults, what webhooks add, what other field managers own, its own status. None
//! of that says anything about what we wrote. So a live object is reduced to the fields of another one, its *shape*, before
//! the two are compared.
//!
//! Lists are merged by Kubernetes in three ways, as the structural schema of each says: by keys, as sets, or not at all.
//! The schema is not at hand here, but `metadata.managedFields` tells of every field that anybody owns which way it is
//! (FieldsV1: `k:` by keys, `v:` as a set, `{}` as a whole). Where nobody owns it, the keys that Kubernetes' own types have
//! are tried.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::yaml::{Map, Value, to_json};

use super::mask::is_secret;

/// The live object with nothing but the fields of the shape; where they differ in kind, what is live. What a Secret's
/// `stringData` says is looked for in the live `data`, where servers keep it.
#[must_use]
pub fn project(live: &Value, shape: &Value) -> Value {
    let mut projected = reduce(live, shape, "", &Sets::of(live));
    if is_secret(live)
        && let (Some(texts), Some(map)) = (
            shape.get("stringData").and_then(Value::as_map),
            projected.as_map_mut(),
        )
    {
        map.insert("stringData".to_owned(), Value::Map(decoded(live, texts)));
    }
    projected
}

/// The texts of a live Secret's data under these names; what is no text stays as it is.
fn decoded(live: &Value, texts: &Map) -> Map {
    let text = |name: &String| {
        let value = live.get("data")?.get(name)?;
        let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        Some((
            name.clone(),
            text.map_or_else(|| value.clone(), Value::from),
        ))
    };
    texts.keys().filter_map(text).collect()
}

/// A shape with the fields of both; where both have a value, the first one's.
#[must_use]
pub fn merge_shapes(first: &Value, second: &Value) -> Value {
    merge("", first, second)
}

fn merge(field: &str, first: &Value, second: &Value) -> Value {
    match (first, second) {
        (Value::Map(one), Value::Map(other)) => {
            let mut merged = one.clone();
            for (name, value) in other {
                let both = merged.get(name).map(|ours| merge(name, ours, value));
                merged.insert(name.clone(), both.unwrap_or_else(|| value.clone()));
            }
            Value::Map(merged)
        }
        (Value::List(one), Value::List(other)) => Value::List(merge_lists(field, one, other)),
        _ => first.clone(),
    }
}

fn merge_lists(field: &str, one: &[Value], other: &[Value]) -> Vec<Value> {
    let mut merged = one.to_vec();
    match usual(field, one, other) {
        Lists::Set => {
            let new = other.iter().filter(|value| !one.contains(value));
            merged.extend(new.cloned());
        }
        Lists::Keyed(keys) => {
            let mut taken = vec![false; one.len()];
            for value in other {
                match counterpart(value, one, &keys, &mut taken) {
                    Some(at) => merged[at] = merge("", &one[at], value),
                    None => merged.push(value.clone()),
                }
            }
        }
        Lists::Positions => {
            for (at, value) in other.iter().enumerate() {
                match one.get(at) {
                    Some(ours) => merged[at] = merge("", ours, value),
                    None => merged.push(value.clone()),
                }
            }
        }
        Lists::Whole => {}
    }
    merged
}

fn reduce(live: &Value, shape: &Value, field: &str, sets: &Sets<'_>) -> Value {
    match (live, shape) {
        (Value::Map(live), Value::Map(shape)) => {
            if sets.is_whole() && !shape.is_empty() {
                return Value::Map(live.clone());
            }
            let one = |(name, shape): (&String, &Value)| {
                let live = live.get(name)?;
                let reduced = match (live, shape) {
                    // Only what is deeper needs to know who owns it.
                    (Value::Map(_) | Value::List(_), Value::Map(_) | Value::List(_)) => {
                        reduce(live, shape, name, &sets.field(name))
                    }
                    _ => live.clone(),
                };
                Some((name.clone(), reduced))
            };
            Value::Map(shape.iter().filter_map(one).collect())
        }
        (Value::List(live), Value::List(shape)) => {
            let lists = sets.lists().unwrap_or_else(|| usual(field, shape, live));
            Value::List(reduce_list(live, shape, &lists, sets))
        }
        _ => live.clone(),
    }
}

fn reduce_list(live: &[Value], shape: &[Value], lists: &Lists, sets: &Sets<'_>) -> Vec<Value> {
    match lists {
        Lists::Whole => live.to_vec(),
        Lists::Set => {
            let there = shape.iter().filter(|value| live.contains(value));
            there.cloned().collect()
        }
        Lists::Positions => {
            let one = |(at, live): (usize, &Value)| match shape.get(at) {
                Some(shape) => reduce(live, shape, "", &Sets::default()),
                None => live.clone(),
            };
            live.iter().enumerate().map(one).collect()
        }
        Lists::Keyed(keys) => {
            let mut taken = vec![false; live.len()];
            let one = |shape: &Value| {
                let live = &live[counterpart(shape, live, keys, &mut taken)?];
                Some(reduce(live, shape, "", &sets.element(live, keys)))
            };
            shape.iter().filter_map(one).collect()
        }
    }
}

/// How the elements of a list are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Lists {
    /// By these fields of theirs.
    Keyed(Vec<String>),
    /// By their values.
    Set,
    /// By where they stand.
    Positions,
    /// Not at all.
    Whole,
}

/// The element with the keys of another one, which no other one has taken. A key that the other one does not have is one
/// that the server gave a default.
fn counterpart(
    shape: &Value,
    among: &[Value],
    keys: &[String],
    taken: &mut [bool],
) -> Option<usize> {
    let fits = |other: &Value| {
        let mut known = keys
            .iter()
            .filter_map(|key| shape.get(key).map(|value| (key, value)));
        let any = known.clone().next().is_some();
        any && known.all(|(key, value)| other.get(key) == Some(value))
    };
    let at = (0..among.len()).find(|at| !taken[*at] && fits(&among[*at]))?;
    taken[at] = true;
    Some(at)
}

/// How lists of this name are merged by Kubernetes' own types, for lists that nobody owns.
fn usual(field: &str, one: &[Value], other: &[Value]) -> Lists {
    let all = || one.iter().chain(other);
    if !all().all(|value| value.as_map().is_some()) {
        return match field {
            "finalizers" => Lists::Set,
            _ => Lists::Whole,
        };
    }
    let candidates: &[&[&str]] = match field {
        "ports" => &[&["containerPort", "protocol"], &["port", "protocol"]],
        "topologySpreadConstraints" => &[&["topologyKey", "whenUnsatisfiable"]],
        "conditions" => &[&["type"]],
        "hostAliases" => &[&["ip"]],
        "ownerReferences" => &[&["uid"]],
        "volumeMounts" => &[&["mountPath"]],
        "volumeDevices" => &[&["devicePath"]],
        "matchExpressions" | "matchFields" | "tolerations" | "rules" | "items" => &[],
        _ => &[
            &["name"],
            &["key"],
            &["type"],
            &["topologyKey"],
            &["mountPath"],
            &["devicePath"],
            &["ip"],
            &["uid"],
        ],
    };
    let tells = |keys: &&&[&str]| is_told_by(one, keys) && is_told_by(other, keys);
    candidates
        .iter()
        .find(tells)
        .map_or(Lists::Positions, |keys| {
            Lists::Keyed(keys.iter().map(|key| (*key).to_owned()).collect())
        })
}

/// Whether each element has the first of the keys, and no two have the same.
fn is_told_by(list: &[Value], keys: &[&str]) -> bool {
    let mut known = std::collections::HashSet::with_capacity(list.len());
    list.iter().all(|value| {
        let has = keys.first().and_then(|key| value.get(key)).is_some();
        let all: Vec<String> = keys
            .iter()
            .map(|key| value.get(key).map_or_else(String::new, to_json))
            .collect();
        has && known.insert(all)
    })
}

/// What field managers own at one place: the field sets (FieldsV1) of all that own something there.
#[derive(Clone, Debug, Default)]
struct Sets<'a>(Vec<&'a Map>);

impl<'a> Sets<'a> {
    fn of(live: &'a Value) -> Self {
        let entries = live
            .at(["metadata", "managedFields"])
            .and_then(Value::as_list);
        let sets = entries.into_iter().flatten();
        Self(
            sets.filter_map(|entry| entry.get("fieldsV1")?.as_map())
                .collect(),
        )
    }

    fn child(&self, key: &str) -> Self {
        let below = self.0.iter().filter_map(|set| set.get(key)?.as_map());
        Self(below.collect())
    }

    fn field(&self, name: &str) -> Self {
        if self.0.is_empty() {
            return Self::default();
        }
        self.child(&format!("f:{name}"))
    }

    fn element(&self, value: &Value, keys: &[String]) -> Self {
        if self.0.is_empty() {
            return Self::default();
        }
        let known = keys.iter().filter_map(|key| {
            let value = to_json(value.get(key)?);
            Some(format!("{}:{value}", to_json(&Value::from(key.as_str()))))
        });
        self.child(&format!("k:{{{}}}", known.collect::<Vec<_>>().join(",")))
    }

    /// Whether all that is here is owned as one.
    fn is_whole(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|set| set.is_empty())
    }

    /// How a list is merged; nothing when nobody owns anything of it.
    fn lists(&self) -> Option<Lists> {
        if self.is_whole() {
            return Some(Lists::Whole);
        }
        let mut entries = self.0.iter().flat_map(|set| set.keys());
        entries.find_map(|entry| match entry.split_at_checked(2)? {
            ("k:", keys) => {
                let keys: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_str(keys).ok()?;
                let mut keys: Vec<String> = keys.into_iter().map(|(key, _)| key).collect();
                keys.sort_unstable();
                Some(Lists::Keyed(keys))
            }
            ("v:", _) => Some(Lists::Set),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str) -> Value {
        let mut all = crate::yaml::parse(text).expect("YAML");
        all.pop().expect("a document")
    }

    #[test]
    fn what_others_have_put_there_does_not_count() {
        let table = [
            // live, shape, projected
            ("{a: 1, status: {b: 2}}", "{a: 5}", "{a: 1}"),
            ("{a: {b: 1, c: 2}}", "{a: {b: 0}, d: 4}", "{a: {b: 1}}"),
            ("{a: text}", "{a: {b: 0}}", "{a: text}"),
            ("{a: {b: 1}}", "{a: {}}", "{a: {}}"),
            // By name, whatever else stands there and in whatever order.
            (
                "{containers: [{name: proxy, image: p}, {name: web, image: x, policy: Always}]}",
                "{containers: [{name: web, image: y}]}",
                "{containers: [{name: web, image: x}]}",
            ),
            // A protocol that the server gave.
            (
                "{ports: [{containerPort: 53, protocol: UDP}, {containerPort: 80, protocol: TCP, name: a}]}",
                "{ports: [{containerPort: 80, name: b}]}",
                "{ports: [{containerPort: 80, name: a}]}",
            ),
            (
                "{ports: [{port: 80, protocol: UDP}, {port: 80, protocol: TCP, nodePort: 3}]}",
                "{ports: [{port: 80, protocol: TCP}]}",
                "{ports: [{port: 80, protocol: TCP}]}",
            ),
            (
                "{volumeMounts: [{mountPath: /b, name: x}, {mountPath: /a, name: x, readOnly: true}]}",
                "{volumeMounts: [{mountPath: /a, name: x}]}",
                "{volumeMounts: [{mountPath: /a, name: x}]}",
            ),
            // Names that are there twice say nothing.
            (
                "{env: [{name: a, value: '1', b: c}, {name: a, value: '2'}, {name: d}]}",
                "{env: [{name: a, value: '1'}, {name: a, value: '2'}]}",
                "{env: [{name: a, value: '1'}, {name: a, value: '2'}, {name: d}]}",
            ),
            ("{args: [a, b, c]}", "{args: [a, c]}", "{args: [a, b, c]}"),
            (
                "{finalizers: [a, b]}",
                "{finalizers: [b]}",
                "{finalizers: [b]}",
            ),
            (
                "{tolerations: [{key: a, x: 1}, {key: b}]}",
                "{tolerations: [{key: a}]}",
                "{tolerations: [{key: a}, {key: b}]}",
            ),
        ];
        for (live, shape, expected) in table {
            assert_eq!(
                project(&value(live), &value(shape)),
                value(expected),
                "{live} by {shape}"
            );
        }
    }

    #[test]
    fn managed_fields_tell_how_lists_and_mappings_are_merged() {
        let live = |sets: &str| {
            value(&format!(
                "{{metadata: {{managedFields: [{{fieldsV1: {sets}}}]}}, list: [{{name: a, x: 1, y: 2}}, {{name: b}}], \
                 set: [p, q], map: {{a: 1, b: 2}}}}"
            ))
        };
        let shape = value("{list: [{name: a, x: 0}], set: [q], map: {a: 0}}");
        let keyed = r#"{"f:list": {'k:{"name":"a"}': {"f:x": {}}}, "f:set": {'v:"q"': {}}, "f:map": {"f:a": {}}}"#;
        assert_eq!(
            project(&live(keyed), &shape),
            value("{list: [{name: a, x: 1}], set: [q], map: {a: 1}}")
        );
        let whole = r#"{"f:list": {}, "f:set": {}, "f:map": {}}"#;
        assert_eq!(
            project(&live(whole), &shape),
            value("{list: [{name: a, x: 1, y: 2}, {name: b}], set: [p, q], map: {a: 1, b: 2}}")
        );
    }

    #[test]
    fn what_was_written_as_string_data_is_found_in_the_data() {
        let live = value(
            "{apiVersion: v1, kind: Secret, data: {user: YWRtaW4=, raw: /w==, other: YQ==}, type: Opaque}",
        );
        let shape = value(
            "{apiVersion: v1, kind: Secret, stringData: {user: (sensitive), raw: x, gone: y}}",
        );
        assert_eq!(
            project(&live, &shape),
            value("{apiVersion: v1, kind: Secret, stringData: {user: admin, raw: /w==}}")
        );
    }

    #[test]
    fn shapes_are_merged() {
        let merged = merge_shapes(
            &value("{a: 1, list: [{name: x, p: 1}], args: [a], finalizers: [f]}"),
            &value(
                "{a: 2, b: 3, list: [{name: y}, {name: x, q: 2}], args: [b, c], finalizers: [g]}",
            ),
        );
        assert_eq!(
            merged,
            value(
                "{a: 1, list: [{name: x, p: 1, q: 2}, {name: y}], args: [a], finalizers: [f, g], b: 3}"
            )
        );
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            (0i64..3).prop_map(Value::Int),
            "[a-c]{0,2}".prop_map(Value::String),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let named = ("[a-d]", inner.clone()).prop_map(|(name, x)| {
                Value::Map(
                    [("name".to_owned(), Value::from(name)), ("x".to_owned(), x)]
                        .into_iter()
                        .collect(),
                )
            });
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                prop::collection::vec(named, 0..4).prop_map(Value::List),
                prop::collection::vec(("[a-c]|ports|finalizers", inner), 0..4)
                    .prop_map(|entries| Value::Map(entries.into_iter().collect())),
            ]
        })
    }

    /// Adds to a live object what servers and others add: fields beside those that are there.
    fn defaulted(value: &Value) -> Value {
        match value {
            Value::Map(map) if !map.is_empty() => {
                let inner = map
                    .iter()
                    .map(|(key, value)| (key.clone(), defaulted(value)));
                let added = ("defaulted".to_owned(), Value::from("x"));
                Value::Map(inner.chain([added]).collect())
            }
            Value::List(list) if list.iter().all(|inner| inner.as_map().is_some()) => {
                Value::List(list.iter().map(defaulted).collect())
            }
            scalar => scalar.clone(),
        }
    }

    proptest! {
        #[test]
        fn what_we_wrote_is_found_again(shape in tree()) {
            prop_assert_eq!(project(&shape, &shape), shape.clone());
            prop_assert_eq!(project(&defaulted(&shape), &shape), shape);
        }

        #[test]
        fn projecting_again_changes_nothing(live in tree(), shape in tree()) {
            let once = project(&live, &shape);
            prop_assert_eq!(project(&once, &shape), once);
        }

        #[test]
        fn a_merged_shape_finds_what_one_would(one in tree(), other in tree()) {
            let merged = merge_shapes(&one, &other);
            prop_assert_eq!(merge_shapes(&one, &one), one.clone());
            prop_assert_eq!(project(&one, &merged), one);
        }
    }
}
