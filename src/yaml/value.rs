//! Plain values: what is left of a document when places and styles are forgotten.

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::Serialize;

/// A mapping with text keys, in the order in which they were written. Equality does not look at the order.
pub type Map = IndexMap<String, Value, RandomState>;

/// A value of YAML or JSON.
///
/// Integers keep their precision, as Kubernetes objects need it; templates turn them into floats, as Helm does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(into = "serde_json::Value")]
pub enum Value {
    /// `null`, `~` or nothing at all.
    #[default]
    Null,
    /// `true` or `false`, and YAML 1.1's other spellings of them.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    String(String),
    /// A sequence.
    List(Vec<Value>),
    /// A mapping.
    Map(Map),
}

impl Value {
    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self {
            Some(map)
        } else {
            None
        }
    }

    /// The mapping, if it is one, to change it.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Self::Map(map) = self {
            Some(map)
        } else {
            None
        }
    }

    /// The elements, if it is a sequence.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(list) = self {
            Some(list)
        } else {
            None
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self {
            Some(*truth)
        } else {
            None
        }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value under a key of a mapping; nothing for a missing key and for anything but a mapping.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The value at the end of a path of keys.
    pub fn at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Value> {
        path.into_iter().try_fold(self, |value, key| value.get(key))
    }

    /// What people call this kind of value: "a mapping", "a string".
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(truth) => Self::Bool(truth),
            serde_json::Value::Number(number) => number.as_i64().map_or_else(
                || Self::Float(number.as_f64().unwrap_or(f64::NAN)),
                Self::Int,
            ),
            serde_json::Value::String(text) => Self::String(text),
            serde_json::Value::Array(list) => {
                Self::List(list.into_iter().map(Self::from).collect())
            }
            serde_json::Value::Object(map) => Self::Map(
                map.into_iter()
                    .map(|(key, value)| (key, Self::from(value)))
                    .collect(),
            ),
        }
    }
}

impl From<Value> for serde_json::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Int(number) => Self::from(number),
            Value::Float(number) => {
                serde_json::Number::from_f64(number).map_or(Self::Null, Self::Number)
            }
            Value::String(text) => Self::String(text),
            Value::List(list) => Self::Array(list.into_iter().map(Self::from).collect()),
            Value::Map(map) => Self::Object(
                map.into_iter()
                    .map(|(key, value)| (key, Self::from(value)))
                    .collect(),
            ),
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<Vec<Value>> for Value {
    fn from(list: Vec<Value>) -> Self {
        Self::List(list)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}
