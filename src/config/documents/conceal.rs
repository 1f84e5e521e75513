//! What messages may not show of documents in which something is wrong: secrets that stand where nobody looks for them,
//! under a misspelt name or in a line that cannot be read.

use crate::diag::{Diagnostic, SourceId, Sources, Span};
use crate::yaml::{Entry, Node, NodeKind};

use super::shape::Shape;

/// What names of secrets have in them.
const WORDS: &[&str] = &["pass", "pwd", "token", "secret", "credential"];

/// Shorter words than this are not taken out of a message: they are part of too many others.
const SHORTEST: usize = 4;

/// Hides what stands under names of secrets, wherever that is below a node.
pub(super) fn below(node: &Node, sources: &Sources) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for entry in entries {
                if is_secret(&entry.key) {
                    scalar(entry, sources);
                }
                below(&entry.value, sources);
            }
        }
        NodeKind::List(list) => list.iter().for_each(|node| below(node, sources)),
        _ => {}
    }
}

/// Hides what stands under names that a shape does not have; one without a value may be the value itself.
pub(super) fn strangers(entries: &[Entry], shape: &Shape, sources: &Sources) {
    for entry in entries {
        if shape.field(&entry.key).is_some() {
            continue;
        }
        match entry.value.kind {
            NodeKind::String(..) | NodeKind::List(_) => sources.hide(entry.value.span),
            NodeKind::Null => sources.hide(entry.key_span),
            _ => {}
        }
    }
}

fn scalar(entry: &Entry, sources: &Sources) {
    if !matches!(entry.value.kind, NodeKind::Map(_) | NodeKind::Null) {
        sources.hide(entry.value.span);
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    WORDS.iter().any(|word| key.contains(word))
}

/// Hides what may be secret in a text that cannot be read, and takes it out of what is said about the text. There is no
/// tree that says where secrets stand, so this looks at lines.
pub(super) fn unread(source: SourceId, sources: &Sources, problem: &mut Diagnostic) {
    let text = &sources.get(source).text;
    let mut start = 0;
    // How far the line is indented whose value goes on in the lines below it.
    let mut above = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let is_blank = line.trim().is_empty();
        let from = match above {
            Some(outer) if is_blank || indent > outer => Some(0),
            _ => value(line),
        };
        if from.is_some() && !is_blank && above.is_none_or(|outer| indent <= outer) {
            above = Some(indent);
        } else if from.is_none() {
            above = None;
        }
        for (at, end) in from
            .map(|from| (from, line.len()))
            .into_iter()
            .chain(user(line))
        {
            hide(source, start + at, start + end, sources);
            for word in line[at..end].split(|next: char| !next.is_alphanumeric()) {
                if word.len() >= SHORTEST && problem.summary.contains(word) {
                    problem.summary = problem.summary.replace(word, "****");
                }
            }
        }
        start += line.len();
    }
}

/// Where in a line the value behind a name of a secret begins.
fn value(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let ends = WORDS.iter().flat_map(|word| lower.match_indices(word));
    let begins = ends.filter_map(|(at, word)| {
        let behind = at + word.len();
        let colon = behind + line[behind..].find(':')?;
        let is_name = |next: char| next.is_alphanumeric() || "_-\"' ".contains(next);
        let rest = line[colon + 1..].trim_start();
        let elsewhere = ["{fromEnv:", "{fromFile:"];
        let is_named = elsewhere.iter().any(|start| rest.starts_with(start));
        (line[behind..colon].chars().all(is_name) && !is_named).then_some(colon + 1)
    });
    begins.min()
}

/// Where the user's part of an address is in a line.
fn user(line: &str) -> Option<(usize, usize)> {
    let start = line.find("://")? + "://".len();
    let length = line[start..].find(['/', ' ', '"', '\'']);
    let end = length.map_or(line.len(), |length| start + length);
    let at = line[start..end].rfind('@')?;
    Some((start, start + at))
}

fn hide(source: SourceId, start: usize, end: usize, sources: &Sources) {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    sources.hide(Span {
        source,
        start: offset(start),
        end: offset(end),
    });
}
