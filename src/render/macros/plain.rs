//! Scalars that were written without quotes get their type after resolution.

use crate::diag::Span;
use crate::yaml::{self, Entry, Node, NodeKind, ScalarStyle, Value};

/// What YAML takes a text for that stands where a plain scalar stood. A text that would begin a mapping, a comment or an
/// alias there stays a text: a value must not change the shape of what is around it. Lists and mappings in brackets are
/// taken as such.
pub fn typed(text: String, span: Span) -> NodeKind {
    let trimmed = text.trim();
    if matches!(trimmed, "" | "~" | "null" | "Null" | "NULL") {
        return NodeKind::Null;
    }
    let in_brackets = trimmed.starts_with(['[', '{']);
    let mut documents = match yaml::parse(trimmed) {
        Ok(documents) if documents.len() == 1 => documents,
        _ => return NodeKind::String(text, ScalarStyle::Plain),
    };
    match documents.pop() {
        None | Some(Value::Null) => NodeKind::String(text, ScalarStyle::Plain),
        Some(Value::List(_) | Value::Map(_)) if !in_brackets => {
            NodeKind::String(text, ScalarStyle::Plain)
        }
        Some(value) => node(&value, span).kind,
    }
}

/// A value as if it had been written at a place.
pub fn node(value: &Value, span: Span) -> Node {
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(truth) => NodeKind::Bool(*truth),
        Value::Int(number) => NodeKind::Int(*number),
        Value::Float(number) => NodeKind::Float(*number),
        Value::String(text) => NodeKind::String(text.clone(), ScalarStyle::Quoted),
        Value::List(list) => NodeKind::List(list.iter().map(|item| node(item, span)).collect()),
        Value::Map(map) => NodeKind::Map(
            map.iter()
                .map(|(key, value)| Entry {
                    key: key.clone(),
                    key_span: span,
                    value: node(value, span),
                })
                .collect(),
        ),
    };
    Node { span, kind }
}
