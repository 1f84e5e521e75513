//! The YAML files of a pack, read with places.

use std::sync::Arc;

use crate::diag::{Diagnostic, SourceId, Sources, Span};
use crate::yaml::{self, Limits, Node, NodeKind};

use super::RegistryError;
use super::content::Content;
use super::fields::wrong_type;
use super::files::Files;

/// The files of one pack while it is read: what was read counts, and what was wrong is kept.
pub(super) struct Reader<'a> {
    pub(super) files: Files,
    pub(super) sources: &'a Sources,
    pub(super) content: Content,
    pub(super) problems: Vec<Diagnostic>,
}

/// A text with its number.
pub(super) struct Text {
    pub(super) source: SourceId,
    pub(super) text: Arc<str>,
}

impl Text {
    /// A null at the beginning of the text, for what is not there.
    pub(super) fn null(&self) -> Node {
        Node {
            span: Span {
                source: self.source,
                start: 0,
                end: 0,
            },
            kind: NodeKind::Null,
        }
    }
}

impl Reader<'_> {
    /// Reads a text. What is wrong with the file itself is for the caller to say, who knows where it is named.
    pub(super) fn text(&mut self, path: &str) -> Result<Text, RegistryError> {
        let bytes = self.files.bytes(path)?;
        self.content.add(path, &bytes);
        let text = String::from_utf8(bytes).map_err(|_| RegistryError::NotText)?;
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let shared = text.as_str().into();
        Ok(Text {
            source: self.sources.add(self.files.shown(path), text),
            text: shared,
        })
    }

    /// Reads a text that need not be there.
    pub(super) fn optional_text(&mut self, path: &str) -> Option<Text> {
        match self.text(path) {
            Err(RegistryError::Missing) => None,
            other => self.taken(path, other),
        }
    }

    /// Reads a text that must be there.
    pub(super) fn required_text(&mut self, path: &str) -> Option<Text> {
        let text = self.text(path);
        self.taken(path, text)
    }

    fn taken(&mut self, path: &str, text: Result<Text, RegistryError>) -> Option<Text> {
        match text {
            Ok(text) => Some(text),
            Err(error) => {
                let shown = self.files.shown(path);
                self.problems.push(
                    Diagnostic::error(format!("cannot read `{shown}`")).detail(error.with_causes()),
                );
                None
            }
        }
    }

    /// Parses a text that holds one document. An empty one is a null.
    pub(super) fn document(&mut self, text: &Text, what: &str) -> Option<Node> {
        let documents = match yaml::read(text.source, &text.text, Limits::default()) {
            Ok(documents) => documents,
            Err(problem) => {
                self.problems.push(*problem);
                return None;
            }
        };
        let mut full = documents
            .into_iter()
            .filter(|node| node.kind != NodeKind::Null);
        let first = full.next();
        if let Some(second) = full.next() {
            self.problems.push(
                Diagnostic::error(format!("{what} holds more than one document"))
                    .at(Span {
                        end: second.span.start,
                        ..second.span
                    })
                    .label("a second document begins here")
                    .help("write one document, without a line `---` in it"),
            );
            return None;
        }
        Some(first.unwrap_or_else(|| text.null()))
    }

    /// Parses a text that is a mapping, or empty. What is wrong comes out as a null.
    pub(super) fn mapping(&mut self, text: &Text, what: &str) -> Node {
        match self.document(text, what) {
            Some(node) if matches!(node.kind, NodeKind::Map(_) | NodeKind::Null) => node,
            Some(node) => {
                self.problems.push(wrong_type(&node, what, "a mapping"));
                text.null()
            }
            None => text.null(),
        }
    }
}
