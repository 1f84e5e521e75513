//! A scalar with macros in it, taken apart once and resolved for every cluster.

use std::fmt::Write as _;
use std::ops::Range;

use crate::diag::{Diagnostic, Span};
use crate::render::template::{self, Functions, Pipeline};
use crate::yaml::Value;

use super::action::{self, Action};
use super::reference::{Reference, Use};

/// A text with macros.
#[derive(Clone, Debug)]
pub struct MacroText {
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    Text(String),
    Macro(Macro),
}

/// One macro action.
#[derive(Clone, Debug)]
pub(super) struct Macro {
    /// The action as it was written, for messages.
    pub written: String,
    /// What it reads; the pipeline sees them as `.r0`, `.r1` ...
    pub uses: Vec<Use>,
    /// What computes the text; nothing when the action is a reference alone.
    pub pipeline: Option<Pipeline>,
}

const KEYWORDS: [&str; 10] = [
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with",
];

impl MacroText {
    /// Takes a text apart; nothing when there is no macro in it.
    ///
    /// # Errors
    /// Every macro that cannot be understood.
    pub fn parse(
        text: &str,
        span: Span,
        functions: &Functions,
    ) -> Result<Option<Self>, Vec<Diagnostic>> {
        let actions = find(text, span).map_err(|problem| vec![*problem])?;
        if actions.is_empty() {
            return Ok(None);
        }
        let mut parts = Vec::with_capacity(2 * actions.len() + 1);
        let mut problems = Vec::new();
        let mut at = 0;
        let mut trims = false;
        for action in &actions {
            push_text(
                &mut parts,
                &text[at..action.range.start],
                trims,
                action.trims_left,
            );
            match Macro::parse(text, action, span, functions) {
                Ok(found) => parts.push(Part::Macro(found)),
                Err(problem) => problems.push(*problem),
            }
            at = action.range.end;
            trims = action.trims_right;
        }
        push_text(&mut parts, &text[at..], trims, false);
        if problems.is_empty() {
            Ok(Some(Self { parts }))
        } else {
            Err(problems)
        }
    }

    /// Everything that its macros read.
    pub fn uses(&self) -> impl Iterator<Item = &Use> {
        self.parts.iter().flat_map(|part| match part {
            Part::Text(_) => [].iter(),
            Part::Macro(found) => found.uses.iter(),
        })
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str, trim_start: bool, trim_end: bool) {
    let space = [' ', '\t', '\r', '\n'];
    let text = if trim_start {
        text.trim_start_matches(space)
    } else {
        text
    };
    let text = if trim_end {
        text.trim_end_matches(space)
    } else {
        text
    };
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

/// The macro actions of a text.
///
/// # Errors
/// When one of them is never closed.
pub fn find(text: &str, span: Span) -> Result<Vec<Action>, Box<Diagnostic>> {
    action::find(text).map_err(|unclosed| {
        let rest = &text[unclosed.0..];
        let line = rest.lines().next().unwrap_or(rest);
        Box::new(
            Diagnostic::error(format!("the macro `{line}` is never closed"))
                .at(span)
                .help("close it with `}}`"),
        )
    })
}

/// What the references of an action read.
///
/// # Errors
/// The first reference that cannot be understood.
pub fn uses(text: &str, action: &Action, span: Span) -> Result<Vec<Use>, Box<Diagnostic>> {
    let defaulted = gives_default(&text[action.inner.clone()]);
    let read = |range: &Range<usize>| {
        let written = &text[range.clone()];
        let reference = Reference::parse(written).map_err(|why| {
            Box::new(Diagnostic::error(format!("`{written}` is not a macro: {why}")).at(span))
        })?;
        Ok(Use {
            defaulted: defaulted || reference.may_be_undefined(),
            reference,
            span,
        })
    };
    action.references.iter().map(read).collect()
}

/// Whether a pipeline knows what to do when something is undefined.
fn gives_default(pipeline: &str) -> bool {
    pipeline
        .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '"' | '_' | '-'))
        .any(|word| matches!(word, "default" | "coalesce" | "empty" | "or"))
}

impl Macro {
    fn parse(
        text: &str,
        action: &Action,
        span: Span,
        functions: &Functions,
    ) -> Result<Self, Box<Diagnostic>> {
        let written = text[action.range.clone()].to_owned();
        let inner = &text[action.inner.clone()];
        let word = inner.trim_start().split([' ', '\t', '\r', '\n']).next();
        if let Some(keyword) = word.filter(|word| KEYWORDS.contains(word)) {
            let problem =
                Diagnostic::error(format!("a macro cannot stand in `{keyword}`: `{written}`"));
            return Err(Box::new(problem.at(span).help(
                "values know only pipelines such as `{{ .spectro.var.name | default \"x\" }}`",
            )));
        }
        let uses = uses(text, action, span)?;
        let bare = uses.len() == 1 && inner.trim().len() == action.references[0].len();
        let pipeline = if bare {
            None
        } else {
            let mut rewritten = String::with_capacity(inner.len());
            let mut at = action.inner.start;
            for (number, range) in action.references.iter().enumerate() {
                rewritten.push_str(&text[at..range.start]);
                write!(rewritten, ".r{number}").expect("writing to a string cannot fail");
                at = range.end;
            }
            rewritten.push_str(&text[at..action.inner.end]);
            let parsed = Pipeline::parse("macro", &rewritten, functions).map_err(|error| {
                let summary = format!("the macro `{written}` cannot be understood");
                Box::new(Diagnostic::error(summary).at(span).detail(error.message))
            })?;
            Some(parsed)
        };
        Ok(Self {
            written,
            uses,
            pipeline,
        })
    }
}

/// A value as macros write it into a text; mappings and lists as JSON, which is YAML as well.
pub fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::List(_) | Value::Map(_) => serde_json::Value::from(value.clone()).to_string(),
    }
}

/// A value as pipelines of macros see it. Integers stay integers, since texts want all of their digits.
pub fn seen(value: &Value) -> template::Value {
    if let Value::Int(number) = value {
        template::Value::int64(*number)
    } else {
        template::Value::from(value)
    }
}
