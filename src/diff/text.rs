//! Texts compared line by line, and changed lines word by word.

use std::time::{Duration, Instant};

use similar::{ChangeTag, TextDiff as Similar};

/// How long a comparison may look for the smallest difference; after that it takes a larger one.
const PATIENCE: Duration = Duration::from_millis(500);

/// The difference of two texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextDiff {
    /// The places that differ, each with some lines around it.
    pub hunks: Vec<Hunk>,
    /// How many lines were added.
    pub added: usize,
    /// How many lines were removed.
    pub removed: usize,
}

/// A place where texts differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Its first line in the old text, from 1.
    pub old_start: usize,
    /// Its first line in the new text, from 1.
    pub new_start: usize,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line of a hunk, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it was there, is there, or both.
    pub kind: LineKind,
    /// Its text in parts.
    pub segments: Vec<Segment>,
}

/// Whether a line was there, is there, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// In both texts.
    Context,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its text.
    pub text: String,
    /// Whether it is what makes the line different.
    pub emphasized: bool,
}

impl Line {
    /// The whole line.
    pub fn text(&self) -> String {
        self.segments
            .iter()
            .map(|segment| segment.text.as_str())
            .collect()
    }
}

/// The difference of two texts, with `context` lines around each place.
pub fn text(before: &str, after: &str, context: usize) -> TextDiff {
    let deadline = Instant::now() + PATIENCE;
    let similar = Similar::configure()
        .deadline(deadline)
        .diff_lines(before, after);
    let mut diff = TextDiff::default();
    for group in similar.grouped_ops(context) {
        let Some(first) = group.first() else { continue };
        let (old_start, new_start) = (first.old_range().start + 1, first.new_range().start + 1);
        let mut lines = Vec::new();
        for change in group
            .iter()
            .flat_map(|op| similar.iter_inline_changes_deadline(op, Some(deadline)))
        {
            let kind = match change.tag() {
                ChangeTag::Equal => LineKind::Context,
                ChangeTag::Delete => LineKind::Removed,
                ChangeTag::Insert => LineKind::Added,
            };
            diff.added += usize::from(kind == LineKind::Added);
            diff.removed += usize::from(kind == LineKind::Removed);
            let segments = change
                .iter_strings_lossy()
                .map(|(emphasized, text)| Segment {
                    text: text.trim_end_matches(['\n', '\r']).to_owned(),
                    emphasized,
                });
            lines.push(Line {
                kind,
                segments: segments
                    .filter(|segment| !segment.text.is_empty())
                    .collect(),
            });
        }
        diff.hunks.push(Hunk {
            old_start,
            new_start,
            lines,
        });
    }
    diff
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let mut out = String::new();
        for hunk in text(before, after, 1).hunks {
            out += &format!("@@ -{} +{} @@\n", hunk.old_start, hunk.new_start);
            for line in hunk.lines {
                out += match line.kind {
                    LineKind::Context => "  ",
                    LineKind::Removed => "- ",
                    LineKind::Added => "+ ",
                };
                for segment in line.segments {
                    out += &if segment.emphasized {
                        format!("[{}]", segment.text)
                    } else {
                        segment.text
                    };
                }
                out += "\n";
            }
        }
        out
    }

    #[test]
    fn lines_and_words() {
        let before = "a: 1\nb: one two\nc: 3\nd: 4\n";
        let after = "a: 1\nb: one three\nc: 3\nd: 4\ne: 5\n";
        insta::assert_snapshot!(shown(before, after), @r"
        @@ -1 +1 @@
          a: 1
        - b: one [two]
        + b: one [three]
          c: 3
          d: 4
        + e: 5
        ");
        assert_eq!(text(before, before, 3), TextDiff::default());
    }
}
