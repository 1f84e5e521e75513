//! The namespaces that a layer wants, and the one that its objects take.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::model::Object;
use crate::yaml::Value;

use super::namespaces::{NamespaceWish, is_reserved};
use super::path;
use super::prepared::Prepared;

/// The namespace of a layer's objects that name none.
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Whether a pack should have named one and did not.
    pub is_missing: bool,
    origin: &'static str,
}

impl Namespace {
    /// What values or layer say of it, else `default`.
    ///
    /// # Errors
    /// When it is no text.
    pub fn of(prepared: &Prepared, values: &Value) -> Result<Self, Vec<Diagnostic>> {
        let layer = prepared.layer();
        let written = values
            .at(["pack", "namespace"])
            .filter(|_| layer.pack.is_some());
        let (name, origin) = match written {
            None | Some(Value::Null) => (layer.layer.namespace.as_deref(), "its namespace"),
            Some(Value::String(name)) if name.is_empty() => {
                (layer.layer.namespace.as_deref(), "its namespace")
            }
            Some(Value::String(name)) => (Some(name.as_str()), "`pack.namespace`"),
            Some(other) => {
                let what = format!("`pack.namespace` is {}, not a text", other.kind_name());
                return Err(vec![
                    Diagnostic::error(what).at(place(prepared, "pack.namespace")),
                ]);
            }
        };
        Ok(Self {
            name: name.unwrap_or("default").to_owned(),
            is_missing: name.is_none() && layer.pack.is_some(),
            origin,
        })
    }
}

/// Where a value stands, or the nearest mapping around it.
fn place(prepared: &Prepared, path: &str) -> Span {
    let mut path = path;
    loop {
        if let Some(node) = path::get(prepared.merged(), path) {
            return node.span;
        }
        match path.rfind('.') {
            Some(at) => path = &path[..at],
            None => return prepared.layer().span,
        }
    }
}

/// Collects the namespaces that a layer wants.
pub struct Wishes<'a> {
    prepared: &'a Prepared,
    /// What was found so far.
    pub wishes: Vec<NamespaceWish>,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
}

type Texts = BTreeMap<Arc<str>, Arc<str>>;

impl<'a> Wishes<'a> {
    /// No wishes yet.
    pub fn new(prepared: &'a Prepared) -> Self {
        Self {
            prepared,
            wishes: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn wish(&mut self, name: &str, labels: Texts, annotations: Texts, origin: &str) {
        self.wishes.push(NamespaceWish {
            name: name.into(),
            labels,
            annotations,
            layer: self.prepared.layer().name.clone(),
            origin: origin.into(),
        });
    }

    /// The layer's own namespace.
    pub fn own(&mut self, namespace: &Namespace) {
        if !is_reserved(&namespace.name) {
            self.wish(
                &namespace.name,
                Texts::new(),
                Texts::new(),
                namespace.origin,
            );
        }
    }

    /// What the `pack` key says of further namespaces, labels and annotations.
    ///
    /// # Errors
    /// Everything in it that has the wrong shape.
    pub fn of_values(&mut self, values: &Value) -> Result<(), Vec<Diagnostic>> {
        let Some(pack) = values
            .get("pack")
            .filter(|_| self.prepared.pack_name().is_some())
        else {
            return Ok(());
        };
        let mut problems = Vec::new();
        if let Some(more) = pack.get("additionalNamespaces") {
            match names(more) {
                Ok(names) => {
                    for name in names {
                        if !is_reserved(name) {
                            let origin = "`pack.additionalNamespaces`";
                            self.wish(name, Texts::new(), Texts::new(), origin);
                        }
                    }
                }
                Err(why) => problems.push(self.wrong("pack.additionalNamespaces", &why)),
            }
        }
        for key in ["namespaceLabels", "namespaceAnnotations"] {
            let all = match pack.get(key) {
                None | Some(Value::Null) => continue,
                Some(Value::Map(all)) => all,
                Some(other) => {
                    let why = format!("it is {}, not a mapping of namespaces", other.kind_name());
                    problems.push(self.wrong(&format!("pack.{key}"), &why));
                    continue;
                }
            };
            for (namespace, wanted) in all {
                let wanted = match pairs(wanted) {
                    Ok(wanted) => wanted,
                    Err(why) => {
                        problems.push(self.wrong(&format!("pack.{key}.{namespace}"), &why));
                        continue;
                    }
                };
                if is_reserved(namespace) {
                    self.reserved(namespace, &format!("pack.{key}"));
                    continue;
                }
                let origin = format!("`pack.{key}`");
                if key == "namespaceLabels" {
                    self.wish(namespace, wanted, Texts::new(), &origin);
                } else {
                    self.wish(namespace, Texts::new(), wanted, &origin);
                }
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// A Namespace of the layer's own manifests: it belongs to the cluster, which may have other wishes for it.
    pub fn of_object(&mut self, object: &Object) {
        let texts = |key: &str| {
            let map = object.value.at(["metadata", key]).and_then(Value::as_map);
            let texts = map.into_iter().flatten().filter_map(|(key, value)| {
                let value = super::schema::scalar(value)?;
                Some((key.as_str().into(), value.into()))
            });
            texts.collect()
        };
        let origin = format!("`{}`", object.origin);
        if is_reserved(&object.key.name) {
            self.reserved(&object.key.name, &object.origin);
        } else {
            let (labels, annotations) = (texts("labels"), texts("annotations"));
            self.wish(&object.key.name, labels, annotations, &origin);
        }
    }

    fn reserved(&mut self, namespace: &str, origin: &str) {
        let summary = format!(
            "layer `{}` has wishes for namespace `{namespace}` in `{origin}`, which is the cluster's own and stays as it is",
            self.prepared.layer().name
        );
        self.warnings
            .push(Diagnostic::warning(summary).at(place(self.prepared, origin)));
    }

    fn wrong(&self, path: &str, why: &str) -> Diagnostic {
        Diagnostic::error(format!("`{path}` cannot be understood: {why}"))
            .at(place(self.prepared, path))
    }
}

/// Names as a text with commas, as a list, or as the keys of a mapping.
fn names(value: &Value) -> Result<Vec<&str>, String> {
    let mut names: Vec<&str> = match value {
        Value::Null => Vec::new(),
        Value::String(text) => text.split(',').map(str::trim).collect(),
        Value::List(list) => list
            .iter()
            .map(|item| item.as_str().ok_or("every namespace is a text".to_owned()))
            .collect::<Result<_, _>>()?,
        Value::Map(map) => map.keys().map(String::as_str).collect(),
        other => return Err(format!("it is {}", other.kind_name())),
    };
    names.retain(|name| !name.is_empty());
    Ok(names)
}

/// Labels or annotations as `k=v,k2=v2`, or as a mapping.
fn pairs(value: &Value) -> Result<Texts, String> {
    match value {
        Value::Null => Ok(Texts::new()),
        Value::String(text) => Ok(text
            .split(',')
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (key.trim().into(), value.trim().into())
            })
            .collect()),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| {
                let value = super::schema::scalar(value)
                    .ok_or_else(|| format!("`{key}` is {}", value.kind_name()))?;
                Ok((key.as_str().into(), value.into()))
            })
            .collect(),
        other => Err(format!("it is {}, not `key=value,...`", other.kind_name())),
    }
}
