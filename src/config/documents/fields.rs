//! Typed reading of mappings that have been checked. What has the wrong type counts as absent here: the check has
//! reported it.

use std::sync::Arc;

use crate::diag::{Span, Spanned};
use crate::yaml::{Entry, Node, NodeKind};

/// The fields of a mapping.
#[derive(Clone, Copy)]
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    /// The place of the whole mapping.
    pub span: Span,
}

impl<'n> Fields<'n> {
    /// The fields of a node; none if it is not a mapping.
    pub fn of(node: &'n Node) -> Self {
        Self {
            entries: node.as_map().unwrap_or_default(),
            span: node.span,
        }
    }

    /// The value of a field that is there and not null.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.key == name)
            .map(|entry| &entry.value)
            .filter(|node| node.kind != NodeKind::Null)
    }

    /// Where the key of a field stands, or else the mapping.
    pub fn key_span(&self, name: &str) -> Span {
        self.entries
            .iter()
            .find(|entry| entry.key == name)
            .map_or(self.span, |entry| entry.key_span)
    }

    /// The fields of a mapping under a field.
    pub fn below(&self, name: &str) -> Fields<'n> {
        self.get(name).map_or(
            Fields {
                entries: &[],
                span: self.span,
            },
            Fields::of,
        )
    }

    /// The elements of a list.
    pub fn list(&self, name: &str) -> &'n [Node] {
        self.get(name).and_then(Node::as_list).unwrap_or_default()
    }

    /// The entries of a mapping.
    pub fn map(&self, name: &str) -> &'n [Entry] {
        self.get(name).and_then(Node::as_map).unwrap_or_default()
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&'n str> {
        self.get(name).and_then(Node::as_str)
    }

    /// A text that is kept.
    pub fn shared(&self, name: &str) -> Option<Arc<str>> {
        self.text(name).map(Arc::from)
    }

    /// A text with its place.
    pub fn spanned(&self, name: &str) -> Option<Spanned<&'n str>> {
        let node = self.get(name)?;
        Some(Spanned::new(node.as_str()?, node.span))
    }

    /// A boolean; false when it is not there.
    pub fn flag(&self, name: &str) -> bool {
        matches!(
            self.get(name).map(|node| &node.kind),
            Some(NodeKind::Bool(true))
        )
    }

    /// A whole number that is not negative.
    pub fn count(&self, name: &str) -> Option<u32> {
        match self.get(name)?.kind {
            NodeKind::Int(number) => u32::try_from(number).ok(),
            _ => None,
        }
    }

    /// Labels: texts by texts.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = (&'n str, &'n str)> {
        self.map(name)
            .iter()
            .filter_map(|entry| Some((entry.key.as_str(), entry.value.as_str()?)))
    }
}
