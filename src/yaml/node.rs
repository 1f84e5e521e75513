//! Values with their places and styles.

use foldhash::fast::RandomState;

use crate::diag::Span;

use super::{Map, Value};

/// How a scalar was written. Macros need it: a quoted scalar stays a string, a plain one is typed after resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block, `|` or `>`.
    Block,
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The place of the whole value.
    pub span: Span,
    /// The value.
    pub kind: NodeKind,
}

/// The value of a [`Node`].
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A null.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text, and how it was written.
    String(String, ScalarStyle),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping. Duplicate keys are all there, in the order in which they were written; for values the last one wins.
    Map(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as text: 1 is "1", `on` is "true" (Helm's rules).
    pub key: String,
    /// Where the key was written.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value without places. Of duplicate keys the last one wins, at the place of the first.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(truth) => Value::Bool(*truth),
            NodeKind::Int(number) => Value::Int(*number),
            NodeKind::Float(number) => Value::Float(*number),
            NodeKind::String(text, _) => Value::String(text.clone()),
            NodeKind::List(list) => Value::List(list.iter().map(Node::to_value).collect()),
            NodeKind::Map(entries) => {
                let mut map = Map::with_capacity_and_hasher(entries.len(), RandomState::default());
                for entry in entries {
                    map.insert(entry.key.clone(), entry.value.to_value());
                }
                Value::Map(map)
            }
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_map(&self) -> Option<&[Entry]> {
        if let NodeKind::Map(entries) = &self.kind {
            Some(entries)
        } else {
            None
        }
    }

    /// The elements, if it is a sequence.
    pub fn as_list(&self) -> Option<&[Node]> {
        if let NodeKind::List(list) = &self.kind {
            Some(list)
        } else {
            None
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let NodeKind::String(text, _) = &self.kind {
            Some(text)
        } else {
            None
        }
    }

    /// The last value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?
            .iter()
            .rev()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// What people call this kind of value: "a mapping", "a string".
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Int(_) => "an integer",
            NodeKind::Float(_) => "a number",
            NodeKind::String(..) => "a string",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a mapping",
        }
    }
}
