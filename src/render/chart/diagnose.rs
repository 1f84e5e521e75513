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
                let what = plain(message);
                let summary = format!("chart `{chart}`: what `{path}` prints is no object: {what}");
                let mut problem = Diagnostic::error(summary)
                    .help("correct the template, or the values that it prints");
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
                    (Some(line), None) => problem.detail(format!("line {line} of what it prints")),
                    (None, _) => problem,
                }
            }
        }
    }

    fn parse_problem(&self, error: &ParseError, resolved: &Resolved) -> Diagnostic {
        let Place {
            template,
            line,
            column,
            ..
        } = &error.place;
        let mut summary = format!("chart `{}`: {}", self.chart.metadata.name, error.message);
        let span = self.span(&error.place, resolved);
        if span.is_none() {
            summary.push_str(&format!(" ({template}:{line}:{column})"));
        }
        let mut problem = Diagnostic::error(summary);
        if let Some(span) = span {
            problem = problem.at(span);
        }
        if error.message == "unexpected EOF" {
            return problem.help(
                "an `{{ if }}`, `{{ with }}`, `{{ range }}`, `{{ define }}` or `{{ block }}` has no `{{ end }}`",
            );
        }
        if error.message.starts_with("function ") {
            return problem.help("Helm 4 has no such function: correct its name");
        }
        problem
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
        // The marked text says as much when nothing was called.
        if problem.span.is_none() || !outer.is_empty() || last.via != Via::Root {
            problem = problem.detail(way(last, outer));
        }
        match help(error, last, outer, resolved, values_path) {
            Some(help) => problem.help(help),
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

/// How it came to the error, innermost first.
fn way(last: &Frame, outer: &[Frame]) -> String {
    let mut steps: Vec<(String, usize)> = Vec::new();
    for frame in outer.iter().rev() {
        let step = step(frame);
        match steps.last_mut() {
            Some((known, times)) if *known == step => *times += 1,
            _ => steps.push((step, 1)),
        }
    }
    let mut way = format!("in {}", named(last));
    for (step, times) in steps.iter().take(MOST_FRAMES) {
        way.push_str(&format!(", called by {step}"));
        if *times > 1 {
            way.push_str(&format!(" ({times} times)"));
        }
    }
    if steps.len() > MOST_FRAMES {
        way.push_str(&format!(", and {} more", steps.len() - MOST_FRAMES));
    }
    way
}

/// What to do about an error, if that can be told from it.
fn help(
    error: &ExecError,
    last: &Frame,
    outer: &[Frame],
    resolved: &Resolved,
    values_path: &str,
) -> Option<String> {
    let message = error.message.as_str();
    if message.contains("no template \"") {
        let name = message.split('"').nth(1)?;
        return Some(format!(
            "neither the chart nor a chart in its `charts/` defines `{name}`"
        ));
    }
    if message.contains("nested reference name") {
        return Some("a template includes itself, and nothing ends that".to_owned());
    }
    if ["more than ", "longer than "]
        .iter()
        .any(|word| message.contains(word))
    {
        return Some(
            "charts are kept from using up the machine: let the template do less".to_owned(),
        );
    }
    let asks = [
        "nil pointer evaluating",
        "can't evaluate field",
        "calling required: ",
    ];
    if !asks.iter().any(|word| message.contains(word)) {
        return None;
    }
    Some(match unfit(last, outer, resolved)? {
        (path, None) => format!("set `{values_path}{path}` in the values"),
        (path, Some(kind)) => {
            format!("`{values_path}{path}` in the values is {kind}, and must be a mapping here")
        }
    })
}

/// The path of the value that was not there, or was a scalar of a kind where something is read from it; from the values
/// of the whole chart.
fn unfit(
    last: &Frame,
    outer: &[Frame],
    resolved: &Resolved,
) -> Option<(String, Option<&'static str>)> {
    let root = outer.first().unwrap_or(last);
    let at = last.expression.rfind(".Values.")?;
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
    let mut value = &resolved.values;
    for (at, key) in full.iter().enumerate() {
        let kind = match value {
            Tree::Map(_) => None,
            Tree::List(_) => Some("a list"),
            Tree::Str(_) => Some("a text"),
            Tree::Bool(_) => Some("a truth value"),
            Tree::Null => None,
            Tree::Int(_) | Tree::Float(_) => Some("a number"),
        };
        if kind.is_some() {
            return Some((full[..at].join("."), kind));
        }
        match value.get(key) {
            None | Some(Tree::Null) => return Some((full[..=at].join("."), None)),
            Some(found) => value = found,
        }
    }
    None
}

/// Helm's words for a document that is no object, without the names of Go's types.
fn plain(message: &str) -> String {
    let read = || {
        let (_, rest) = message.split_once("json: cannot unmarshal ")?;
        let (kind, into) = rest.split_once(" into Go ")?;
        let kind = match kind {
            "string" => "a text",
            "number" => "a number",
            "bool" => "a truth value",
            "array" => "a list",
            _ => "a mapping",
        };
        let field = into.strip_prefix("struct field SimpleHead.");
        Some(match field.and_then(|field| field.split_once(' ')) {
            Some((field, _)) => format!("`{field}` is {kind}"),
            None => format!("it is {kind}"),
        })
    };
    read().unwrap_or_else(|| message.to_owned())
}
