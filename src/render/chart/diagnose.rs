//! Errors of charts as people can act on them: the place in the template, how it came there, what was missing.

use crate::diag::{Diagnostic, SourceId, Span};
use crate::render::template::{ExecError, Frame, ParseError, Place, Via};

use super::{Chart, RenderError, Resolved, SharedChart, Tree};

/// So many includes are told of on the way to an error.
const MOST_FRAMES: usize = 8;

impl SharedChart {
    /// What went wrong with a release of the chart. `values_path` is what people put before a path in its values.
    pub fn diagnose(
        &self,
        error: &RenderError,
        resolved: &Resolved,
        values_path: &str,
    ) -> Diagnostic {
        let chart = &self.chart.metadata.name;
        match error {
            RenderError::Parse(error) => self.parse_problem(error, resolved),
            RenderError::Exec(error) => self.exec_problem(error, resolved, values_path),
            RenderError::Manifest {
                path,
                line,
                text,
                message,
            } => {
                let summary =
                    format!("chart `{chart}`: what `{path}` prints is no object: {message}");
                let mut problem = Diagnostic::error(summary);
                if let Some(source) = self.template(path, resolved) {
                    problem = problem.at(Span {
                        source,
                        start: 0,
                        end: 0,
                    });
                }
                match (line, text) {
                    (Some(line), Some(text)) => {
                        problem.detail(format!("line {line} of what it prints: `{text}`"))
                    }
                    _ => problem,
                }
            }
        }
    }

    fn parse_problem(&self, error: &ParseError, resolved: &Resolved) -> Diagnostic {
        let summary = format!(
            "chart `{}`: {} ({}:{})",
            self.chart.metadata.name, error.message, error.place.template, error.place.line
        );
        let problem = Diagnostic::error(summary);
        match self.span(&error.place, resolved) {
            Some(span) => problem.at(span),
            None => problem,
        }
    }

    fn exec_problem(
        &self,
        error: &ExecError,
        resolved: &Resolved,
        values_path: &str,
    ) -> Diagnostic {
        // What a chart itself refuses needs no word on how it does that.
        let said = ["fail", "required"].iter().find_map(|name| {
            let rest = error.message.strip_prefix("error calling ")?;
            rest.strip_prefix(name)?.strip_prefix(": ")
        });
        let said = said.unwrap_or(&error.message);
        let mut problem =
            Diagnostic::error(format!("chart `{}`: {said}", self.chart.metadata.name));
        let Some((last, outer)) = error.frames.split_last() else {
            return problem;
        };
        // Texts that `tpl` executes are no files; what called it is.
        let place = |frame: &Frame| self.span(&frame.place, resolved);
        if let Some(span) = error.frames.iter().rev().find_map(place) {
            problem = problem.at(span);
        }
        let way: Vec<String> = outer.iter().rev().take(MOST_FRAMES).map(step).collect();
        let mut detail = format!("in {}", named(last));
        for step in &way {
            detail.push_str(&format!(", called by {step}"));
        }
        if outer.len() > way.len() {
            detail.push_str(&format!(", and {} more", outer.len() - way.len()));
        }
        problem = problem.detail(detail);
        match missing(error, last, outer, resolved) {
            Some(path) => problem.help(format!("set `{values_path}{path}` in the values")),
            None => problem,
        }
    }

    fn span(&self, place: &Place, resolved: &Resolved) -> Option<Span> {
        let source = self.template(&place.template, resolved)?;
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Some(Span {
            source,
            start: offset(place.range.start),
            end: offset(place.range.end),
        })
    }

    fn template(&self, name: &str, resolved: &Resolved) -> Option<SourceId> {
        let (chart, path) = owner(&resolved.chart, name)?;
        let file = chart.templates.iter().find(|file| *file.path == *path)?;
        let text = || String::from_utf8_lossy(&file.data).into_owned();
        Some(self.source(name, text))
    }
}

/// The chart that a template belongs to, and the template's path in it.
fn owner<'c, 'n>(chart: &'c Chart, name: &'n str) -> Option<(&'c Chart, &'n str)> {
    let below = || chart.subcharts.iter().find_map(|child| owner(child, name));
    let own = || Some((chart, name.strip_prefix(&*chart.path)?.strip_prefix('/')?));
    below().or_else(own)
}

fn named(frame: &Frame) -> String {
    let place = &frame.place;
    if frame.define == place.template || frame.via == Via::Root {
        format!("{}:{}:{}", place.template, place.line, place.column)
    } else {
        format!(
            "`{}` ({}:{}:{})",
            frame.define, place.template, place.line, place.column
        )
    }
}

fn step(frame: &Frame) -> String {
    format!("`{}` in {}", frame.expression, named(frame))
}

/// The path of the value that was not there, from the values of the whole chart.
fn missing(
    error: &ExecError,
    last: &Frame,
    outer: &[Frame],
    resolved: &Resolved,
) -> Option<String> {
    if !error.message.contains("nil pointer evaluating") {
        return None;
    }
    let root = outer.first().unwrap_or(last);
    let at = last.expression.find(".Values.")?;
    let path: Vec<&str> = last.expression[at + ".Values.".len()..]
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .next()?
        .split('.')
        .collect();
    let mut above: Vec<&str> = Vec::new();
    let mut rest = root
        .place
        .template
        .strip_prefix(&*resolved.chart.metadata.name)?;
    while let Some((name, below)) = rest.strip_prefix("/charts/").and_then(|rest| {
        rest.split_once('/')
            .map(|(name, _)| (name, &rest[name.len()..]))
    }) {
        above.push(name);
        rest = below;
    }
    let full: Vec<&str> = above.into_iter().chain(path).collect();
    let mut value = Some(&resolved.values);
    for (at, key) in full.iter().enumerate() {
        value = value.and_then(|value| value.get(key));
        if matches!(value, None | Some(Tree::Null)) {
            return Some(full[..=at].join("."));
        }
    }
    None
}
