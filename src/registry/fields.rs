//! The fields of a mapping in a pack's file, taken out one by one; what is wrong is kept with its place.

use std::fmt::Display;
use std::sync::Arc;

use crate::diag::{Diagnostic, Span, Spanned};
use crate::yaml::{Entry, Node, NodeKind};

use super::words::{join, nearest};

/// A mapping and what people call it.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    what: &'static str,
    span: Span,
    entries: &'a [Entry],
}

impl<'a> Fields<'a> {
    pub(super) fn of(
        node: &'a Node,
        what: &'static str,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let Some(entries) = node.as_map() else {
            problems.push(wrong_type(node, what, "a mapping"));
            return None;
        };
        for (at, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..at].iter().find(|first| first.key == entry.key) {
                problems.push(
                    Diagnostic::error(format!("`{}` stands twice in {what}", entry.key))
                        .at(entry.key_span)
                        .also(first.key_span, "first here")
                        .help("remove one of them"),
                );
            }
        }
        Some(Self {
            what,
            span: node.span,
            entries,
        })
    }

    /// The value of a field; a null is as good as none.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
            .filter(|node| node.kind != NodeKind::Null)
    }

    /// The value of a field that must be there.
    pub(super) fn required(&self, key: &str, problems: &mut Vec<Diagnostic>) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() {
            let mut problem = Diagnostic::error(format!("{} has no `{key}`", self.what)).at(Span {
                end: self.span.start,
                ..self.span
            });
            let keys = self.entries.iter().map(|entry| entry.key.as_str());
            problem = match nearest(key, keys.filter(|other| *other != key)) {
                Some(near) => problem.help(format!("did you mean `{key}` where `{near}` stands?")),
                None => problem.help(format!("add `{key}`")),
            };
            problems.push(problem);
        }
        found
    }

    /// A text; numbers and booleans are errors that say to quote them.
    pub(super) fn text(
        &self,
        key: &str,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<&'a str>> {
        self.get(key)
            .and_then(|node| text_of(node, &format!("`{key}`"), problems))
    }

    /// A text that must be there and not be empty.
    pub(super) fn required_text(
        &self,
        key: &str,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<&'a str>> {
        let node = self.required(key, problems)?;
        let text = text_of(node, &format!("`{key}`"), problems)?;
        if text.value.trim().is_empty() {
            problems.push(
                Diagnostic::error(format!("`{key}` of {} is empty", self.what))
                    .at(text.span)
                    .help(format!("give `{key}` a value")),
            );
            return None;
        }
        Some(text)
    }

    /// A text that must be there and mean something.
    pub(super) fn parsed<T, E: Display>(
        &self,
        key: &str,
        problems: &mut Vec<Diagnostic>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.required_text(key, problems)?;
        parse(text.value)
            .map_err(|error| {
                problems.push(Diagnostic::error(error.to_string()).at(text.span));
            })
            .ok()
    }

    /// Says of every other field that it is unknown.
    pub(super) fn only(&self, known: &[&str], problems: &mut Vec<Diagnostic>) {
        for entry in self.entries {
            if !known.contains(&entry.key.as_str()) {
                let text = format!("unknown field `{}` in {}", entry.key, self.what);
                let problem = Diagnostic::error(text).at(entry.key_span);
                problems.push(match nearest(&entry.key, known.iter().copied()) {
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem.help(format!(
                        "the fields are {}",
                        join(known.iter().copied(), "and")
                    )),
                });
            }
        }
    }

    /// A list; none when it is missing.
    pub(super) fn list(&self, key: &str, problems: &mut Vec<Diagnostic>) -> &'a [Node] {
        let Some(node) = self.get(key) else {
            return &[];
        };
        node.as_list().unwrap_or_else(|| {
            problems.push(wrong_type(node, &format!("`{key}`"), "a list"));
            &[]
        })
    }

    /// A list of texts.
    pub(super) fn texts(
        &self,
        key: &str,
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<Spanned<Arc<str>>> {
        let what = format!("an element of `{key}`");
        self.list(key, problems)
            .iter()
            .filter_map(|node| text_of(node, &what, problems))
            .map(|text| Spanned::new(text.value.into(), text.span))
            .collect()
    }
}

/// The text of a node.
pub(super) fn text_of<'a>(
    node: &'a Node,
    what: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<Spanned<&'a str>> {
    match node.as_str() {
        Some(text) => Some(Spanned::new(text, node.span)),
        None => {
            problems.push(wrong_type(node, what, "a string"));
            None
        }
    }
}

/// A value of the wrong type.
pub(super) fn wrong_type(node: &Node, what: &str, wanted: &str) -> Diagnostic {
    let problem = Diagnostic::error(format!("{what} must be {wanted}"))
        .at(node.span)
        .label(format!("this is {}", node.kind_name()));
    match node.kind {
        NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Bool(_) if wanted == "a string" => {
            problem.help("put it in quotes")
        }
        NodeKind::String(..) if wanted == "a list" => problem.help("put it in brackets: `[...]`"),
        _ => problem,
    }
}
