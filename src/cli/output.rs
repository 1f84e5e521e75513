//! Where results, progress and problems are written.

use std::io::{self, IsTerminal, Write};

use crate::diag::{Diagnostic, Sources, Style, render};
use crate::ui::View;

/// The streams of the program, and whether they take colour.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Whether standard output is coloured.
    pub colour: bool,
    /// Whether standard error is coloured.
    pub error_colour: bool,
    /// Whether progress can be drawn on standard error.
    pub bars: bool,
    /// How wide lines may be, in columns.
    pub width: usize,
}

impl Output {
    /// What the streams of this process can do. `NO_COLOR` and `--no-color` turn colours off.
    pub fn detect(no_colour: bool) -> Self {
        let plain =
            no_colour || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = columns();
        Self {
            colour: !plain && io::stdout().is_terminal(),
            error_colour: !plain && io::stderr().is_terminal(),
            bars: io::stderr().is_terminal(),
            width: columns,
        }
    }

    /// How views are drawn on standard output.
    pub fn view(&self, expand: bool) -> View {
        View {
            colour: self.colour,
            width: self.width,
            expand,
        }
    }

    /// Writes a result. A reader that has closed the pipe has seen enough: that is no error.
    ///
    /// # Errors
    /// When standard output cannot be written for another reason.
    pub fn result(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Writes a remark to standard error, with a newline.
    pub fn say(&self, text: &str) {
        // Who closes standard error does not want to know.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Writes diagnostics to standard error.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        let style = if self.error_colour {
            Style::Coloured
        } else {
            Style::Plain
        };
        let _ = io::stderr()
            .lock()
            .write_all(render(diagnostics, sources, style).as_bytes());
    }
}

/// The width of the terminal, in columns.
fn columns() -> usize {
    const USUAL: usize = 100;
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let asked = || {
        rustix::termios::tcgetwinsize(io::stdout())
            .ok()
            .map(|size| usize::from(size.ws_col))
    };
    told.or_else(asked)
        .filter(|columns| *columns > 0)
        .unwrap_or(USUAL)
}
