//! A run shown while it goes on: bars for a terminal, lines for logs, JSON for programs.

mod bars;
mod json;
mod lines;
mod summary;
#[cfg(test)]
mod tests;

use std::io::Write;

use crate::apply::Event;

use super::View;
use bars::Bars;
use lines::Lines;

pub use summary::{summary_human, summary_json};

/// How a run is shown while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressStyle {
    /// Bars that move, for a terminal.
    Bars,
    /// A line for each layer, for logs; of a long run a line for every twentieth part of it, and each failure.
    Lines,
    /// A JSON object for each event, one a line.
    Json,
    /// Nothing.
    Silent,
}

/// Shows a run while it goes on.
pub struct Progress {
    shown: Shown,
    writer: Box<dyn Write + Send>,
}

enum Shown {
    Bars(Box<Bars>),
    Lines(Lines),
    Json,
    Silent,
}

impl Progress {
    /// Shows a run on standard error.
    pub fn new(style: ProgressStyle, view: View) -> Self {
        Self::with_writer(style, view, Box::new(std::io::stderr()))
    }

    /// Shows a run on a writer. Bars are always on standard error.
    pub fn with_writer(style: ProgressStyle, view: View, writer: Box<dyn Write + Send>) -> Self {
        let shown = match style {
            ProgressStyle::Bars => Shown::Bars(Box::new(Bars::new(view))),
            ProgressStyle::Lines => Shown::Lines(Lines::new(view)),
            ProgressStyle::Json => Shown::Json,
            ProgressStyle::Silent => Shown::Silent,
        };
        Self { shown, writer }
    }

    /// Takes in what happened. The end of the run clears the bars; [`summary_human`] is for its caller to show.
    pub fn event(&mut self, event: &Event) {
        let text = match &mut self.shown {
            Shown::Bars(bars) => return bars.event(event),
            Shown::Lines(lines) => lines.event(event),
            Shown::Json => json::line(event),
            Shown::Silent => return,
        };
        // A reader that has gone away is no reason to stop a run.
        let _ = self
            .writer
            .write_all(text.as_bytes())
            .and_then(|()| self.writer.flush());
    }
}
