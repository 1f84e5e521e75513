//! The JSON Schema of the documents, made from the tables that decode them.

use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::shape::{Choice, Field, Shape, Type};

/// The pattern of names: an RFC 1123 subdomain.
const NAME: &str = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$";

/// The pattern of semantic versions, as semver.org's grammar has them.
const SEMVER: &str =
    "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$";

/// The JSON Schema (draft 2020-12) of all five kinds of documents: of one document, so of each part of a file with
/// several.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    let mut branches = Vec::new();
    for kind in Kind::ALL {
        let target = reference(kind.shape(), &mut definitions);
        branches.push(json!({
            "if": {"properties": {"kind": {"const": kind.as_str()}}, "required": ["kind"]},
            "then": target,
        }));
    }
    let kinds: Vec<_> = Kind::ALL
        .into_iter()
        .map(|kind| json!({"const": kind.as_str(), "description": kind.shape().doc}))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stratiform documents",
        "description": "A document of stratiform: a project, a registry, a cluster profile, a cluster or a group of clusters",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {"const": super::common::API_VERSION},
            "kind": {"oneOf": kinds},
        },
        "allOf": branches,
        "$defs": definitions,
    })
}

/// A reference to a shape, which is defined when it is not yet.
fn reference(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    let key = key(shape);
    if !definitions.contains_key(&key) {
        definitions.insert(key.clone(), Value::Null);
        let definition = object(shape, definitions);
        definitions.insert(key.clone(), definition);
    }
    json!({"$ref": format!("#/$defs/{key}")})
}

fn key(shape: &Shape) -> String {
    shape.name.replace(' ', "-")
}

fn object(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in shape.all_fields() {
        properties.insert(field.name.to_owned(), property(field, definitions));
        if field.required {
            required.push(field.name);
        }
    }
    let mut all = json!({
        "description": shape.doc,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        all["required"] = json!(required);
    }
    if !shape.one_of.is_empty() {
        let choices: Vec<_> = shape
            .one_of
            .iter()
            .map(|name| json!({"required": [name], "properties": {*name: {"not": {"type": "null"}}}}))
            .collect();
        all["oneOf"] = json!(choices);
    }
    all
}

fn property(field: &Field, definitions: &mut Map<String, Value>) -> Value {
    let mut value = of_type(&field.ty, definitions);
    if !field.required {
        value = with_null(value);
    }
    value["description"] = json!(field.doc);
    value
}

/// A field that can be left out can be null as well.
fn with_null(mut value: Value) -> Value {
    let types = match &value["type"] {
        Value::String(one) => json!([one, "null"]),
        Value::Array(several) => several.iter().cloned().chain([json!("null")]).collect(),
        _ if value.as_object().is_some_and(Map::is_empty) => return value,
        _ => return json!({"anyOf": [value, {"type": "null"}]}),
    };
    value["type"] = types;
    value
}

fn of_type(ty: &Type, definitions: &mut Map<String, Value>) -> Value {
    match ty {
        Type::Text => json!({"type": "string", "pattern": "\\S"}),
        Type::Name => json!({"type": "string", "maxLength": 253, "pattern": NAME}),
        Type::Semver => json!({"type": "string", "pattern": SEMVER}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Count => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        Type::Quantity => json!({"type": ["number", "string"]}),
        Type::Duration => json!({"type": "string", "pattern": "[0-9]"}),
        Type::Scalar => json!({"type": ["string", "number", "boolean"]}),
        Type::Choice(choice) => words(choice),
        Type::Any => json!({}),
        Type::Values => json!({"type": "object"}),
        Type::List(element) => json!({"type": "array", "items": of_type(element, definitions)}),
        Type::Map(value) => {
            json!({"type": "object", "additionalProperties": of_type(value, definitions)})
        }
        Type::NameMap(value) => json!({
            "type": "object",
            "propertyNames": {"maxLength": 253, "pattern": NAME},
            "additionalProperties": of_type(value, definitions),
        }),
        Type::Shape(shape) => reference(shape, definitions),
        Type::ScalarOr(shape) => json!({"anyOf": [
            {"type": ["string", "number", "boolean"]},
            reference(shape, definitions),
        ]}),
    }
}

fn words(choice: &Choice) -> Value {
    let words: Vec<_> = choice
        .words
        .iter()
        .map(|(word, doc)| json!({"const": word, "description": doc}))
        .chain(choice.aliases.iter().map(
            |(word, other)| json!({"const": word, "description": format!("the same as `{other}`")}),
        ))
        .collect();
    json!({"oneOf": words})
}
