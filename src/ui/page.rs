//! Lines that fit into a view, with colours by meaning.

use anstyle::{AnsiColor, Style};

use super::View;
use super::words::{middle, width, wrap};

/// What a text means, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Create,
    Update,
    Delete,
    Repave,
    Move,
    /// What makes a line differ.
    Removed,
    /// What makes a line differ.
    Added,
}

impl Ink {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| colour.on_default();
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Create => colour(AnsiColor::Green),
            Self::Update => colour(AnsiColor::Yellow),
            Self::Delete => colour(AnsiColor::Red),
            Self::Repave => colour(AnsiColor::Magenta),
            Self::Move => colour(AnsiColor::Cyan),
            Self::Removed => colour(AnsiColor::Red).bold().invert(),
            Self::Added => colour(AnsiColor::Green).bold().invert(),
        }
    }
}

/// A text in the making.
pub(super) struct Page<'v> {
    pub view: &'v View,
    out: String,
}

impl<'v> Page<'v> {
    pub(super) fn new(view: &'v View) -> Self {
        Self {
            view,
            out: String::new(),
        }
    }

    pub(super) fn text(self) -> String {
        self.out
    }

    /// How many columns are left behind an indentation. Never less than what a name needs.
    pub(super) fn room(&self, indent: usize) -> usize {
        self.view.width.saturating_sub(indent).max(20)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    pub(super) fn write(&mut self, ink: Ink, text: &str) {
        let style = ink.style();
        if self.view.colour && style != Style::new() && !text.is_empty() {
            self.out.push_str(&style.render().to_string());
            self.out.push_str(text);
            self.out.push_str(&style.render_reset().to_string());
        } else {
            self.out.push_str(text);
        }
    }

    pub(super) fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    pub(super) fn end(&mut self) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        self.out.push('\n');
    }

    pub(super) fn line(&mut self, indent: usize, ink: Ink, text: &str) {
        self.indent(indent);
        self.write(ink, text);
        self.end();
    }

    /// `~ name  (tail)`: the name is shortened when both do not fit, and the tail goes below it when that is not enough.
    pub(super) fn item(&mut self, indent: usize, ink: Ink, symbol: &str, name: &str, tail: &str) {
        const LEAST: usize = 32;
        self.indent(indent);
        self.write(ink, symbol);
        self.out.push(' ');
        let room = self.room(indent + 2);
        if tail.is_empty() || width(name) + 2 + width(tail) <= room {
            self.write(Ink::Plain, &middle(name, room));
            self.tail(tail);
        } else if width(tail) + 2 + LEAST <= room {
            self.write(Ink::Plain, &middle(name, room - width(tail) - 2));
            self.tail(tail);
        } else {
            self.write(Ink::Plain, &middle(name, room));
            for line in wrap(tail, self.room(indent + 4)) {
                self.end();
                self.indent(indent + 4);
                self.write(Ink::Faint, &line);
            }
        }
        self.end();
    }

    fn tail(&mut self, tail: &str) {
        if !tail.is_empty() {
            self.out.push_str("  ");
            self.write(Ink::Faint, tail);
        }
    }

    /// A sentence behind a lead word; lines after the first are indented by two more.
    pub(super) fn prose(&mut self, indent: usize, ink: Ink, lead: &str, text: &str) {
        let whole = format!("{lead}{text}");
        for (at, line) in wrap(&whole, self.room(indent + 2)).into_iter().enumerate() {
            self.indent(if at == 0 { indent } else { indent + 2 });
            match line.strip_prefix(lead.trim_end()) {
                Some(rest) if at == 0 => {
                    self.write(ink, lead.trim_end());
                    self.out.push_str(rest);
                }
                _ => self.out.push_str(&line),
            }
            self.end();
        }
    }
}
