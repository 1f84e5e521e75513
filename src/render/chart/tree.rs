//! Values on their way through a tree of charts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::render::template::{self, IntKind, List, Map, Str};
use crate::yaml;

/// The entries of a mapping.
pub type Entries = BTreeMap<Str, Tree>;

/// A value that charts lay over each other. Cheap to clone: what is not changed is shared, between charts and between
/// threads.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Tree {
    /// `null`
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// An `int64`: only `--set` makes them.
    Int(i64),
    /// A `float64`: every number that comes from YAML or JSON.
    Float(f64),
    /// A text.
    Str(Str),
    /// A sequence.
    List(Arc<[Tree]>),
    /// A mapping, by the bytes of its keys.
    Map(Arc<Entries>),
}

impl Tree {
    /// An empty mapping.
    pub fn empty() -> Self {
        Self::Map(Arc::default())
    }

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Arc<Entries>> {
        if let Self::Map(map) = self {
            Some(map)
        } else {
            None
        }
    }

    /// The value under a key of a mapping; nothing for a missing key and for anything but a mapping.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.as_map()?.get(key.as_bytes())
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as templates see it: a deep copy, since templates change what they get.
    pub fn to_template(&self) -> template::Value {
        match self {
            Self::Null => template::Value::Null,
            Self::Bool(truth) => template::Value::Bool(*truth),
            Self::Int(number) => template::Value::Int(*number, IntKind::Int64),
            Self::Float(number) => template::Value::Float(*number),
            Self::Str(text) => template::Value::Str(text.clone()),
            Self::List(list) => {
                template::Value::List(List::new(list.iter().map(Tree::to_template).collect()))
            }
            Self::Map(map) => template::Value::Map(
                map.iter()
                    .map(|(key, value)| (key.clone(), value.to_template()))
                    .collect::<Map>(),
            ),
        }
    }

    /// The mapping without the nulls in it and in the mappings below; lists stay as they are.
    pub(super) fn without_nulls(&self) -> Tree {
        match self {
            Self::Map(map) if holds_null(map) => {
                let kept = map.iter().filter(|(_, value)| !value.is_null());
                let entries = kept.map(|(key, value)| (key.clone(), value.without_nulls()));
                Self::Map(Arc::new(entries.collect()))
            }
            other => other.clone(),
        }
    }
}

fn holds_null(map: &Entries) -> bool {
    map.values().any(|value| match value {
        Tree::Null => true,
        Tree::Map(map) => holds_null(map),
        _ => false,
    })
}

impl From<&yaml::Value> for Tree {
    /// Every number becomes a `float64`, as in Helm.
    fn from(value: &yaml::Value) -> Self {
        match value {
            yaml::Value::Null => Self::Null,
            yaml::Value::Bool(truth) => Self::Bool(*truth),
            #[expect(clippy::cast_precision_loss, reason = "Helm loses it too")]
            yaml::Value::Int(number) => Self::Float(*number as f64),
            yaml::Value::Float(number) => Self::Float(*number),
            yaml::Value::String(text) => Self::Str(Str::from(text.as_str())),
            yaml::Value::List(list) => Self::List(list.iter().map(Self::from).collect()),
            yaml::Value::Map(map) => Self::Map(Arc::new(
                map.iter()
                    .map(|(key, value)| (Str::from(key.as_str()), Self::from(value)))
                    .collect(),
            )),
        }
    }
}

impl From<&Tree> for serde_json::Value {
    /// Whole numbers become integers, since a schema takes `3.0` for one.
    fn from(tree: &Tree) -> Self {
        match tree {
            Tree::Null => Self::Null,
            Tree::Bool(truth) => Self::Bool(*truth),
            Tree::Int(number) => Self::from(*number),
            #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
            Tree::Float(number) if number.fract() == 0.0 && number.abs() < 1e18 => {
                Self::from(*number as i64)
            }
            Tree::Float(number) => Self::from(*number),
            Tree::Str(text) => Self::String(text.to_text().into_owned()),
            Tree::List(list) => Self::Array(list.iter().map(Self::from).collect()),
            Tree::Map(map) => Self::Object(
                map.iter()
                    .map(|(key, value)| (key.to_text().into_owned(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}
