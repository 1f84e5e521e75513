//! One problem.

use super::Span;

/// Whether a problem stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The work cannot go on.
    Error,
    /// Worth knowing; the work goes on.
    Warning,
}

/// A second place that explains a problem ("first declared here").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}

/// One problem: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the work.
    pub severity: Severity,
    /// One line, lower case, without a full stop: "unknown field `verison`".
    pub summary: String,
    /// Where it is, if it is in a text.
    pub span: Option<Span>,
    /// A few words beside the marked text: "not a field of `Layer`".
    pub label: Option<String>,
    /// Further places.
    pub others: Vec<Label>,
    /// More about it, if one line is not enough.
    pub detail: Option<String>,
    /// What to do: "did you mean `version`?".
    pub help: Option<String>,
    /// Whether nobody wrote anything wrong: a server does not answer, the network is not there.
    pub is_outside: bool,
}

impl Diagnostic {
    /// An error with its one-line summary.
    pub fn error(summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary.into())
    }

    /// A warning with its one-line summary.
    pub fn warning(summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary.into())
    }

    fn new(severity: Severity, summary: String) -> Self {
        Self {
            severity,
            summary,
            span: None,
            label: None,
            others: Vec::new(),
            detail: None,
            help: None,
            is_outside: false,
        }
    }

    /// Says that it comes from outside, and nothing that somebody wrote is wrong.
    #[must_use]
    pub fn outside(mut self) -> Self {
        self.is_outside = true;
        self
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Puts a few words beside the marked text.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// Points to a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a detail.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Whether it stops the work.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether one of them stops the work.
pub fn has_errors(all: &[Diagnostic]) -> bool {
    all.iter().any(Diagnostic::is_error)
}
