//! What is wrong with a text.

use std::fmt;

use super::chars;

/// Why a text is not YAML that Helm accepts, for readers that keep no sources.
///
/// It prints as Helm's reader prints it, since `fromYaml` shows that text to charts: `yaml: line 3: did not find
/// expected key`. The line in that text is left out or counts differently for some problems, as it does there;
/// [`Error::line`] and [`Error::column`] are exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong, without the place.
    pub message: String,
    /// The line that goyaml would print.
    shown: Option<usize>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shown {
            Some(line) => write!(f, "yaml: line {line}: {}", self.message),
            None => write!(f, "yaml: {}", self.message),
        }
    }
}

impl std::error::Error for Error {}

/// Who found a problem; goyaml counts lines differently for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finder {
    Scanner,
    Parser,
    /// The composer and the resolver, whose messages carry no line.
    Composer,
}

/// A problem at a byte offset.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub message: String,
    pub finder: Finder,
    /// Where it is. One more than the length of the text: behind the forced end of its last line.
    pub offset: usize,
    /// Where the construct began in which it is.
    pub context: Option<usize>,
    pub help: Option<&'static str>,
}

impl Problem {
    pub(super) fn scanner(message: &str, offset: usize, context: usize) -> Box<Self> {
        Self::new(message.to_owned(), Finder::Scanner, offset, Some(context))
    }

    pub(super) fn parser(message: &str, offset: usize, context: Option<usize>) -> Box<Self> {
        Self::new(message.to_owned(), Finder::Parser, offset, context)
    }

    pub(super) fn composer(message: String, offset: usize) -> Box<Self> {
        Self::new(message, Finder::Composer, offset, None)
    }

    fn new(message: String, finder: Finder, offset: usize, context: Option<usize>) -> Box<Self> {
        Box::new(Self {
            message,
            finder,
            offset,
            context,
            help: None,
        })
    }

    pub(super) fn help(mut self: Box<Self>, help: &'static str) -> Box<Self> {
        self.help = Some(help);
        self
    }

    /// The problem with its lines counted.
    pub(super) fn into_error(self, text: &str) -> Error {
        let lines = |offset| breaks_before(text, offset);
        let shown = match (self.finder, lines(self.offset), self.context.map(lines)) {
            (Finder::Composer, _, _) => None,
            (Finder::Scanner | Finder::Parser, 0, context) => context.filter(|line| *line > 0),
            (Finder::Scanner, line, _) => Some(line + 1),
            (Finder::Parser, line, _) => Some(line),
        };
        let mut offset = self.offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let start = line_start(text, offset);
        Error {
            line: breaks_before(text, offset) + 1,
            column: text[start..offset].chars().count() + 1,
            message: self.message,
            shown,
        }
    }
}

fn line_start(text: &str, offset: usize) -> usize {
    let bytes = &text.as_bytes()[..offset];
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let len = chars::break_len(bytes, at);
        at += len.max(1);
        if len > 0 {
            start = at;
        }
    }
    start
}

/// The number of line breaks before an offset; the end of a text ends its last line.
fn breaks_before(text: &str, offset: usize) -> usize {
    let bytes = &text.as_bytes()[..offset.min(text.len())];
    let mut count = 0;
    let mut at = 0;
    let mut last = 0;
    while at < bytes.len() {
        let len = chars::break_len(bytes, at);
        at += len.max(1);
        if len > 0 {
            count += 1;
            last = at;
        }
    }
    if offset > text.len() && last < text.len() {
        count += 1;
    }
    count
}
