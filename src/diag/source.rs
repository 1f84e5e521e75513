//! Source texts and places in them.

use std::sync::{Arc, RwLock};

/// The number of a text in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in one source text: `start..end`, both on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text that the range lies in.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
}

/// A text that was read, with the name to show for it: a path as the user would type it, or `<inline>`.
#[derive(Debug)]
pub struct Source {
    /// What messages call the text.
    pub name: String,
    /// The text itself.
    pub text: String,
}

impl Source {
    /// The line and column of a byte offset; an offset behind the end is taken as the end.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// All texts read in one run. Append-only, so a [`SourceId`] stays good; shared by threads.
#[derive(Debug, Default)]
pub struct Sources {
    texts: RwLock<Vec<Arc<Source>>>,
    /// Places that no message shows.
    hidden: RwLock<Vec<Span>>,
}

impl Sources {
    /// Keeps a text and gives it a number.
    ///
    /// # Panics
    /// When more than `u32::MAX` texts are kept.
    pub fn add(&self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let mut all = self
            .texts
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let id =
            SourceId(u32::try_from(all.len()).expect("fewer than four thousand million sources"));
        all.push(Arc::new(Source {
            name: name.into(),
            text: text.into(),
        }));
        id
    }

    /// The text with this number.
    ///
    /// # Panics
    /// When the number comes from another collection of sources.
    pub fn get(&self, id: SourceId) -> Arc<Source> {
        let all = self
            .texts
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(&all[id.0 as usize])
    }

    /// Keeps a place out of all messages, since a secret stands there. Snippets have stars in its place.
    pub fn hide(&self, span: Span) {
        let mut hidden = self
            .hidden
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        hidden.push(span);
    }

    /// The text with this number as messages may show it: as long as it is, in bytes.
    pub(super) fn shown(&self, id: SourceId) -> String {
        let source = self.get(id);
        let mut bytes = source.text.clone().into_bytes();
        let hidden = self
            .hidden
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for span in hidden.iter().filter(|span| span.source == id) {
            let range = span.start as usize..(span.end as usize).min(bytes.len());
            for byte in bytes.get_mut(range).into_iter().flatten() {
                if !byte.is_ascii_whitespace() {
                    *byte = b'*';
                }
            }
        }
        String::from_utf8(bytes).unwrap_or_default()
    }
}
