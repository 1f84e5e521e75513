//! The difference of two YAML texts as lines, with what is masked told as that.

use crate::diff::{self, LineKind};

use super::page::{Ink, Page};
use super::words::count;

/// Lines around each place that differs.
const AROUND: usize = 3;

/// A longer difference is cut, unless everything is asked for.
const LONGEST: usize = 40;

/// How a line is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Where the next lines stand.
    Place,
    /// In both texts.
    Context,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
    /// In both with another sensitive value.
    Masked,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DiffLine {
    pub mark: Mark,
    /// Its text in parts; those that make it differ are marked.
    pub parts: Vec<(String, bool)>,
}

impl DiffLine {
    fn plain(mark: Mark, text: String) -> Self {
        Self {
            mark,
            parts: vec![(text, false)],
        }
    }

    pub(super) fn text(&self) -> String {
        self.parts.iter().map(|(text, _)| text.as_str()).collect()
    }
}

/// The difference of two YAML texts.
pub(super) fn difference(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = diff::text(before, after, AROUND);
    let old: Vec<&str> = before.lines().collect();
    let mut lines = Vec::new();
    for hunk in diff.hunks {
        let count = |gone: LineKind| hunk.lines.iter().filter(|line| line.kind != gone).count();
        let (had, has) = (count(LineKind::Added), count(LineKind::Removed));
        let quiet = |line: &&diff::Line| line.kind == LineKind::Context;
        let lead = hunk.lines.iter().take_while(quiet).count();
        let at = (hunk.old_start - 1 + lead).min(old.len());
        let place = hunk
            .lines
            .get(lead)
            .map_or_else(String::new, |line| place(&old[..at], &line.text()));
        lines.push(DiffLine::plain(
            Mark::Place,
            format!(
                "@@ -{},{had} +{},{has} @@{}{place}",
                hunk.old_start,
                hunk.new_start,
                if place.is_empty() { "" } else { " " }
            ),
        ));
        let start = lines.len();
        for line in &hunk.lines {
            let mark = match line.kind {
                LineKind::Context => Mark::Context,
                LineKind::Removed => Mark::Removed,
                LineKind::Added => Mark::Added,
            };
            lines.push(match hide(&line.text()) {
                Some(hidden) => DiffLine::plain(mark, hidden),
                None => DiffLine {
                    mark,
                    parts: line
                        .segments
                        .iter()
                        .map(|segment| (segment.text.clone(), segment.emphasized))
                        .collect(),
                },
            });
        }
        join_masked(&mut lines, start);
    }
    lines
}

/// The keys above a line, `spec.template.spec`, as far as the lines before it tell them.
fn place(before: &[&str], line: &str) -> String {
    let bare = |line: &str| line.trim_start_matches([' ', '-']).len();
    let depth = |line: &str| line.len() - bare(line);
    let mut above = depth(line);
    let mut keys = Vec::new();
    for line in before.iter().rev() {
        let own = depth(line);
        if own < above
            && let Some(key) = line[own..].trim_end().strip_suffix(':')
        {
            keys.push(key);
            above = own;
        }
    }
    keys.reverse();
    keys.join(".")
}

const OPEN: &str = "(sensitive ";
const DIGITS: usize = 16;

/// A line with `(sensitive)` in place of each placeholder; nothing when it has none.
fn hide(line: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = line;
    let mut found = false;
    while let Some(at) = rest.find(OPEN) {
        let behind = &rest[at + OPEN.len()..];
        let digits = behind.bytes().take(DIGITS).filter(u8::is_ascii_hexdigit);
        if digits.count() == DIGITS && behind[DIGITS..].starts_with(')') {
            found = true;
            out.push_str(&rest[..at]);
            out.push_str("(sensitive)");
            rest = &behind[DIGITS + 1..];
        } else {
            out.push_str(&rest[..at + OPEN.len()]);
            rest = behind;
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// A line that was removed and one that was added, which are the same but for what is masked, become one.
fn join_masked(lines: &mut Vec<DiffLine>, start: usize) {
    let mut at = start;
    while at < lines.len() {
        if lines[at].mark != Mark::Removed {
            at += 1;
            continue;
        }
        let end = |from: usize, mark: Mark, lines: &[DiffLine]| {
            lines[from..]
                .iter()
                .position(|line| line.mark != mark)
                .map_or(lines.len(), |found| from + found)
        };
        let middle = end(at, Mark::Removed, lines);
        let last = end(middle, Mark::Added, lines);
        let run: Vec<DiffLine> = lines.drain(at..last).collect();
        let (removed, added) = run.split_at(middle - at);
        let joined = weave(removed, added);
        let next = at + joined.len();
        lines.splice(at..at, joined);
        at = next;
    }
}

fn weave(removed: &[DiffLine], added: &[DiffLine]) -> Vec<DiffLine> {
    let mut out = Vec::new();
    let (mut old, mut new) = (0, 0);
    for (at, line) in removed.iter().enumerate() {
        let text = line.text();
        let same = |other: &DiffLine| other.text() == text;
        let Some(found) = text
            .contains("(sensitive)")
            .then(|| added[new..].iter().position(same))
            .flatten()
        else {
            continue;
        };
        out.extend_from_slice(&removed[old..at]);
        out.extend_from_slice(&added[new..new + found]);
        out.push(DiffLine::plain(
            Mark::Masked,
            text.replace("(sensitive)", "(sensitive, changed)"),
        ));
        (old, new) = (at + 1, new + found + 1);
    }
    out.extend_from_slice(&removed[old..]);
    out.extend_from_slice(&added[new..]);
    out
}

/// Draws a difference; a long one is cut.
pub(super) fn draw(page: &mut Page<'_>, indent: usize, before: &str, after: &str) {
    let lines = difference(before, after);
    draw_lines(page, indent, &lines);
}

/// Draws a text that is wholly new.
pub(super) fn draw_new(page: &mut Page<'_>, indent: usize, text: &str) {
    let lines: Vec<DiffLine> = text
        .lines()
        .map(|line| DiffLine::plain(Mark::Added, hide(line).unwrap_or_else(|| line.to_owned())))
        .collect();
    draw_lines(page, indent, &lines);
}

fn draw_lines(page: &mut Page<'_>, indent: usize, lines: &[DiffLine]) {
    // One line more is no reason to cut.
    let shown = if page.view.expand || lines.len() <= LONGEST + 1 {
        lines.len()
    } else {
        LONGEST
    };
    for line in &lines[..shown] {
        draw_line(page, indent, line);
    }
    let left = lines.len() - shown;
    if left > 0 {
        let text = format!("... {}; --expand shows them", count(left, "more line"));
        page.line(indent, Ink::Faint, &text);
    }
}

/// Draws a line; what does not fit goes below it, since what differs must not be cut off.
fn draw_line(page: &mut Page<'_>, indent: usize, line: &DiffLine) {
    let (symbol, ink, strong) = match line.mark {
        Mark::Place => ("", Ink::Faint, Ink::Faint),
        Mark::Context => ("  ", Ink::Plain, Ink::Plain),
        Mark::Removed => ("- ", Ink::Delete, Ink::Removed),
        Mark::Added => ("+ ", Ink::Create, Ink::Added),
        Mark::Masked => ("~ ", Ink::Update, Ink::Update),
    };
    let room = page.room(indent + 2);
    page.indent(indent);
    page.write(ink, symbol);
    let mut column = 0;
    for (text, emphasized) in &line.parts {
        let ink = if *emphasized { strong } else { ink };
        let mut rest = text.as_str();
        while !rest.is_empty() {
            if column == room {
                page.end();
                page.indent(indent + 4);
                column = 2;
            }
            let end = rest
                .char_indices()
                .nth(room - column)
                .map_or(rest.len(), |(at, _)| at);
            page.write(ink, &rest[..end]);
            column += rest[..end].chars().count();
            rest = &rest[end..];
        }
    }
    page.end();
}
