//! A text of several documents, split where Helm splits it.

/// A part of a text, and the number of lines before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The document.
    pub text: &'a str,
    /// Lines before its first one.
    pub lines_before: usize,
}

/// Splits at every line that begins with `---`, block scalars or not. What stands behind the dashes on the same line
/// belongs to the next document. Blank parts are left out.
pub fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut lines_before = 0;
    let mut at = 0;
    let mut push = |text, lines_before| parts.push(Part { text, lines_before });
    for (lines, line) in text.split_inclusive('\n').enumerate() {
        if let Some(rest) = line.strip_prefix("---") {
            push(&text[start..at], lines_before);
            let rest = rest.trim_start_matches([' ', '\t']);
            start = at + line.len() - rest.len();
            lines_before = lines;
        }
        at += line.len();
    }
    push(&text[start..], lines_before);
    parts.retain(|part| !part.text.trim().is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_where_helm_does() {
        let texts = |text| -> Vec<(&str, usize)> {
            let parts = split(text);
            let pair = |part: Part<'static>| (part.text, part.lines_before);
            parts.into_iter().map(pair).collect()
        };
        assert_eq!(texts("\n---\n---\n  \n"), []);
        assert_eq!(texts("a: 1"), [("a: 1", 0)]);
        assert_eq!(
            texts("a: 1\n--- # c\nb: 2\n"),
            [("a: 1\n", 0), ("# c\nb: 2\n", 1)]
        );
        assert_eq!(texts("---a: 1\n ---\n"), [("a: 1\n ---\n", 0)]);
        assert_eq!(texts("a: |\n---\nb: 2"), [("a: |\n", 0), ("\nb: 2", 1)]);
    }
}
