//! `schema.yaml`: whether what it says of values can be understood.

use crate::diag::{Diagnostic, Span};
use crate::yaml::{Entry, Node, NodeKind};

use super::super::fields::wrong_type;
use super::super::pack::Parts;
use super::super::words::{join, nearest};

const WORDS: [&str; 4] = ["format", "hints", "readonly", "required"];
const TYPES: [&str; 7] = [
    "boolean", "ipv4", "list", "number", "password", "string", "version",
];

pub(super) fn check(parts: &Parts, problems: &mut Vec<Diagnostic>) {
    let Some(node) = &parts.schema else {
        return;
    };
    if node.kind == NodeKind::Null {
        problems.push(
            Diagnostic::warning("schema.yaml is empty")
                .at(node.span)
                .help("remove the file, or say in it what values must look like"),
        );
    }
    for entry in node.as_map().unwrap_or_default() {
        check_entry(entry, problems);
    }
}

fn check_entry(entry: &Entry, problems: &mut Vec<Diagnostic>) {
    let path = &entry.key;
    let Some(schema) = entry.value.get("schema") else {
        problems.push(
            Diagnostic::warning(format!("nothing is said of `{path}`"))
                .at(entry.key_span)
                .help("write `schema: '{{ required | format \"${string}\" }}'` below it"),
        );
        return;
    };
    match schema.as_str() {
        Some(text) => problems.extend(check_text(text, schema)),
        None => problems.push(wrong_type(
            schema,
            &format!("the schema of `{path}`"),
            "a string",
        )),
    }
}

/// What is wrong with `{{ required | format "..." }}`.
fn check_text(text: &str, node: &Node) -> Vec<Diagnostic> {
    let span = node.span;
    let inner = text
        .trim()
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"));
    let Some(inner) = inner else {
        return vec![
            Diagnostic::warning("this schema has no effect")
                .at(span)
                .help("it has to stand in braces: `{{ required | format \"${string}\" }}`"),
        ];
    };
    let Some(parts) = split(inner) else {
        return vec![
            Diagnostic::warning("a quote in this schema is not closed")
                .at(span)
                .help("close it"),
        ];
    };
    parts
        .into_iter()
        .filter_map(|part| check_part(&part, span))
        .collect()
}

fn check_part(part: &[Token], span: Span) -> Option<Diagnostic> {
    let Some((Token::Word(word), arguments)) = part.split_first() else {
        let problem = Diagnostic::warning("a part of this schema says nothing").at(span);
        return Some(problem.help(format!("each part is {}", join(WORDS, "or"))));
    };
    if !WORDS.contains(&word.as_str()) {
        let problem = Diagnostic::warning(format!("unknown word `{word}` in a schema")).at(span);
        return Some(match nearest(word, WORDS) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("the words are {}", join(WORDS, "and"))),
        });
    }
    match (word.as_str(), arguments) {
        ("format", [Token::Text(format)]) => check_format(format).map(|problem| problem.at(span)),
        ("format", _) => Some(
            Diagnostic::warning("`format` wants one text in quotes")
                .at(span)
                .help("write `format \"${string}\"`"),
        ),
        _ => None,
    }
}

/// What is wrong with `${ipv4} - ${ipv4}`.
fn check_format(format: &str) -> Option<Diagnostic> {
    let mut rest = format;
    while let Some(at) = rest.find("${") {
        rest = &rest[at + 2..];
        // A regular expression and a list may have braces of their own.
        let end = if rest.contains(":/") && rest.find(":/") < rest.find('}') {
            rest.find("/}").map(|end| end + 1)
        } else if rest.contains(":[") && rest.find(":[") < rest.find('}') {
            rest.find("]}").map(|end| end + 1)
        } else {
            rest.find('}')
        };
        let Some(end) = end else {
            let text = format!("`${{` in the format `{format}` is not closed");
            return Some(Diagnostic::warning(text).help("write `${string}`"));
        };
        if let Some(problem) = check_type(&rest[..end]) {
            return Some(problem);
        }
        rest = &rest[end + 1..];
    }
    None
}

fn check_type(text: &str) -> Option<Diagnostic> {
    let (name, argument) = match text.split_once(':') {
        Some((name, argument)) => (name.trim(), Some(argument.trim())),
        None => (text.trim(), None),
    };
    let unknown = || Diagnostic::warning(format!("unknown format `${{{text}}}`"));
    if !TYPES.contains(&name) {
        return Some(match nearest(name, TYPES) {
            Some(near) => unknown().help(format!("did you mean `{near}`?")),
            None => unknown().help(format!("the formats are {}", join(TYPES, "and"))),
        });
    }
    let within = |open: char, close: char| {
        argument.and_then(|text| text.strip_prefix(open)?.strip_suffix(close))
    };
    match (name, argument) {
        ("list", _) => match within('[', ']') {
            Some(list) if !list.trim().is_empty() => None,
            _ => Some(unknown().help("write `${list:[A,B]}`")),
        },
        (_, None) => None,
        ("string" | "number", Some(argument)) if argument.starts_with('/') => {
            let Some(expression) = within('/', '/') else {
                return Some(unknown().help(format!("write `${{{name}:/^...$/}}`")));
            };
            let error = regex::Regex::new(expression).err()?;
            Some(
                unknown()
                    .detail(error.to_string())
                    .help("correct the regular expression (RE2)"),
            )
        }
        ("number", Some(_)) => {
            let range = within('[', ']').and_then(|range| {
                let (low, high) = range.trim().split_once('-')?;
                let low: f64 = low.trim().parse().ok()?;
                let high: f64 = high.trim().parse().ok()?;
                (low <= high).then_some(())
            });
            match range {
                Some(()) => None,
                None => Some(unknown().help("write `${number:[5000-5005]}`")),
            }
        }
        (_, Some(_)) => Some(unknown().help(format!("write `${{{name}}}`"))),
    }
}

/// A piece of a schema text.
enum Token {
    Word(String),
    /// In quotes, which are gone.
    Text(String),
}

/// The parts between `|`; nothing when a quote is not closed.
fn split(text: &str) -> Option<Vec<Vec<Token>>> {
    let mut parts = vec![Vec::new()];
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let token = match first {
            '|' => {
                parts.push(Vec::new());
                rest = rest[1..].trim_start();
                continue;
            }
            '"' | '`' => {
                let (token, behind) = quoted(&rest[1..], first)?;
                rest = behind;
                Token::Text(token)
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || "|\"`".contains(c))
                    .unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                rest = behind;
                Token::Word(word.to_owned())
            }
        };
        parts.last_mut()?.push(token);
        rest = rest.trim_start();
    }
    Some(parts)
}

/// The text up to the closing quote, and what stands behind it. In double quotes a backslash takes the next quote or
/// backslash as it is, and stays before anything else, as regular expressions want it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut taken = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((taken, &text[at + 1..]));
        }
        if c == '\\' && quote == '"' {
            match chars.next()?.1 {
                next @ ('"' | '\\') => taken.push(next),
                next => taken.extend(['\\', next]),
            }
        } else {
            taken.push(c);
        }
    }
    None
}
