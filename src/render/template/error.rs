//! What can go wrong with a template, and where.

use std::fmt;
use std::ops::Range;

/// A place in the text of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name under which the text was parsed: a path.
    pub template: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// The bytes of the text that the error is about.
    pub range: Range<usize>,
}

/// A template that cannot be understood. Nothing of the set is executed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {}:{}: {message}", place.template, place.line)]
pub struct ParseError {
    /// Where.
    pub place: Place,
    /// What, in Go's words.
    pub message: String,
}

/// How a template came to be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// By the caller.
    Root,
    /// By `{{ template }}` or `{{ block }}`.
    Template,
    /// By `include`.
    Include,
    /// By `tpl`, whose text this is.
    Tpl(String),
}

/// One template on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// How this template came to be executed.
    pub via: Via,
    /// The name of the template: a path, or what `define` says.
    pub define: String,
    /// Where in the file it stood.
    pub place: Place,
    /// Go's column: counted from 0, in bytes.
    pub go_column: usize,
    /// The expression that was executed there.
    pub expression: String,
}

/// A template that failed while it was executed.
///
/// It prints as Helm prints it: the chain of templates, outermost first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ExecError {
    /// The templates from the outermost to the one that failed; empty when no template was found at all.
    pub frames: Vec<Frame>,
    /// What, in Go's words.
    pub message: String,
}

impl ExecError {
    /// Where it went wrong: the place in the innermost template.
    pub fn place(&self) -> Option<&Place> {
        self.frames.last().map(|frame| &frame.place)
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, frame) in self.frames.iter().enumerate() {
            let next = self.frames.get(at + 1).map(|next| &next.via);
            // A template that `{{ template }}` runs reports in its own name only.
            if next == Some(&Via::Template) {
                continue;
            }
            write!(
                f,
                "template: {}:{}:{}: executing {} at <{}>: ",
                frame.place.template,
                frame.place.line,
                frame.go_column,
                super::print::quoted(frame.define.as_bytes()),
                frame.expression,
            )?;
            match next {
                Some(Via::Include) => f.write_str("error calling include: ")?,
                Some(Via::Tpl(text)) => {
                    let text = super::print::quoted(text.as_bytes());
                    write!(
                        f,
                        "error calling tpl: error during tpl function execution for {text}: "
                    )?;
                }
                _ => {}
            }
        }
        f.write_str(&self.message)
    }
}

/// A pipeline outside a template that cannot be parsed or fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// It cannot be understood.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It failed.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

pub(super) fn place(template: &str, text: &str, range: Range<usize>) -> Place {
    let mut start = range.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Place {
        template: template.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        range: start..range.end.clamp(start, text.len()),
    }
}
