//! Finding macro actions in a text: `{{ .spectro.var.port | default 80 }}`.
//!
//! Only actions that read something below `.spectro.` or `.stratiform.` count. Every other `{{ }}` belongs to a chart or
//! to a comment and is left alone.

use std::ops::Range;

/// An action with at least one reference in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// From the first brace to behind the last.
    pub range: Range<usize>,
    /// What stands between the braces, without trim marks.
    pub inner: Range<usize>,
    /// Whether white space before it goes away: `{{-`.
    pub trims_left: bool,
    /// Whether white space behind it goes away: `-}}`.
    pub trims_right: bool,
    /// The references in it, as ranges of the whole text.
    pub references: Vec<Range<usize>>,
}

const ROOTS: [&str; 2] = [".spectro.", ".stratiform."];

/// Where references of one text start when its action is never closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclosed(pub usize);

/// The macro actions of a text, from left to right.
///
/// # Errors
/// When an action with a reference in it is never closed.
pub fn find(text: &str) -> Result<Vec<Action>, Unclosed> {
    let mut actions = Vec::new();
    if !may_have_macros(text) {
        return Ok(actions);
    }
    let mut at = 0;
    while let Some(offset) = text[at..].find("{{") {
        let start = at + offset;
        let mut inside = start + 2;
        let trims_left = trim_mark(&text[inside..]);
        if trims_left {
            inside += 1;
        }
        if text[inside..].trim_start().starts_with("/*") {
            let Some(end) = text[inside..].find("*/") else {
                break;
            };
            at = inside + end + 2;
            continue;
        }
        let (end, references) = scan(text, inside);
        let Some(end) = end else {
            if references.is_empty() {
                break;
            }
            return Err(Unclosed(start));
        };
        if !references.is_empty() {
            let inner = &text[inside..end];
            let trims_right = inner.len() > 1
                && inner.ends_with('-')
                && inner[..inner.len() - 1].ends_with([' ', '\t', '\r', '\n']);
            actions.push(Action {
                range: start..end + 2,
                inner: inside..end - usize::from(trims_right),
                trims_left,
                trims_right,
                references,
            });
        }
        at = end + 2;
    }
    Ok(actions)
}

/// A quick look that is never wrong about texts without macros.
pub fn may_have_macros(text: &str) -> bool {
    text.contains("{{") && ROOTS.iter().any(|root| text.contains(root))
}

/// The words `spectro` or `stratiform`, and what stands behind them, of a reference.
pub fn split_root(reference: &str) -> &str {
    ROOTS
        .iter()
        .find_map(|root| reference.strip_prefix(root))
        .unwrap_or(reference)
}

fn trim_mark(inside: &str) -> bool {
    inside
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n']))
}

/// The place of the closing braces and the references before them.
fn scan(text: &str, from: usize) -> (Option<usize>, Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut references = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'}' if bytes.get(at + 1) == Some(&b'}') => return (Some(at), references),
            quote @ (b'"' | b'\'' | b'`') => at = behind_quoted(bytes, at, quote),
            b'.' if at == from || !continues_path(bytes[at - 1]) => {
                let root = ROOTS.iter().find(|root| text[at..].starts_with(**root));
                let end = path_end(bytes, at + root.map_or(1, |root| root.len()));
                if root.is_some() {
                    references.push(at..end);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    (None, references)
}

fn behind_quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' && quote != b'`' {
            2
        } else {
            1
        };
    }
    at + 1
}

/// Whether a dot behind this byte goes on with a path instead of beginning one.
fn continues_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b')' | b'$') || byte >= 0x80
}

/// Pack names and keys have dashes in them, which a Go template does not know.
fn path_end(bytes: &[u8], from: usize) -> usize {
    let in_path = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/') || byte >= 0x80
    };
    let mut end = from;
    while end < bytes.len() && in_path(bytes[end]) {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn references(text: &str) -> Vec<&str> {
        find(text)
            .unwrap()
            .into_iter()
            .flat_map(|action| action.references)
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn finds_references_and_leaves_everything_else_alone() {
        for (text, expected) in [
            ("no macro", vec![]),
            ("{{ .Values.x }} .spectro.var.x", vec![]),
            ("{{.spectro.var.A}}", vec![".spectro.var.A"]),
            ("{{ .stratiform.var.a }}", vec![".stratiform.var.a"]),
            (
                "v{{ .spectro.system.kubernetes.version | substr 0 4 }}",
                vec![".spectro.system.kubernetes.version"],
            ),
            (
                "{{ .spectro.pack.wordpress-chart.charts.wordpress.user-name }}",
                vec![".spectro.pack.wordpress-chart.charts.wordpress.user-name"],
            ),
            (
                "{{ default \"}} .spectro.no\" .spectro.var.x }}{{ .Values.spectro.y }}",
                vec![".spectro.var.x"],
            ),
            ("{{/* .spectro.var.x }} */}}", vec![]),
            ("{{ .Values.a.spectro.b }}", vec![]),
            (
                "{{ printf \"%s\" (.spectro.macro.m) }}",
                vec![".spectro.macro.m"],
            ),
        ] {
            assert_eq!(references(text), expected, "{text}");
        }
    }

    #[test]
    fn trim_marks_need_white_space() {
        let action = find(" {{- .spectro.var.x -}} ").unwrap().remove(0);
        assert!(action.trims_left && action.trims_right);
        assert_eq!(action.inner, 4..20);
        let action = find("{{.spectro.var.x}}").unwrap().remove(0);
        assert!(!action.trims_left && !action.trims_right);
    }

    #[test]
    fn an_action_that_is_never_closed_is_told() {
        assert_eq!(find("a {{ .spectro.var.x }"), Err(Unclosed(2)));
        assert_eq!(find("a {{ .Values.x .spectro"), Ok(vec![]));
    }
}
