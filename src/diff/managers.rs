//! Who owns the fields of an object on a server: what `metadata.managedFields` tells.
//!
//! The format is FieldsV1 of the API `meta/v1`: `f:NAME` is a field, `k:{...}` the element of a list with these keys,
//! `v:VALUE` an element of a set, `{}` the end: all that is below it, and `.` the mapping or element itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{FieldPath, PathStep};
use crate::yaml::{Map, Value};

/// Who wrote a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Manager {
    /// The field manager's name: `kubectl-edit`, `Helm`, `kube-controller-manager`.
    pub name: String,
    /// Whether it applied or updated: `Apply`, `Update`.
    pub operation: String,
    /// When it last wrote anything, as far as it says so.
    pub time: Option<Timestamp>,
}

/// The field managers of an object.
#[derive(Clone, Debug, Default)]
pub struct Managers<'a>(Vec<Entry<'a>>);

#[derive(Clone, Debug)]
struct Entry<'a> {
    name: &'a str,
    operation: &'a str,
    /// The version of the API that it wrote in: `apps/v1`.
    version: &'a str,
    /// Whether it wrote nothing but a status.
    only_status: bool,
    time: Option<Timestamp>,
    fields: &'a Map,
}

impl<'a> Managers<'a> {
    /// Those of an object with its `metadata.managedFields`.
    pub fn of(live: &'a Value) -> Self {
        let entries = live
            .at(["metadata", "managedFields"])
            .and_then(Value::as_list);
        Self(
            entries
                .into_iter()
                .flatten()
                .filter_map(Entry::read)
                .collect(),
        )
    }

    /// Whether the server tells of any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of all that write more than a status, first the one that owns most.
    pub fn owners(&self) -> Vec<&'a str> {
        let mut owners: Vec<(usize, &str)> = Vec::new();
        for entry in self.0.iter().filter(|entry| !entry.only_status) {
            let fields = entry.fields.values().map(leaves).sum::<usize>();
            match owners.iter_mut().find(|(_, one)| *one == entry.name) {
                Some((sum, _)) => *sum += fields,
                None => owners.push((fields, entry.name)),
            }
        }
        owners.sort_by_key(|(fields, _)| std::cmp::Reverse(*fields));
        owners.into_iter().map(|(_, name)| name).collect()
    }

    /// The version of the API in which this one has applied the object; nothing when it never did.
    pub fn applied_in(&self, name: &str) -> Option<&'a str> {
        let mut entries = self.0.iter();
        let applied = entries.find(|entry| entry.is_apply_of(name));
        applied.map(|entry| entry.version)
    }

    /// Who owns a field or something below it; of several, who wrote last. `object` says what stands at the positions of
    /// the path.
    pub fn writer_of(&self, object: &Value, path: &FieldPath) -> Option<Manager> {
        self.last(|entry| entry.owns(object, path))
    }

    /// Who wrote last of those that are not this one.
    pub fn last_but(&self, name: &str) -> Option<Manager> {
        self.last(|entry| entry.name != name)
    }

    /// Whether this one has applied, and owns, a field or something below it.
    pub fn has_applied(&self, name: &str, object: &Value, path: &FieldPath) -> bool {
        self.0
            .iter()
            .any(|entry| entry.is_apply_of(name) && entry.owns(object, path))
    }

    /// Whether anybody but this one owns a field or something below it.
    pub fn is_others(&self, name: &str, object: &Value, path: &FieldPath) -> bool {
        let others = self.0.iter().filter(|entry| !entry.is_apply_of(name));
        others.into_iter().any(|entry| entry.owns(object, path))
    }

    /// Whether this one has applied, and still owns, any of the fields of an object, but for what every object has: its
    /// kind, name and marks.
    pub fn has_any(&self, name: &str, object: &Value) -> bool {
        let ours: Vec<&Entry<'_>> = self
            .0
            .iter()
            .filter(|entry| entry.is_apply_of(name))
            .collect();
        let apart = ["apiVersion", "kind", "metadata", "status"];
        let mut own = object
            .as_map()
            .into_iter()
            .flat_map(|map| map.keys())
            .filter(|key| !apart.contains(&key.as_str()))
            .peekable();
        if own.peek().is_none() {
            return !ours.is_empty();
        }
        own.any(|key| {
            // What a Secret was given as text is kept as data.
            let key = if key == "stringData" { "data" } else { key };
            let field = format!("f:{key}");
            ours.iter().any(|entry| {
                entry.fields.contains_key(&field) || entry.fields.contains_key("f:stringData")
            })
        })
    }

    fn last(&self, wanted: impl Fn(&Entry<'a>) -> bool) -> Option<Manager> {
        let found = self.0.iter().filter(|entry| wanted(entry));
        found.max_by_key(|entry| entry.time).map(|entry| Manager {
            name: entry.name.to_owned(),
            operation: entry.operation.to_owned(),
            time: entry.time,
        })
    }
}

impl<'a> Entry<'a> {
    fn read(entry: &'a Value) -> Option<Self> {
        let text = |field| entry.get(field).and_then(Value::as_str);
        Some(Self {
            name: text("manager")?,
            operation: text("operation").unwrap_or_default(),
            version: text("apiVersion").unwrap_or_default(),
            only_status: text("subresource") == Some("status"),
            time: text("time").and_then(|time| time.parse().ok()),
            fields: entry.get("fieldsV1")?.as_map()?,
        })
    }

    fn is_apply_of(&self, name: &str) -> bool {
        self.name == name && self.operation == "Apply"
    }

    fn owns(&self, object: &Value, path: &FieldPath) -> bool {
        owns(self.fields, Some(object), &path.0)
    }
}

fn owns(set: &Map, object: Option<&Value>, path: &[PathStep]) -> bool {
    let Some((step, rest)) = path.split_first() else {
        return true;
    };
    let below = |entry: &str, object: Option<&Value>| {
        let set = set.get(entry).and_then(Value::as_map);
        set.is_some_and(|set| set.is_empty() || owns(set, object, rest))
    };
    match step {
        PathStep::Key(key) => {
            // The order of a list is everybody's who has something in it.
            rest.is_empty() && &**key == "(order)"
                || below(
                    &format!("f:{key}"),
                    object.and_then(|object| object.get(key)),
                )
        }
        PathStep::Named(name) => {
            let named = |value: &&Value| value.get("name").and_then(Value::as_str) == Some(name);
            let element = object
                .and_then(Value::as_list)
                .and_then(|list| list.iter().find(named));
            let fits = |keys: &Value| keys.get("name").and_then(Value::as_str) == Some(name);
            entries(set, &fits).any(|entry| below(entry, element))
        }
        PathStep::Index(at) => {
            let element = object
                .and_then(Value::as_list)
                .and_then(|list| list.get(*at));
            let fits = |keys: &Value| {
                let mut keys = keys.as_map().into_iter().flatten();
                // What a shape does not have is a default.
                element.is_some_and(|element| {
                    keys.all(|(key, value)| element.get(key).is_none_or(|own| own == value))
                })
            };
            let member = element.map(|element| format!("v:{}", crate::yaml::to_json(element)));
            member.is_some_and(|member| set.contains_key(&member))
                || entries(set, &fits).any(|entry| below(entry, element))
        }
        PathStep::Any => set
            .iter()
            .any(|(entry, _)| entry != "." && below(entry, None)),
    }
}

/// How many fields a set has that have no fields in them.
fn leaves(set: &Value) -> usize {
    match set.as_map() {
        Some(map) if !map.is_empty() => map.values().map(leaves).sum(),
        _ => 1,
    }
}

/// The elements of a list whose keys fit.
fn entries<'s>(set: &'s Map, fits: &'s dyn Fn(&Value) -> bool) -> impl Iterator<Item = &'s str> {
    set.keys().map(String::as_str).filter(move |entry| {
        let keys = entry.strip_prefix("k:");
        let keys = keys.and_then(|keys| serde_json::from_str::<serde_json::Value>(keys).ok());
        keys.is_some_and(|keys| fits(&Value::from(keys)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Value {
        let json = serde_json::json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "labels": {"app": "web", "team": "x"},
                "managedFields": [
                    {"manager": "stratiform-01234567", "operation": "Apply", "apiVersion": "apps/v1beta1", "time": "2026-01-01T00:00:00Z",
                     "fieldsV1": {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:paused": {}, "f:selector": {},
                        "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:image": {},
                            "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}}}},
                    {"manager": "kubectl", "operation": "Update", "subresource": "scale", "time": "2026-01-02T00:00:00Z",
                     "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                    {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status",
                     "fieldsV1": {"f:status": {"f:a": {}, "f:b": {}, "f:c": {}}}},
                    {"manager": "kubectl-label", "operation": "Update", "time": "2026-01-03T00:00:00Z",
                     "fieldsV1": {"f:metadata": {"f:labels": {"f:team": {}}, "f:finalizers": {"v:\"a\"": {}}}}},
                ],
            },
            "spec": {"replicas": 5, "selector": {"matchLabels": {"app": "web"}}, "template": {"spec": {"containers": [
                {"name": "web", "image": "x", "ports": [{"containerPort": 80}]}]}}},
        });
        json.into()
    }

    #[test]
    fn who_wrote_each_field() {
        let live = deployment();
        let managers = Managers::of(&live);
        let table = [
            ("spec.replicas", Some("kubectl")),
            ("spec.paused", Some("stratiform-01234567")),
            ("spec.selector.matchLabels.app", Some("stratiform-01234567")),
            ("metadata.labels.team", Some("kubectl-label")),
            ("metadata.labels", Some("kubectl-label")),
            ("metadata.annotations", None),
            (
                "spec.template.spec.containers[name=web].image",
                Some("stratiform-01234567"),
            ),
            ("spec.template.spec.containers[name=web].command", None),
            ("spec.template.spec.containers[name=proxy].image", None),
            (
                "spec.template.spec.containers[name=web].ports[0].containerPort",
                Some("stratiform-01234567"),
            ),
            (
                "spec.template.spec.containers[*].image",
                Some("stratiform-01234567"),
            ),
        ];
        for (path, expected) in table {
            let path = path.parse().expect("a path");
            let writer = managers.writer_of(&live, &path);
            assert_eq!(
                writer.map(|writer| writer.name).as_deref(),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn who_owns_most_comes_first() {
        let live = deployment();
        let managers = Managers::of(&live);
        let owners = ["stratiform-01234567", "kubectl-label", "kubectl"];
        assert_eq!(managers.owners(), owners);
        assert_eq!(managers.applied_in(owners[0]), Some("apps/v1beta1"));
        assert_eq!(managers.applied_in(owners[1]), None);
        assert!(Managers::of(&Value::Null).owners().is_empty());
    }

    #[test]
    fn whose_the_object_still_is() {
        let live = deployment();
        let managers = Managers::of(&live);
        let shape = |text: &str| crate::yaml::parse(text).expect("YAML").remove(0);
        let ours = "stratiform-01234567";
        assert!(managers.has_any(ours, &shape("{kind: A, spec: {paused: true}}")));
        assert!(!managers.has_any(ours, &shape("{kind: A, data: {a: b}}")));
        assert!(managers.has_any(ours, &shape("{kind: Namespace, metadata: {name: a}}")));
        assert!(!managers.has_any("stratiform-89abcdef", &shape("{kind: A, spec: {}}")));
        let replicas = "spec.replicas".parse().expect("a path");
        assert!(managers.is_others(ours, &live, &replicas));
        assert!(!managers.has_applied(ours, &live, &replicas));
        assert_eq!(
            managers
                .last_but(ours)
                .map(|manager| manager.name)
                .as_deref(),
            Some("kubectl-label")
        );
    }
}
