//! `Chart.yaml` and `requirements.yaml` into [`Metadata`], by the rules of Go's decoder: names of fields in any case,
//! scalars that become texts, and lists whose elements are laid over those that are there already.

use std::collections::BTreeMap;

use super::{Dependency, Maintainer, Metadata, Tree};
use crate::render::template::Str;
use crate::yaml;

use super::values::json_kind;

/// Metadata as it is decoded; a null in a list is not yet refused.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// All but the lists below.
    pub metadata: Metadata,
    /// `maintainers`
    pub maintainers: Vec<Option<Maintainer>>,
    /// `dependencies`; none at all is not the same as none.
    pub dependencies: Option<Vec<Option<Dependency>>>,
}

/// What cannot be decoded, in the words of Go's decoder.
type Wrong = String;

impl Decoded {
    /// Lays a document over what is there.
    /// `kind` is what Go calls the whole.
    pub(super) fn add(&mut self, value: &yaml::Value, kind: &str) -> Result<(), Wrong> {
        let metadata = &mut self.metadata;
        for (name, value) in fields(value, &format!("Go value of type {kind}"))? {
            let at = |field: &str| format!(".{field}");
            match name.as_str() {
                "name" => text(&mut metadata.name, value, &at("name"))?,
                "home" => text(&mut metadata.home, value, &at("home"))?,
                "sources" => texts(&mut metadata.sources, value, &at("sources"))?,
                "version" => text(&mut metadata.version, value, &at("version"))?,
                "description" => text(&mut metadata.description, value, &at("description"))?,
                "keywords" => texts(&mut metadata.keywords, value, &at("keywords"))?,
                "icon" => text(&mut metadata.icon, value, &at("icon"))?,
                "apiversion" => text(&mut metadata.api_version, value, &at("apiVersion"))?,
                "condition" => text(&mut metadata.condition, value, &at("condition"))?,
                "tags" => text(&mut metadata.tags, value, &at("tags"))?,
                "appversion" => text(&mut metadata.app_version, value, &at("appVersion"))?,
                "deprecated" => truth(&mut metadata.deprecated, value, &at("deprecated"))?,
                "annotations" => annotations(&mut metadata.annotations, value)?,
                "kubeversion" => text(&mut metadata.kube_version, value, &at("kubeVersion"))?,
                "type" => text(&mut metadata.kind, value, &at("type"))?,
                "maintainers" => {
                    let path = at("maintainers");
                    list(
                        &mut self.maintainers,
                        value,
                        &path,
                        "[]*v2.Maintainer",
                        maintainer,
                    )?;
                }
                "dependencies" => {
                    let mut decoded = self.dependencies.take().unwrap_or_default();
                    let path = at("dependencies");
                    list(&mut decoded, value, &path, "[]*v2.Dependency", dependency)?;
                    self.dependencies = (!value.is_null()).then_some(decoded);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn maintainer(maintainer: &mut Maintainer, value: &yaml::Value, path: &str) -> Result<(), Wrong> {
    for (name, value) in fields(value, &format!("{path} of type v2.Maintainer"))? {
        let at = |field: &str| format!("{path}.{field}");
        match name.as_str() {
            "name" => text(&mut maintainer.name, value, &at("name"))?,
            "email" => text(&mut maintainer.email, value, &at("email"))?,
            "url" => text(&mut maintainer.url, value, &at("url"))?,
            _ => {}
        }
    }
    Ok(())
}

fn dependency(dependency: &mut Dependency, value: &yaml::Value, path: &str) -> Result<(), Wrong> {
    for (name, value) in fields(value, &format!("{path} of type v2.Dependency"))? {
        let at = |field: &str| format!("{path}.{field}");
        match name.as_str() {
            "name" => text(&mut dependency.name, value, &at("name"))?,
            "version" => text(&mut dependency.version, value, &at("version"))?,
            "repository" => text(&mut dependency.repository, value, &at("repository"))?,
            "condition" => text(&mut dependency.condition, value, &at("condition"))?,
            "tags" => texts(&mut dependency.tags, value, &at("tags"))?,
            "enabled" => truth(&mut dependency.enabled, value, &at("enabled"))?,
            "alias" => text(&mut dependency.alias, value, &at("alias"))?,
            "import-values" => {
                dependency.import_values = match value {
                    yaml::Value::Null => Vec::new(),
                    yaml::Value::List(list) => list.iter().map(Tree::from).collect(),
                    other => {
                        let path = at("import-values");
                        return Err(wrong(other, &path, "[]interface {}"));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The fields of a mapping with their names in lower case, in the order of the keys, as JSON has them.
fn fields<'v>(value: &'v yaml::Value, kind: &str) -> Result<Vec<(String, &'v yaml::Value)>, Wrong> {
    match value {
        yaml::Value::Null => Ok(Vec::new()),
        yaml::Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            let lower = |(key, value): (&String, &'v yaml::Value)| (key.to_lowercase(), value);
            Ok(entries.into_iter().map(lower).collect())
        }
        other => Err(format!(
            "json: cannot unmarshal {} into {kind}",
            json_kind(other)
        )),
    }
}

fn wrong(value: &yaml::Value, path: &str, kind: &str) -> Wrong {
    format!(
        "json: cannot unmarshal {} into Go struct field {path} of type {kind}",
        json_kind(value)
    )
}

/// A scalar as text; nothing for a null, and for what is no scalar.
pub(super) fn scalar(value: &yaml::Value) -> Option<String> {
    match value {
        yaml::Value::Bool(truth) => Some(truth.to_string()),
        yaml::Value::Int(number) => Some(number.to_string()),
        yaml::Value::Float(number) => Some(float(*number)),
        yaml::Value::String(text) => Some(text.clone()),
        yaml::Value::Null | yaml::Value::List(_) | yaml::Value::Map(_) => None,
    }
}

/// A number as Go prints it with `%g` and the precision of a `float32`: 1.10 is `1.1`.
fn float(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "Helm cuts it too")]
    let number = number as f32;
    if !number.is_finite() {
        let name = if number.is_nan() { "NaN" } else { "Inf" };
        let sign = match number {
            number if number.is_nan() => "",
            number if number > 0.0 => "+",
            _ => "-",
        };
        return format!("{sign}{name}");
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        format!("{number}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

fn text(into: &mut String, value: &yaml::Value, path: &str) -> Result<(), Wrong> {
    match scalar(value) {
        Some(text) => *into = text,
        None if value.is_null() => {}
        None => return Err(wrong(value, path, "string")),
    }
    Ok(())
}

fn truth(into: &mut bool, value: &yaml::Value, path: &str) -> Result<(), Wrong> {
    match value {
        yaml::Value::Bool(truth) => *into = *truth,
        yaml::Value::Null => {}
        other => return Err(wrong(other, path, "bool")),
    }
    Ok(())
}

fn texts(into: &mut Vec<String>, value: &yaml::Value, path: &str) -> Result<(), Wrong> {
    match value {
        yaml::Value::Null => into.clear(),
        yaml::Value::List(items) => {
            into.resize(items.len(), String::new());
            for (index, (slot, item)) in into.iter_mut().zip(items).enumerate() {
                text(slot, item, &format!("{path}.{index}"))?;
            }
        }
        other => return Err(wrong(other, path, "[]string")),
    }
    Ok(())
}

fn annotations(into: &mut BTreeMap<String, String>, value: &yaml::Value) -> Result<(), Wrong> {
    let path = ".annotations";
    match value {
        yaml::Value::Null => into.clear(),
        yaml::Value::Map(map) => {
            for (key, value) in map {
                let mut found = String::new();
                text(&mut found, value, &format!("{path}.{key}"))?;
                into.insert(key.clone(), found);
            }
        }
        other => return Err(wrong(other, path, "map[string]string")),
    }
    Ok(())
}

fn list<T: Default>(
    into: &mut Vec<Option<T>>,
    value: &yaml::Value,
    path: &str,
    kind: &str,
    decode: impl Fn(&mut T, &yaml::Value, &str) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    match value {
        yaml::Value::Null => into.clear(),
        yaml::Value::List(items) => {
            into.resize_with(items.len(), || None);
            for (index, (slot, item)) in into.iter_mut().zip(items).enumerate() {
                if item.is_null() {
                    *slot = None;
                } else {
                    decode(
                        slot.get_or_insert_with(T::default),
                        item,
                        &format!("{path}.{index}"),
                    )?;
                }
            }
        }
        other => return Err(wrong(other, path, kind)),
    }
    Ok(())
}

/// `import-values` as templates see them: pairs of `child` and `parent`.
pub(super) fn import(child: Str, parent: Str) -> Tree {
    let entries = [
        (Str::from("child"), Tree::Str(child)),
        (Str::from("parent"), Tree::Str(parent)),
    ];
    Tree::Map(std::sync::Arc::new(entries.into_iter().collect()))
}
