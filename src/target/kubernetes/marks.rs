//! By what we know our objects again.

use uuid::Uuid;

use crate::diff::Managers;
use crate::model::{ClusterName, LayerName};
use crate::target::Owner;
use crate::yaml::{Map, Value};

/// Label: whose an object is.
const PROJECT: &str = "stratiform/project";
/// Label: which cluster of the documents it is for.
const CLUSTER: &str = "stratiform/cluster";
/// Annotation, for people: that cluster's name.
const CLUSTER_NAME: &str = "stratiform/cluster-name";
/// Annotation: the layer that holds it.
const LAYER: &str = "stratiform/layer";
/// Annotation of what a hook made: the uids of the project and of the cluster. It is no label, since hooks are not of the
/// inventory.
const HOOK: &str = "stratiform/hook";
/// Annotation of what was there before us and was adopted.
const ADOPTED: &str = "stratiform/adopted";
/// Annotation of a Namespace that we made, and may delete for that.
const MADE: &str = "stratiform/made";

/// Annotations of Helm on what it installs: the release and its namespace.
const RELEASE: &str = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// Whose objects are: the marks that every object of ours carries on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The project's uid: the label `stratiform/project`, and the end of the field manager's name.
    pub project: Uuid,
    /// The cluster's name, for people: the annotation `stratiform/cluster-name`.
    pub cluster: ClusterName,
    /// The cluster's uid, which outlives a rename: the label `stratiform/cluster`.
    pub uid: Uuid,
}

/// The field manager of a project: what servers call us.
pub fn field_manager(project: Uuid) -> String {
    let digits = project.simple().to_string();
    format!("stratiform-{}", &digits[..8])
}

impl Marks {
    /// The name under which a server keeps our fields: `stratiform-` and the first 8 hex digits of the project's uid.
    pub fn manager(&self) -> String {
        field_manager(self.project)
    }

    /// The label selector of all objects that are ours.
    pub fn selector(&self) -> String {
        format!("{PROJECT}={},{CLUSTER}={}", self.project, self.uid)
    }

    /// The label selector of all objects of the project, whichever cluster they are for.
    pub fn of_project(&self) -> String {
        format!("{PROJECT}={}", self.project)
    }

    /// Puts the marks on an object of a layer.
    pub fn put(&self, object: &mut Value, layer: &LayerName) {
        set(object, "labels", PROJECT, &self.project.to_string());
        set(object, "labels", CLUSTER, &self.uid.to_string());
        set(object, "annotations", CLUSTER_NAME, self.cluster.as_str());
        set(object, "annotations", LAYER, layer.as_str());
    }

    /// Puts the marks on a hook of a layer.
    pub(super) fn put_hook(&self, object: &mut Value, layer: &LayerName) {
        set(object, "annotations", HOOK, &self.hook());
        set(object, "annotations", CLUSTER_NAME, self.cluster.as_str());
        set(object, "annotations", LAYER, layer.as_str());
    }

    /// Whether an object is what a hook of ours left.
    pub(super) fn is_hook(&self, object: &Value) -> bool {
        said(object, "annotations", HOOK) == Some(&self.hook())
    }

    /// Whether one of these layers of ours has made an object, or a hook of theirs, or whether it is a Namespace that we have
    /// made; nothing that was adopted.
    pub(super) fn has_made(&self, object: &Value, layers: &[LayerName]) -> bool {
        let ours = self.owner(object) == Owner::Ours || self.is_hook(object);
        let layer = said(object, "annotations", LAYER).unwrap_or_default();
        let theirs = layers.iter().any(|one| one.as_str() == layer);
        ours && !is_adopted(object) && (theirs || is_made(object))
    }

    fn hook(&self) -> String {
        format!("{}/{}", self.project, self.uid)
    }

    /// Whose an object on a server is.
    pub fn owner(&self, object: &Value) -> Owner {
        let label = |name| said(object, "labels", name);
        match label(PROJECT) {
            Some(project) if project == self.project.to_string() => match label(CLUSTER) {
                Some(cluster) if cluster != self.uid.to_string() => {
                    let name = said(object, "annotations", CLUSTER_NAME);
                    Owner::OtherCluster(name.unwrap_or(cluster).to_owned())
                }
                Some(_) => Owner::Ours,
                None => Owner::Foreign(foreigners(object)),
            },
            Some(project) => Owner::OtherProject(project.to_owned()),
            None => Owner::Foreign(foreigners(object)),
        }
    }
}

/// An object without marks of ours or of another project.
#[must_use]
pub fn unmarked(mut object: Value) -> Value {
    let metadata = object.as_map_mut().and_then(|map| map.get_mut("metadata"));
    if let Some(metadata) = metadata.and_then(Value::as_map_mut) {
        for part in ["labels", "annotations"] {
            let Some(map) = metadata.get_mut(part).and_then(Value::as_map_mut) else {
                continue;
            };
            map.retain(|name, _| !name.starts_with("stratiform/"));
            if map.is_empty() {
                metadata.shift_remove(part);
            }
        }
    }
    object
}

/// The uid and the name of the cluster and the layer that an object's marks name, if they name all of them.
pub(super) fn of(object: &Value) -> Option<(&str, &str, &str)> {
    Some((
        said(object, "labels", CLUSTER)?,
        said(object, "annotations", CLUSTER_NAME)?,
        said(object, "annotations", LAYER)?,
    ))
}

/// Puts the mark on an object that says that it was there before us.
pub(super) fn put_adopted(object: &mut Value) {
    set(object, "annotations", ADOPTED, "true");
}

/// Whether an object says that it was there before us.
pub fn is_adopted(object: &Value) -> bool {
    said(object, "annotations", ADOPTED) == Some("true")
}

/// Puts the mark on a Namespace that says that it was made by us.
pub(super) fn put_made(namespace: &mut Value) {
    set(namespace, "annotations", MADE, "true");
}

/// Whether a Namespace says that it was made by us.
pub(super) fn is_made(namespace: &Value) -> bool {
    said(namespace, "annotations", MADE) == Some("true")
}

/// Who made an object that is nobody's: Helm's release, else who owns its fields.
fn foreigners(object: &Value) -> String {
    let annotation = |name| said(object, "annotations", name);
    if let Some(release) = annotation(RELEASE) {
        return match annotation(RELEASE_NAMESPACE) {
            Some(namespace) => format!("Helm's release {release} in {namespace}"),
            None => format!("Helm's release {release}"),
        };
    }
    let managers = Managers::of(object).owners();
    if managers.is_empty() {
        "an unknown field manager".to_owned()
    } else {
        managers.join(", ")
    }
}

fn said<'a>(object: &'a Value, part: &str, name: &str) -> Option<&'a str> {
    object.at(["metadata", part, name])?.as_str()
}

fn set(object: &mut Value, part: &str, name: &str, text: &str) {
    let metadata = map(object).entry("metadata".to_owned()).or_default();
    let part = map(metadata).entry(part.to_owned()).or_default();
    map(part).insert(name.to_owned(), text.into());
}

/// A value as a mapping, made one where it is none.
fn map(value: &mut Value) -> &mut Map {
    if value.as_map().is_none() {
        *value = Map::default().into();
    }
    value.as_map_mut().expect("it is one now")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use uuid::Uuid;

    use super::{Marks, is_made, put_made};
    use crate::model::{ClusterName, LayerName};
    use crate::target::Owner;
    use crate::yaml::{Value, parse_first};

    fn marks(project: u128, cluster: u128) -> Marks {
        Marks {
            project: Uuid::from_u128(project),
            cluster: ClusterName::new("berlin").unwrap(),
            uid: Uuid::from_u128(cluster),
        }
    }

    fn marked(by: &Marks) -> Value {
        let text =
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  labels: {app: web}\n";
        let mut object = parse_first(text).unwrap();
        by.put(&mut object, &LayerName::new("base").unwrap());
        object
    }

    #[test]
    fn marks_stand_beside_what_is_there() {
        let object = marked(&marks(1, 2));
        insta::assert_snapshot!(crate::yaml::write(&object), @"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            stratiform/cluster-name: berlin
            stratiform/layer: base
          labels:
            app: web
            stratiform/cluster: 00000000-0000-0000-0000-000000000002
            stratiform/project: 00000000-0000-0000-0000-000000000001
          name: web
        ");
    }

    #[test]
    fn a_hook_is_ours_and_not_of_the_inventory() {
        let ours = marks(1, 2);
        let mut hook = parse_first("metadata: {name: migrate}").unwrap();
        ours.put_hook(&mut hook, &LayerName::new("base").unwrap());
        assert!(ours.is_hook(&hook));
        assert!(!marks(1, 3).is_hook(&hook) && !marks(4, 2).is_hook(&hook));
        assert!(matches!(ours.owner(&hook), Owner::Foreign(_)));
    }

    #[test]
    fn an_object_tells_whose_it_is() {
        let ours = marks(1, 2);
        assert_eq!(ours.owner(&marked(&ours)), Owner::Ours);
        let cluster = Owner::OtherCluster("berlin".to_owned());
        assert_eq!(ours.owner(&marked(&marks(1, 3))), cluster);
        let project = Owner::OtherProject(Uuid::from_u128(4).to_string());
        assert_eq!(ours.owner(&marked(&marks(4, 2))), project);
    }

    #[test]
    fn who_has_no_mark_is_named_by_helm_or_its_field_managers() {
        let owner = |text: &str| match marks(1, 2).owner(&parse_first(text).unwrap()) {
            Owner::Foreign(who) => who,
            other => panic!("{other:?}"),
        };
        let helm = "metadata: {annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: apps}}";
        assert_eq!(owner(helm), "Helm's release web in apps");
        let fields =
            "metadata: {managedFields: [{manager: kubectl, fieldsV1: {'f:data': {'f:a': {}}}}]}";
        assert_eq!(owner(fields), "kubectl");
        assert_eq!(owner("metadata: {name: web}"), "an unknown field manager");
    }

    #[test]
    fn the_manager_and_the_selector_name_the_project() {
        let marks = marks(0xabcd_ef01_0000_0000_0000_0000_0000_0000, 2);
        assert_eq!(marks.manager(), "stratiform-abcdef01");
        assert_eq!(
            marks.selector(),
            "stratiform/project=abcdef01-0000-0000-0000-000000000000,\
             stratiform/cluster=00000000-0000-0000-0000-000000000002"
        );
    }

    #[test]
    fn a_namespace_says_that_we_made_it() {
        let mut namespace = marked(&marks(1, 2));
        assert!(!is_made(&namespace));
        put_made(&mut namespace);
        assert!(is_made(&namespace));
    }
}
