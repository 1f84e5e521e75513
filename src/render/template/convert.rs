//! Values of YAML and JSON as templates see them, and back.

use super::function::Failure;
use super::print::MAX_NESTING;
use super::value::{Elem, List, Map, Str, Value};
use crate::yaml;

/// How many values one conversion makes at most; a list that holds the same list twice, and so on, would have no end.
const MAX_VALUES: usize = 2_000_000;

impl From<&yaml::Value> for Value {
    /// Every number becomes a `float64`, as in Helm.
    fn from(value: &yaml::Value) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "Helm loses it too")]
        converted(value, &|number| Self::Float(number as f64))
    }
}

fn converted(value: &yaml::Value, whole: &dyn Fn(i64) -> Value) -> Value {
    let inner = |value| converted(value, whole);
    match value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Bool(truth) => Value::Bool(*truth),
        yaml::Value::Int(number) => whole(*number),
        yaml::Value::Float(number) => Value::Float(*number),
        yaml::Value::String(text) => Value::from(text.as_str()),
        yaml::Value::List(list) => Value::List(List::new(list.iter().map(inner).collect())),
        yaml::Value::Map(map) => {
            let entries = map.iter();
            let entries = entries.map(|(key, value)| (Str::from(key.as_str()), inner(value)));
            Value::Map(entries.collect())
        }
    }
}

impl From<&yaml::Map> for Map {
    fn from(map: &yaml::Map) -> Self {
        map.iter()
            .map(|(key, value)| (Str::from(key.as_str()), Value::from(value)))
            .collect()
    }
}

impl Value {
    /// An object of a server, whose whole numbers are `int64`, as they are to Helm's `lookup`.
    pub fn of_object(object: &yaml::Value) -> Self {
        converted(object, &Self::int64)
    }

    /// The value as plain data: what JSON keeps of it. Texts that are not UTF-8 get U+FFFD.
    ///
    /// # Errors
    /// When it is nested too deeply, perhaps in itself, or has a number that is none.
    pub fn to_data(&self) -> Result<yaml::Value, Failure> {
        let mut left = MAX_VALUES;
        data(self, 0, &mut left)
    }
}

fn data(value: &Value, depth: usize, left: &mut usize) -> Result<yaml::Value, Failure> {
    if depth > MAX_NESTING || *left == 0 {
        return Err("json: the value is nested too deeply".into());
    }
    *left -= 1;
    Ok(match value {
        Value::Nil | Value::Null => yaml::Value::Null,
        Value::Bool(truth) => yaml::Value::Bool(*truth),
        Value::Int(number, _) => yaml::Value::Int(*number),
        Value::Float(number) => {
            if let Some(special) = super::print::special(*number) {
                return Err(format!("json: unsupported value: {special}").into());
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
            if number.fract() == 0.0 && number.abs() < 1e15 {
                yaml::Value::Int(*number as i64)
            } else {
                yaml::Value::Float(*number)
            }
        }
        Value::Str(text) => yaml::Value::String(text.to_text().into_owned()),
        Value::List(list) if list.is_nil() => yaml::Value::Null,
        Value::Map(map) if map.is_nil() => yaml::Value::Null,
        Value::List(list) if list.elem() == Elem::Byte => {
            yaml::Value::String(super::json::base64(list))
        }
        Value::List(list) => {
            let items = list.iter().map(|item| data(item, depth + 1, left));
            yaml::Value::List(items.collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let mut entries = yaml::Map::default();
            for (key, item) in map.entries() {
                let item = data(&item, depth + 1, left)?;
                entries.insert(key.to_text().into_owned(), item);
            }
            yaml::Value::Map(entries)
        }
        Value::Object(object) => data(&object.data(), depth + 1, left)?,
    })
}
