//! Macros in the text of a manifest, which is a Go template itself.
//!
//! There a macro may stand in any action, `{{ if eq .spectro.system.cloud.type "aws" }}` too. So every reference is
//! replaced by the literal of its value, and the template engine does the rest.

use std::ops::Range;

use crate::diag::{Diagnostic, SourceId, Span};
use crate::yaml::Value;

use super::action::may_have_macros;
use super::reference::Use;
use super::text::{find, uses};

/// The references in a manifest.
#[derive(Clone, Debug)]
pub struct MacroManifest {
    references: Vec<(Range<usize>, Use)>,
}

/// A manifest with literals in place of references.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// The template.
    pub text: String,
    /// Where each literal stands, and where its reference stood.
    moved: Vec<(Range<usize>, Range<usize>)>,
}

impl MacroManifest {
    /// Finds the references of a text; nothing when there are none.
    ///
    /// # Errors
    /// Every reference that cannot be understood.
    pub fn parse(text: &str, source: SourceId) -> Result<Option<Self>, Vec<Diagnostic>> {
        if !may_have_macros(text) {
            return Ok(None);
        }
        let whole = span(source, &(0..text.len()));
        let mut references = Vec::new();
        let mut problems = Vec::new();
        for action in find(text, whole).map_err(|problem| vec![*problem])? {
            let place = span(source, &action.range);
            match uses(text, &action, place) {
                Ok(found) => {
                    let found =
                        action
                            .references
                            .iter()
                            .cloned()
                            .zip(found)
                            .map(|(range, read)| {
                                let span = span(source, &range);
                                (range, Use { span, ..read })
                            });
                    references.extend(found);
                }
                Err(problem) => problems.push(*problem),
            }
        }
        match (problems.is_empty(), references.is_empty()) {
            (false, _) => Err(problems),
            (true, true) => Ok(None),
            (true, false) => Ok(Some(Self { references })),
        }
    }

    /// What it reads, in the order of the text.
    pub fn uses(&self) -> impl Iterator<Item = &Use> {
        self.references.iter().map(|(_, read)| read)
    }

    /// Puts values in the place of the references, in the order of [`MacroManifest::uses`].
    pub fn rewrite(&self, text: &str, values: &[Option<Value>]) -> Rewritten {
        let mut out = String::with_capacity(text.len());
        let mut moved = Vec::with_capacity(self.references.len());
        let mut at = 0;
        for ((range, _), value) in self.references.iter().zip(values) {
            out.push_str(&text[at..range.start]);
            let start = out.len();
            out.push_str(&literal(value.as_ref().unwrap_or(&Value::Null)));
            moved.push((start..out.len(), range.clone()));
            at = range.end;
        }
        out.push_str(&text[at..]);
        Rewritten { text: out, moved }
    }
}

impl Rewritten {
    /// The place in the original of a place in the rewritten text.
    pub fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.offset(range.start, false)..self.offset(range.end, true)
    }

    fn offset(&self, at: usize, is_end: bool) -> usize {
        let mut new_end = 0;
        let mut old_end = 0;
        for (new, old) in &self.moved {
            if at <= new.start {
                break;
            }
            if at < new.end {
                return if is_end { old.end } else { old.start };
            }
            (new_end, old_end) = (new.end, old.end);
        }
        at - new_end + old_end
    }
}

/// A value as a Go template writes it.
fn literal(value: &Value) -> String {
    let json = || quoted(&serde_json::Value::from(value.clone()).to_string());
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => format!("{number:?}"),
        Value::Float(number) => quoted(&number.to_string()),
        Value::String(text) => quoted(text),
        Value::List(_) => format!("(fromJsonArray {})", json()),
        Value::Map(_) => format!("(fromJson {})", json()),
    }
}

/// JSON's escapes are Go's as well.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn span(source: SourceId, range: &Range<usize>) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        source,
        start: offset(range.start),
        end: offset(range.end),
    }
}
