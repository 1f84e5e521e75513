//! Texts into nodes or values.

use crate::diag::{Diagnostic, SourceId};

use super::build::{Build, Nodes, Place, Values};
use super::chars;
use super::composer::Composer;
use super::error::{Error, Problem};
use super::{Node, Value};

/// What a text may cost its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest text, in bytes; 64 MiB by default, never more than 4 GiB.
    pub bytes: usize,
    /// How deeply lists and mappings may be nested, aliases included; 200 by default, never more than 1000.
    pub depth: usize,
    /// How many values the text may hold, those that come from aliases and copies kept for them included; ten million
    /// by default. Of a document with more than 1,000 values, 99% may come from aliases, fewer of large ones, as in
    /// goyaml; so alias bombs end early whatever this limit is.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 200,
            nodes: 10_000_000,
        }
    }
}

/// Reads all documents of a text, YAML or JSON; none from a text that holds nothing but comments.
///
/// # Errors
/// A diagnostic that points into the source, if Helm would not accept the text, or if it goes beyond the limits.
pub fn read(source: SourceId, text: &str, limits: Limits) -> Result<Vec<Node>, Box<Diagnostic>> {
    let build = Nodes {
        source,
        len: text.len(),
    };
    compose(text, build, limits).map_err(|problem| {
        let build = Nodes {
            source,
            len: text.len(),
        };
        Box::new(diagnose(text, &build, &problem))
    })
}

/// Reads all documents of a text into plain values, with the default limits.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str) -> Result<Vec<Value>, Error> {
    compose(text, Values, Limits::default()).map_err(|problem| problem.into_error(text))
}

/// Reads the first document of a text into a plain value, with the default limits; null when there is none. What comes
/// behind it does not count, and need not be YAML: so Go's readers do it.
///
/// # Errors
/// As [`read`].
pub fn parse_first(text: &str) -> Result<Value, Error> {
    composer(text, Values, Limits::default())
        .and_then(Composer::first)
        .map(Option::unwrap_or_default)
        .map_err(|problem| problem.into_error(text))
}

fn compose<B: Build>(text: &str, build: B, limits: Limits) -> Result<Vec<B::Node>, Box<Problem>> {
    composer(text, build, limits)?.documents()
}

fn composer<B: Build>(
    text: &str,
    build: B,
    limits: Limits,
) -> Result<Composer<'_, B>, Box<Problem>> {
    let most = limits.bytes.min(u32::MAX as usize);
    if text.len() > most {
        let message = format!("the text is longer than {most} bytes");
        return Err(Problem::composer(message, 0));
    }
    if let Some(offset) = chars::first_forbidden(text) {
        let message = "control characters are not allowed".to_owned();
        return Err(Problem::composer(message, offset));
    }
    Ok(Composer::new(text, build, limits))
}

fn diagnose(text: &str, build: &Nodes, problem: &Problem) -> Diagnostic {
    let mut start = problem.offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = text[start..]
        .chars()
        .next()
        .filter(|next| !matches!(next, '\n' | '\r'))
        .map_or(start, |next| start + next.len_utf8());
    let mut diagnostic =
        Diagnostic::error(problem.message.as_str()).at(build.span(Place { start, end }));
    if let Some(context) = problem.context.filter(|context| *context != start) {
        let end = (context + 1).min(text.len());
        if text.is_char_boundary(context) && text.is_char_boundary(end) {
            let place = Place {
                start: context,
                end,
            };
            diagnostic = diagnostic.also(build.span(place), "what is being read begins here");
        }
    }
    if let Some(help) = problem.help.or_else(|| template_help(text, problem)) {
        diagnostic = diagnostic.help(help);
    }
    diagnostic
}

/// A fix for `key: {{ .macro }}`, which YAML takes for a mapping in a mapping.
fn template_help(text: &str, problem: &Problem) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let is_newline = |byte: &u8| *byte == b'\n';
    let line_start = |offset: usize| {
        bytes[..offset]
            .iter()
            .rposition(is_newline)
            .map_or(0, |at| at + 1)
    };
    let offset = problem.offset.min(bytes.len());
    // The problem may show only on the line after the braces.
    let start = line_start(line_start(offset).saturating_sub(1));
    let end = bytes[offset..]
        .iter()
        .position(is_newline)
        .map_or(bytes.len(), |at| offset + at);
    bytes[start..end]
        .windows(2)
        .any(|pair| pair == b"{{")
        .then_some("put the value in quotes: \"{{ ... }}\"")
}
