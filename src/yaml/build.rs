//! What the composer builds: values, or nodes that know their places.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::diag::{SourceId, Span};

use super::number::{self, Integer};
use super::resolve::Scalar;
use super::{Entry, Map, Node, NodeKind, ScalarStyle, Value};

/// The bytes of something: `start..end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub start: usize,
    pub end: usize,
}

/// Builds what the composer has understood.
pub(super) trait Build {
    type Node: Clone;
    type Map;

    fn scalar(&self, scalar: Scalar<'_>, place: Place) -> Self::Node;
    fn list(&self, list: Vec<Self::Node>, place: Place) -> Self::Node;
    fn map(&self, map: Self::Map, place: Place) -> Self::Node;
    /// The same value at another place: where an alias stands, or with its tag and anchor.
    fn moved(&self, node: Self::Node, place: Place) -> Self::Node;

    fn new_map(&self) -> Self::Map;
    fn insert(&self, map: &mut Self::Map, key: Cow<'_, str>, place: Place, value: Self::Node);
    /// Puts the entries of a mapping into a map, for `<<`; false if it is no mapping.
    fn merge(&self, map: &mut Self::Map, from: Self::Node) -> bool;
    /// The elements of a list; nothing for anything else.
    fn elements(&self, node: Self::Node) -> Result<Vec<Self::Node>, Self::Node>;
}

/// Builds [`Value`]s.
pub(super) struct Values;

fn value_of(scalar: Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(truth) => Value::Bool(truth),
        Scalar::Int(number) => Value::Int(number),
        Scalar::Uint(number) => Value::Float(number as f64),
        Scalar::Float(number) => match number::whole(number) {
            Some(Integer::Signed(number)) => Value::Int(number),
            _ => Value::Float(number),
        },
        Scalar::Text(text, _) => Value::String(text.into_owned()),
        Scalar::Merge => Value::String("<<".to_owned()),
    }
}

impl Build for Values {
    type Node = Value;
    type Map = Map;

    fn scalar(&self, scalar: Scalar<'_>, _: Place) -> Value {
        value_of(scalar)
    }

    fn list(&self, list: Vec<Value>, _: Place) -> Value {
        Value::List(list)
    }

    fn map(&self, map: Map, _: Place) -> Value {
        Value::Map(map)
    }

    fn moved(&self, node: Value, _: Place) -> Value {
        node
    }

    fn new_map(&self) -> Map {
        Map::default()
    }

    fn insert(&self, map: &mut Map, key: Cow<'_, str>, _: Place, value: Value) {
        map.insert(key.into_owned(), value);
    }

    fn merge(&self, map: &mut Map, from: Value) -> bool {
        if let Value::Map(entries) = from {
            map.extend(entries);
            return true;
        }
        false
    }

    fn elements(&self, node: Value) -> Result<Vec<Value>, Value> {
        match node {
            Value::List(list) => Ok(list),
            other => Err(other),
        }
    }
}

/// Builds [`Node`]s.
pub(super) struct Nodes {
    pub source: SourceId,
    /// Length of the text.
    pub len: usize,
}

/// The entries of a mapping that is being built, and which of them were merged into it.
#[derive(Default)]
pub(super) struct Entries {
    entries: Vec<Entry>,
    merged: Vec<std::ops::Range<usize>>,
}

impl Nodes {
    pub(super) fn span(&self, place: Place) -> Span {
        let offset = |at: usize| u32::try_from(at.min(self.len)).unwrap_or(u32::MAX);
        Span {
            source: self.source,
            start: offset(place.start),
            end: offset(place.end),
        }
    }
}

impl Build for Nodes {
    type Node = Node;
    type Map = Entries;

    fn scalar(&self, scalar: Scalar<'_>, place: Place) -> Node {
        let kind = match scalar {
            Scalar::Text(text, style) => NodeKind::String(text.into_owned(), style),
            scalar => match value_of(scalar) {
                Value::Bool(truth) => NodeKind::Bool(truth),
                Value::Int(number) => NodeKind::Int(number),
                Value::Float(number) => NodeKind::Float(number),
                Value::String(text) => NodeKind::String(text, ScalarStyle::Plain),
                Value::Null | Value::List(_) | Value::Map(_) => NodeKind::Null,
            },
        };
        Node {
            span: self.span(place),
            kind,
        }
    }

    fn list(&self, list: Vec<Node>, place: Place) -> Node {
        Node {
            span: self.span(place),
            kind: NodeKind::List(list),
        }
    }

    fn map(&self, map: Entries, place: Place) -> Node {
        Node {
            span: self.span(place),
            kind: NodeKind::Map(map.finish()),
        }
    }

    fn moved(&self, node: Node, place: Place) -> Node {
        Node {
            span: self.span(place),
            kind: node.kind,
        }
    }

    fn new_map(&self) -> Entries {
        Entries::default()
    }

    fn insert(&self, map: &mut Entries, key: Cow<'_, str>, place: Place, value: Node) {
        map.entries.push(Entry {
            key: key.into_owned(),
            key_span: self.span(place),
            value,
        });
    }

    fn merge(&self, map: &mut Entries, from: Node) -> bool {
        if let NodeKind::Map(entries) = from.kind {
            let start = map.entries.len();
            map.entries.extend(entries);
            map.merged.push(start..map.entries.len());
            return true;
        }
        false
    }

    fn elements(&self, node: Node) -> Result<Vec<Node>, Node> {
        match node.kind {
            NodeKind::List(list) => Ok(list),
            kind => Err(Node { kind, ..node }),
        }
    }
}

impl Entries {
    /// Drops merged entries that are overridden, and those that merged ones override, so that a key that is there twice
    /// was written twice.
    fn finish(self) -> Vec<Entry> {
        if self.merged.is_empty() {
            return self.entries;
        }
        let merged = |index: usize| self.merged.iter().any(|range| range.contains(&index));
        let mut last: HashMap<&str, usize> = HashMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            last.insert(&entry.key, index);
        }
        let keep: Vec<bool> = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, entry)| {
                let winner = last[entry.key.as_str()];
                index == winner || !(merged(index) || merged(winner))
            })
            .collect();
        let mut keep = keep.into_iter();
        let mut entries = self.entries;
        entries.retain(|_| keep.next().unwrap_or(true));
        entries
    }
}
