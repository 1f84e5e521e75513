//! The namespaces of a cluster, which belong to no layer: the wishes of all its layers, joined.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::model::{Keep, LayerName, Object, ObjectKey};
use crate::yaml::{Map, Value};

use super::objects::is_kept;

/// A namespace that a layer wants to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceWish {
    /// Its name.
    pub name: Arc<str>,
    /// The labels that it must have.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// The annotations that it must have.
    pub annotations: BTreeMap<Arc<str>, Arc<str>>,
    /// The layer that wants it.
    pub layer: LayerName,
    /// Where the wish stands, for messages: `pack.namespace`, `manifests/web.yaml`.
    pub origin: Arc<str>,
}

/// Whether a namespace is the cluster's own: never made, changed or deleted.
pub fn is_reserved(name: &str) -> bool {
    name == "default" || name.starts_with("kube-")
}

/// Joins wishes into Namespace objects, by name.
///
/// # Errors
/// One for every label or annotation that two wishes want to be different.
pub fn join<'a>(
    wishes: impl IntoIterator<Item = &'a NamespaceWish>,
) -> Result<Vec<Object>, Vec<Diagnostic>> {
    let mut joined: BTreeMap<&str, Joined<'_>> = BTreeMap::new();
    let mut problems = Vec::new();
    for wish in wishes {
        if is_reserved(&wish.name) {
            continue;
        }
        let namespace = joined.entry(&wish.name).or_insert_with(|| Joined {
            first: wish,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
        });
        for (what, wanted, all) in [
            ("label", &wish.labels, &mut namespace.labels),
            ("annotation", &wish.annotations, &mut namespace.annotations),
        ] {
            for (key, value) in wanted {
                let (other_value, other) = *all.entry(key).or_insert((value, wish));
                if other_value != value {
                    problems.push(conflict(what, key, (other_value, other), (value, wish)));
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(joined.into_iter().map(object).collect())
    } else {
        Err(problems)
    }
}

/// Values of labels or annotations with the wish that each comes from.
type Wanted<'a> = BTreeMap<&'a Arc<str>, (&'a Arc<str>, &'a NamespaceWish)>;

struct Joined<'a> {
    first: &'a NamespaceWish,
    labels: Wanted<'a>,
    annotations: Wanted<'a>,
}

fn conflict(
    what: &str,
    key: &str,
    (one_value, one): (&str, &NamespaceWish),
    (two_value, two): (&str, &NamespaceWish),
) -> Diagnostic {
    Diagnostic::error(format!(
        "layers `{}` and `{}` want different values for {what} `{key}` of namespace `{}`",
        one.layer, two.layer, one.name
    ))
    .detail(format!(
        "`{one_value}` in {} of `{}`, `{two_value}` in {} of `{}`",
        one.origin, one.layer, two.origin, two.layer
    ))
    .help("give both the same value, or give the layers namespaces of their own")
}

fn object((name, joined): (&str, Joined<'_>)) -> Object {
    let mut metadata = Map::default();
    metadata.insert("name".to_owned(), name.into());
    for (key, wanted) in [
        ("annotations", joined.annotations),
        ("labels", joined.labels),
    ] {
        if !wanted.is_empty() {
            let map = wanted
                .into_iter()
                .map(|(key, (value, _))| (key.to_string(), Value::from(&**value)))
                .collect();
            metadata.insert(key.to_owned(), Value::Map(map));
        }
    }
    let value = Value::Map(Map::from_iter([
        ("apiVersion".to_owned(), Value::from("v1")),
        ("kind".to_owned(), Value::from("Namespace")),
        ("metadata".to_owned(), Value::Map(metadata)),
    ]));
    Object {
        key: ObjectKey::new("", "Namespace", "", name),
        hooks: Vec::new(),
        keep: is_kept(&value).then_some(Keep::Policy),
        value: Arc::new(value),
        origin: Arc::clone(&joined.first.origin),
    }
}
