//! What is on a server, without what nobody asked for and what differs from one server to the next.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::support::planes::Plane;

/// Kinds that controllers and the server itself make objects of, and nobody else.
const DERIVED: [&str; 9] = [
    "events",
    "events.events.k8s.io",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "leases.coordination.k8s.io",
    "componentstatuses",
    "controllerrevisions.apps",
    "ipaddresses.networking.k8s.io",
    "servicecidrs.networking.k8s.io",
];

/// What an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// The group of its API; empty for the core.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty when it has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Id {
    /// What an object is.
    pub fn of(object: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let version = text(&object["apiVersion"]);
        let group = version.split_once('/').map(|(group, _)| group.to_owned());
        Self {
            group: group.unwrap_or_default(),
            kind: text(&object["kind"]),
            namespace: text(&object["metadata"]["namespace"]),
            name: text(&object["metadata"]["name"]),
        }
    }

    /// Whether it is a Namespace.
    pub fn is_namespace(&self) -> bool {
        self.group.is_empty() && self.kind == "Namespace"
    }

    /// As kubectl takes it: `clusterrole.rbac.authorization.k8s.io/reader`.
    pub fn resource(&self) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        format!("{}{dot}{}/{}", self.kind, self.group, self.name)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} in {:?}", self.resource(), self.namespace)
    }
}

/// The objects of a server, by what they are.
pub type Objects = BTreeMap<Id, Value>;

/// Everything that is there and stays.
pub fn objects(plane: &Plane) -> Objects {
    let kinds = plane
        .kubectl(&["api-resources", "--verbs=list", "-o", "name"])
        .expect(0);
    let kinds: Vec<&str> = kinds
        .stdout
        .lines()
        .filter(|kind| !DERIVED.contains(kind))
        .collect();
    let all = plane
        .kubectl(&["get", &kinds.join(","), "--all-namespaces", "-o", "json"])
        .expect(0);
    let mut all: Value = serde_json::from_str(&all.stdout).expect("kubectl writes JSON");
    let Value::Array(all) = all["items"].take() else {
        panic!("kubectl writes lists");
    };
    let mut objects: Objects = all
        .into_iter()
        .filter(is_made)
        .map(|object| (Id::of(&object), object))
        .collect();
    let going: Vec<String> = objects
        .iter()
        .filter(|(id, object)| id.is_namespace() && goes(object))
        .map(|(id, _)| id.name.clone())
        .collect();
    objects.retain(|id, object| !goes(object) && !going.contains(&id.namespace));
    for (id, object) in &mut objects {
        clean(id, object);
    }
    objects
}

fn goes(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

/// Whether somebody made an object, and no controller, and it is not how Helm remembers its releases.
fn is_made(object: &Value) -> bool {
    let metadata = &object["metadata"];
    let owners = metadata["ownerReferences"].as_array();
    let owned = owners.is_some_and(|owners| owners.iter().any(|owner| owner["controller"] == true));
    let everywhere = match object["kind"].as_str() {
        Some("ConfigMap") => metadata["name"] == "kube-root-ca.crt",
        Some("ServiceAccount") => metadata["name"] == "default",
        Some("Secret") => object["type"] == "helm.sh/release.v1",
        // Made for claims.
        Some("PersistentVolume") => {
            metadata["annotations"]["pv.kubernetes.io/provisioned-by"].is_string()
                || metadata["name"]
                    .as_str()
                    .is_some_and(|name| name.starts_with("pvc-"))
        }
        // Made for each version of a CRD.
        Some("APIService") => {
            !metadata["labels"]["kube-aggregator.kubernetes.io/automanaged"].is_null()
        }
        _ => false,
    };
    !owned && !everywhere
}

/// Takes out what Helm, we and the server write beside what was asked for.
fn clean(id: &Id, object: &mut Value) {
    drop_keys(object, &["status"]);
    let server = [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
        "generation",
    ];
    drop_keys(&mut object["metadata"], &server);
    for marks in ["labels", "annotations"] {
        drop_where(&mut object["metadata"], marks, is_mark);
    }
    match (&*id.group, &*id.kind) {
        // Helm labels those that it makes, and we give those that a pack asks for. What counts is whether they are kept.
        ("", "Namespace") => {
            *object = object["metadata"]["annotations"]["helm.sh/resource-policy"].take();
        }
        ("", "Service") => clean_service(&mut object["spec"]),
        ("", "PersistentVolumeClaim") => drop_keys(&mut object["spec"], &["volumeName"]),
        ("", "Secret") if object["type"] == "kubernetes.io/service-account-token" => {
            drop_keys(object, &["data"]);
        }
        // A controller gathers the rules.
        (_, "ClusterRole") if !object["aggregationRule"].is_null() => drop_keys(object, &["rules"]),
        _ => {}
    }
}

fn is_mark(name: &str) -> bool {
    name.starts_with("stratiform/")
        || name.starts_with("meta.helm.sh/")
        || name == "app.kubernetes.io/managed-by"
        || name == "deployment.kubernetes.io/revision"
        || name == "deprecated.daemonset.template.generation"
        || name == "kubernetes.io/service-account.uid"
        // Who bound a claim, or was asked to: whichever of the controllers was first.
        || name == "volume.kubernetes.io/storage-provisioner"
        || name == "volume.beta.kubernetes.io/storage-provisioner"
        || name == "pv.kubernetes.io/bind-completed"
        || name == "pv.kubernetes.io/bound-by-controller"
}

/// Addresses and ports that the server chose.
fn clean_service(spec: &mut Value) {
    if spec["clusterIP"] != "None" {
        drop_keys(spec, &["clusterIP", "clusterIPs"]);
    }
    drop_keys(spec, &["healthCheckNodePort"]);
    for port in spec["ports"].as_array_mut().into_iter().flatten() {
        drop_keys(port, &["nodePort"]);
    }
}

fn drop_keys(value: &mut Value, keys: &[&str]) {
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| !keys.contains(&&**key));
    }
}

/// Takes entries out of a map below another, and the map itself when nothing is left of it.
fn drop_where(above: &mut Value, name: &str, goes: impl Fn(&str) -> bool) {
    let Some(above) = above.as_object_mut() else {
        return;
    };
    if let Some(map) = above.get_mut(name).and_then(Value::as_object_mut) {
        map.retain(|key, _| !goes(key));
    }
    if above
        .get(name)
        .and_then(Value::as_object)
        .is_some_and(Map::is_empty)
    {
        above.remove(name);
    }
}

/// One place where two servers differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The object.
    pub id: Id,
    /// The field; empty for all of it.
    pub field: String,
    /// What is on the one, and on the other.
    pub values: [Option<String>; 2],
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [ours, theirs] = self
            .values
            .each_ref()
            .map(|value| value.as_deref().unwrap_or("nothing"));
        write!(
            out,
            "{} {}: ours {ours}, helm's {theirs}",
            self.id, self.field
        )
    }
}

/// All places where two sets of objects differ.
pub fn differences(ours: &Objects, theirs: &Objects) -> Vec<Difference> {
    let mut found = Vec::new();
    for (id, object) in ours {
        match theirs.get(id) {
            Some(other) => compare(id, "", object, other, &mut found),
            None => found.push(whole(id, [Some("has it"), None])),
        }
    }
    let missing = theirs.keys().filter(|id| !ours.contains_key(id));
    found.extend(missing.map(|id| whole(id, [None, Some("has it")])));
    found
}

fn whole(id: &Id, values: [Option<&str>; 2]) -> Difference {
    Difference {
        id: id.clone(),
        field: String::new(),
        values: values.map(|value| value.map(str::to_owned)),
    }
}

fn compare(id: &Id, field: &str, ours: &Value, theirs: &Value, found: &mut Vec<Difference>) {
    match (ours, theirs) {
        (Value::Object(one), Value::Object(other)) => {
            let missing = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(missing) {
                let at = format!("{field}.{key}");
                let get = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
                compare(id, &at, &get(one), &get(other), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                compare(id, &format!("{field}[{at}]"), one, other, found);
            }
        }
        _ if ours == theirs => {}
        _ => found.push(Difference {
            id: id.clone(),
            field: field.to_owned(),
            values: [ours, theirs].map(|value| Some(value.to_string())),
        }),
    }
}
