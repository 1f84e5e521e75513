//! Resolving macros for one cluster.

use std::borrow::Cow;

use crate::diag::{Diagnostic, Span};
use crate::render::context::Context;
use crate::render::path;
use crate::render::prepared::Prepared;
use crate::render::template::{self, Limits};
use crate::yaml::{Entry, Node, NodeKind, ScalarStyle, Value};

use super::plain;
use super::reference::{Reference, Use};
use super::text::{MacroText, Part, seen, written};

/// How many references one layer's values may follow, through all packs. More than anyone needs, fewer than values that
/// double at every step.
const MAX_STEPS: usize = 100_000;
/// How long a text may become.
const MAX_TEXT: usize = 16 << 20;

/// One resolution: remembers what was found out on the way.
pub struct Resolver<'a> {
    cx: &'a Context<'a>,
    /// The references to packs that are being followed, with the layer that each of them leads to.
    trail: Vec<(&'a Prepared, Reference)>,
    steps: usize,
    /// Whether something sensitive was read.
    pub sensitive: bool,
    /// What was found wrong.
    pub problems: Vec<Diagnostic>,
}

/// Something was found wrong and told.
pub struct Told;

/// What a text turned into.
enum Resolved {
    Text(String),
    /// A whole mapping or list, from a macro that is all of its scalar.
    Value(Value),
}

impl<'a> Resolver<'a> {
    /// A resolution for one cluster.
    pub fn new(cx: &'a Context<'a>) -> Self {
        Self {
            cx,
            trail: Vec::new(),
            steps: 0,
            sensitive: false,
            problems: Vec::new(),
        }
    }

    /// The value of a reference; nothing when it is undefined and may be.
    pub fn read(&mut self, own: &'a Prepared, read: &Use) -> Result<Option<Value>, Told> {
        let value = self.look_up(own, &read.reference, read.span)?;
        if value.is_none() && !read.defaulted {
            let problem = self.cx.undefined(own, &read.reference).at(read.span);
            return Err(self.tell(problem));
        }
        Ok(value)
    }

    fn look_up(
        &mut self,
        own: &'a Prepared,
        reference: &Reference,
        span: Span,
    ) -> Result<Option<Value>, Told> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            let summary = format!("`{reference}` follows more than {MAX_STEPS} other macros");
            return Err(self.tell(Diagnostic::error(summary).at(span)));
        }
        match reference {
            Reference::System(path) => Ok(self.cx.system(own, path)),
            Reference::Macro(path) => Ok(self.cx.project_macro(path)),
            Reference::Var(name) => Ok(self.cx.binding(own, name).map(|binding| {
                self.sensitive |= binding.sensitive;
                match self.cx.stand_in {
                    Some(stand_in) if binding.sensitive => stand_in(name, &binding.value),
                    _ => binding.value.clone(),
                }
            })),
            Reference::Pack { pack, path } => self.pack(own, reference, pack, path, span),
        }
    }

    fn pack(
        &mut self,
        own: &'a Prepared,
        reference: &Reference,
        pack: &str,
        path: &str,
        span: Span,
    ) -> Result<Option<Value>, Told> {
        let other = match self.cx.layer_of_pack(own, pack) {
            Ok(Some(other)) => other,
            Ok(None) => return Ok(None),
            Err(problem) => return Err(self.tell(problem.at(span))),
        };
        let Some(node) = path::get(other.merged(), path) else {
            return Ok(None);
        };
        let step = (other, reference.clone());
        let same =
            |(one, read): &(&Prepared, Reference)| std::ptr::eq(*one, step.0) && *read == step.1;
        if let Some(from) = self.trail.iter().position(same) {
            let mut way: Vec<String> = self.trail[from..]
                .iter()
                .map(|(_, read)| format!("`{read}`"))
                .collect();
            way.push(format!("`{reference}`"));
            let problem = Diagnostic::error("macros refer to each other in a circle")
                .at(span)
                .detail(way.join(" -> "))
                .help("write one of these values out");
            return Err(self.tell(problem));
        }
        self.trail.push(step);
        let value = self.node(other, node);
        self.trail.pop();
        let mut node = value?;
        self.cover(other, path, &mut node);
        Ok(Some(node.to_value()))
    }

    /// Notes when a value of another pack is sensitive by that pack's schema, and puts stand-ins there if asked to.
    fn cover(&mut self, other: &Prepared, path: &str, node: &mut Node) {
        for secret in other.password_paths() {
            let inside = secret.strip_prefix(path);
            if inside.is_some_and(str::is_empty)
                || path
                    .strip_prefix(&**secret)
                    .is_some_and(|rest| rest.starts_with('.'))
            {
                self.sensitive = true;
                self.replace(secret, node);
            } else if let Some(inside) = inside.and_then(|inside| inside.strip_prefix('.')) {
                self.sensitive = true;
                path::change(node, inside, &mut |node| self.replace(secret, node));
            }
        }
    }

    fn replace(&self, name: &str, node: &mut Node) {
        if let (Some(stand_in), false) = (self.cx.stand_in, node.kind == NodeKind::Null) {
            *node = plain::node(&stand_in(name, &node.to_value()), node.span);
        }
    }

    /// A tree with all macros resolved, and with stand-ins for what the pack's schema calls passwords.
    pub fn tree(&mut self, own: &'a Prepared) -> Result<Node, Told> {
        let mut node = self.node(own, own.merged())?;
        for secret in own.password_paths() {
            self.sensitive = true;
            path::change(&mut node, secret, &mut |node| self.replace(secret, node));
        }
        Ok(node)
    }

    fn node(&mut self, own: &'a Prepared, node: &Node) -> Result<Node, Told> {
        let span = node.span;
        let kind = match &node.kind {
            NodeKind::String(text, style) => match own.macros(text) {
                None => node.kind.clone(),
                Some(found) => match (self.text(own, found, span)?, style) {
                    (Resolved::Text(text), ScalarStyle::Plain) => plain::typed(text, span),
                    (Resolved::Text(text), style) => NodeKind::String(text, *style),
                    (Resolved::Value(value), ScalarStyle::Plain) => plain::node(&value, span).kind,
                    (Resolved::Value(value), style) => NodeKind::String(written(&value), *style),
                },
            },
            NodeKind::List(list) => {
                let mut items = Vec::with_capacity(list.len());
                // All problems are told, not only the first.
                let mut failed = false;
                for item in list {
                    match self.node(own, item) {
                        Ok(item) => items.push(item),
                        Err(Told) => failed = true,
                    }
                }
                if failed {
                    return Err(Told);
                }
                NodeKind::List(items)
            }
            NodeKind::Map(entries) => NodeKind::Map(self.entries(own, entries)?),
            other => other.clone(),
        };
        Ok(Node { span, kind })
    }

    fn entries(&mut self, own: &'a Prepared, entries: &[Entry]) -> Result<Vec<Entry>, Told> {
        let mut all: Vec<Entry> = Vec::with_capacity(entries.len());
        let mut failed = false;
        for entry in entries {
            let key = match own.macros(&entry.key) {
                None => Ok(entry.key.clone()),
                Some(found) => self
                    .text(own, found, entry.key_span)
                    .map(Resolved::into_text),
            };
            match (key, self.node(own, &entry.value)) {
                (Ok(key), Ok(value)) => all.push(Entry {
                    key,
                    key_span: entry.key_span,
                    value,
                }),
                _ => failed = true,
            }
        }
        if failed { Err(Told) } else { Ok(all) }
    }

    fn text(&mut self, own: &'a Prepared, text: &MacroText, span: Span) -> Result<Resolved, Told> {
        let mut out = String::new();
        let alone = text.parts.len() == 1;
        for part in &text.parts {
            let found = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Macro(found) => found,
            };
            let mut values = Vec::with_capacity(found.uses.len());
            for read in &found.uses {
                let read = Use {
                    span,
                    ..read.clone()
                };
                values.push(self.read(own, &read)?);
            }
            if let Some(pipeline) = &found.pipeline {
                let dot =
                    found
                        .uses
                        .iter()
                        .zip(&values)
                        .enumerate()
                        .map(|(number, (read, value))| {
                            let value = match value {
                                Some(value) => seen(value),
                                None if read.reference.may_be_undefined() => {
                                    template::Value::str("")
                                }
                                None => template::Value::Null,
                            };
                            (format!("r{number}"), value)
                        });
                let dot = template::Value::Map(dot.collect());
                let value = pipeline
                    .evaluate(dot, &Limits::default())
                    .map_err(|error| error.message)
                    .and_then(|value| printed(&value))
                    .map_err(|message| {
                        let summary = format!("the macro `{}` fails", found.written);
                        let message = self.cx.masked(own, &message);
                        self.tell(Diagnostic::error(summary).at(span).detail(message))
                    })?;
                out.push_str(&value);
            } else if let Some(value) = values.into_iter().flatten().next() {
                if alone && matches!(value, Value::List(_) | Value::Map(_)) {
                    return Ok(Resolved::Value(value));
                }
                out.push_str(&written(&value));
            }
            if out.len() > MAX_TEXT {
                let summary = format!("the text behind `{}` becomes too long", found.written);
                return Err(self.tell(Diagnostic::error(summary).at(span)));
            }
        }
        Ok(Resolved::Text(out))
    }

    fn tell(&mut self, problem: Diagnostic) -> Told {
        // One input that is missing is often read in many places; each place is told once.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        Told
    }
}

impl Resolved {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Value(value) => written(&value),
        }
    }
}

fn printed(value: &template::Value) -> Result<String, String> {
    match value {
        template::Value::Str(text) => Ok(match text.to_text() {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        }),
        template::Value::Object(object) => Ok(object.text()),
        other => other
            .to_data()
            .map(|data| written(&data))
            .map_err(|_| "its result cannot be written as a text".to_owned()),
    }
}
