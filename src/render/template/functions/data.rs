//! JSON and YAML.

use super::super::function::Param::{Any, Str as Text};
use super::super::function::{Args, Failure, Function, Outcome};
use super::super::value::{Elem, List, Map, MapKind, Value};
use super::super::{json, json_read};
use super::go::sized;
use crate::yaml;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("toYaml", &[Any], |args| lenient(yaml_text(args))),
    Function::pure("mustToYaml", &[Any], yaml_text),
    Function::pure("fromYaml", &[Text], |args| {
        Ok(match parse_yaml(args) {
            Ok(value @ Value::Map(_)) => value,
            Ok(Value::Null) => Value::Map(Map::default()),
            Ok(other) => {
                let kind = json_kind(&other);
                error_map(format!(
                    "{UNMARSHAL} {kind} into Go value of type map[string]interface {{}}"
                ))
            }
            Err(message) => error_map(message),
        })
    }),
    Function::pure("fromYamlArray", &[Text], |args| {
        Ok(match parse_yaml(args) {
            Ok(value @ Value::List(_)) => value,
            Ok(Value::Null) => Value::List(List::new(Vec::new())),
            Ok(other) => {
                let kind = json_kind(&other);
                error_list(format!(
                    "{UNMARSHAL} {kind} into Go value of type []interface {{}}"
                ))
            }
            Err(message) => error_list(message),
        })
    }),
    Function::pure("toJson", &[Any], |args| {
        lenient(json_text(args, &json::PLAIN))
    }),
    Function::pure("mustToJson", &[Any], |args| json_text(args, &json::PLAIN)),
    Function::pure("toPrettyJson", &[Any], |args| {
        lenient(json_text(args, &json::PRETTY))
    }),
    Function::pure("mustToPrettyJson", &[Any], |args| {
        json_text(args, &json::PRETTY)
    }),
    Function::pure("toRawJson", &[Any], |args| json_text(args, &json::RAW)),
    Function::pure("mustToRawJson", &[Any], |args| json_text(args, &json::RAW)),
    Function::pure("fromJson", &[Text], |args| {
        Ok(match parse_json(args) {
            Ok(value @ Value::Map(_)) => value,
            Ok(Value::Null) => Value::Map(Map::nil(MapKind::Any)),
            Ok(other) => {
                let kind = json_kind(&other);
                error_map(format!(
                    "json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
                ))
            }
            Err(message) => error_map(message),
        })
    }),
    Function::pure("mustFromJson", &[Text], |args| {
        parse_json(args).map_err(Failure::from)
    }),
    Function::pure("fromJsonArray", &[Text], |args| {
        Ok(match parse_json(args) {
            Ok(value @ Value::List(_)) => value,
            Ok(Value::Null) => Value::List(List::nil(Elem::Any)),
            Ok(other) => {
                let kind = json_kind(&other);
                error_list(format!(
                    "json: cannot unmarshal {kind} into Go value of type []interface {{}}"
                ))
            }
            Err(message) => error_list(message),
        })
    }),
];

const UNMARSHAL: &str = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";

fn yaml_text(args: Args<'_>) -> Outcome {
    to_yaml(args.any(0))
}

/// What `toYaml` makes of a value.
///
/// # Errors
/// What cannot be written, and what would be too long.
pub fn to_yaml(value: &Value) -> Outcome {
    let mut text = yaml::write(&value.to_data()?);
    if text.ends_with('\n') {
        text.pop();
    }
    sized(text.into_bytes())
}

/// The first document; the others do not count.
fn parse_yaml(args: Args<'_>) -> Result<Value, String> {
    if let Err(error) = std::str::from_utf8(args.bytes(0)) {
        let wrong = match error.error_len() {
            None => "incomplete UTF-8 octet sequence",
            Some(1) => "invalid leading UTF-8 octet",
            Some(_) => "invalid trailing UTF-8 octet",
        };
        return Err(format!("error converting YAML to JSON: yaml: {wrong}"));
    }
    let documents = yaml::parse(&args.text(0))
        .map_err(|error| format!("error converting YAML to JSON: {error}"))?;
    Ok(documents.first().map_or(Value::Null, Value::from))
}

/// What cannot be written gives nothing.
fn lenient(outcome: Outcome) -> Outcome {
    Ok(outcome.unwrap_or_else(|_| Value::from("")))
}

fn json_text(args: Args<'_>, style: &json::Style) -> Outcome {
    json::text(args.any(0), style).and_then(sized)
}

fn parse_json(args: Args<'_>) -> Result<Value, String> {
    json_read::parse(args.bytes(0))
}

fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Str(_) => "string",
        Value::Bool(_) => "bool",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    }
}

/// How `fromJson` and `fromYaml` tell of an error.
fn error_map(message: String) -> Value {
    Value::Map([("Error", Value::from(message))].into_iter().collect())
}

fn error_list(message: String) -> Value {
    Value::List(List::new(vec![Value::from(message)]))
}
