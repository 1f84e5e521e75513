//! Nodes checked against the tables: every problem of structure, each at its place.

use std::collections::HashMap;
use std::fmt;

use crate::diag::{Diagnostic, Sources, Span};
use crate::yaml::{Entry, Node, NodeKind};

use super::shape::{Field, Shape, Type};
use super::words::{a, join, nearest};

/// Collects what is wrong with documents.
pub(super) struct Check<'s> {
    /// The texts that spans point into.
    pub sources: &'s Sources,
    /// What was found so far.
    pub found: Vec<Diagnostic>,
}

/// What messages call the value that is looked at: `layers`, `layers[2]`.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    field: &'a str,
    index: Option<usize>,
}

impl<'a> Place<'a> {
    /// The value of a field.
    pub fn field(field: &'a str) -> Self {
        Self { field, index: None }
    }

    fn element(self, index: usize) -> Self {
        Self {
            index: Some(index),
            ..self
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(out, "`{}[{index}]`", self.field),
            None => write!(out, "`{}`", self.field),
        }
    }
}

/// From how many entries on a mapping is searched for duplicate keys with a table.
const MANY: usize = 16;

impl<'s> Check<'s> {
    /// A check that has found nothing yet.
    pub fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            found: Vec::new(),
        }
    }

    /// Keeps a problem.
    pub fn report(&mut self, problem: Diagnostic) {
        self.found.push(problem);
    }

    /// The text at a place, as it was written.
    pub fn written(&self, span: Span) -> String {
        let source = self.sources.get(span.source);
        source
            .text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
            .to_owned()
    }

    /// The first line of a place, so that a message about a whole mapping does not mark all of it.
    pub fn first_line(&self, span: Span) -> Span {
        let written = self.written(span);
        let line = written.lines().next().unwrap_or_default().trim_end();
        Span {
            end: span.start + u32::try_from(line.len()).unwrap_or(0),
            ..span
        }
    }

    /// Looks at a value and everything below it.
    pub fn node(&mut self, node: &Node, ty: &Type, place: Place<'_>) {
        match (ty, &node.kind) {
            (Type::Any, _)
            | (Type::Values, NodeKind::Map(_))
            | (Type::Bool, NodeKind::Bool(_))
            | (Type::Quantity, NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::String(..))
            | (
                Type::Scalar | Type::ScalarOr(_),
                NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::String(..),
            ) => {}
            (Type::Text, NodeKind::String(text, _)) => {
                if text.trim().is_empty() {
                    self.report(Diagnostic::error(format!("{place} is empty")).at(node.span));
                }
            }
            (Type::Name, NodeKind::String(text, _)) => self.name(text, node.span),
            (Type::Duration, NodeKind::String(text, _)) => self.duration(text, node.span),
            (Type::Semver, NodeKind::String(..) | NodeKind::Int(_) | NodeKind::Float(_)) => {
                self.semver(node);
            }
            (Type::Count, NodeKind::Int(number)) => self.count(*number, node.span, place),
            (Type::Choice(choice), NodeKind::String(word, _)) => {
                self.choice(word, node.span, choice, place);
            }
            (Type::List(element), NodeKind::List(list)) => {
                for (index, node) in list.iter().enumerate() {
                    self.node(node, element, place.element(index));
                }
            }
            (Type::Map(value), NodeKind::Map(entries)) => self.map(entries, value, false),
            (Type::NameMap(value), NodeKind::Map(entries)) => self.map(entries, value, true),
            (Type::ScalarOr(shape), NodeKind::Map(entries))
                if !entries.iter().any(|entry| is_meant(&entry.key, shape)) =>
            {
                self.wrong_type(node, ty, place);
            }
            (Type::Shape(shape) | Type::ScalarOr(shape), NodeKind::Map(entries)) => {
                self.shape(entries, node.span, shape);
            }
            _ => self.wrong_type(node, ty, place),
        }
    }

    fn wrong_type(&mut self, node: &Node, ty: &Type, place: Place<'_>) {
        let found = match node.kind {
            NodeKind::Null => "nothing".to_owned(),
            NodeKind::Float(_) if matches!(ty, Type::Count) => self.written(node.span),
            NodeKind::Map(_) if matches!(ty, Type::ScalarOr(_)) => "another mapping".to_owned(),
            _ => node.kind_name().to_owned(),
        };
        let written = self.written(node.span);
        let help = match (ty, &node.kind) {
            (Type::Text | Type::Name | Type::Choice(_), NodeKind::Bool(_)) => Some(format!(
                "YAML reads a plain `{written}` as a boolean; put it in quotes: \"{written}\""
            )),
            (Type::Text | Type::Name | Type::Choice(_), NodeKind::Int(_) | NodeKind::Float(_)) => {
                Some(format!("put it in quotes: \"{written}\""))
            }
            (Type::List(_), NodeKind::String(text, _)) if !text.contains('\n') => {
                Some(format!("write it as a list: [{written}]"))
            }
            (Type::List(_), NodeKind::Map(_)) => {
                Some("begin each entry of the list with `- `".to_owned())
            }
            (Type::Bool, NodeKind::String(text, _)) if text == "true" || text == "false" => {
                Some(format!("write it without quotes: {text}"))
            }
            (Type::ScalarOr(shape), _) => Some(format!(
                "the only mapping that can stand here is one with {}",
                join(shape.all_fields().map(|field| field.name), "or")
            )),
            (Type::Shape(shape), NodeKind::String(..)) => Some(its_fields(shape)),
            _ => None,
        };
        let mut problem =
            Diagnostic::error(format!("{place}: expected {}, found {found}", wanted(ty)))
                .at(node.span);
        problem.help = help;
        self.report(problem);
    }

    fn map(&mut self, entries: &[Entry], value: &Type, names: bool) {
        self.duplicates(entries);
        for entry in entries {
            if names {
                self.name(&entry.key, entry.key_span);
            }
            if entry.key == "true" || entry.key == "false" {
                self.boolean_key(entry);
            }
            self.node(&entry.value, value, Place::field(&entry.key));
        }
    }

    /// Labels and variables are called `y` and `on` now and then, and would silently be called `true`.
    fn boolean_key(&mut self, entry: &Entry) {
        let written = self.written(entry.key_span);
        if written.trim_matches(['"', '\'']) != entry.key {
            self.report(
                Diagnostic::error(format!("YAML reads a plain `{written}` as `{}`", entry.key))
                    .at(entry.key_span)
                    .help(format!("put it in quotes: \"{written}\"")),
            );
        }
    }

    /// Looks at a mapping with known fields and everything below it.
    fn shape(&mut self, entries: &[Entry], span: Span, shape: &'static Shape) {
        self.duplicates(entries);
        for entry in entries {
            match shape.field(&entry.key) {
                Some(field) if !field.required && entry.value.kind == NodeKind::Null => {}
                Some(field) => self.node(&entry.value, &field.ty, Place::field(field.name)),
                None => self.unknown(entry, shape),
            }
        }
        for field in shape.all_fields().filter(|field| field.required) {
            if !entries
                .iter()
                .any(|entry| stands_for(&entry.key, field, shape))
            {
                self.report(
                    Diagnostic::error(format!("{} needs `{}`", a(shape.name), field.name))
                        .at(self.first_line(span))
                        .label(format!("`{}` is missing here", field.name))
                        .help(format!("add `{}:`, {}", field.name, field.doc)),
                );
            }
        }
        self.one_of(entries, span, shape);
    }

    fn one_of(&mut self, entries: &[Entry], span: Span, shape: &Shape) {
        if shape.one_of.is_empty() {
            return;
        }
        let mut there = entries.iter().filter(|entry| {
            shape.one_of.contains(&entry.key.as_str()) && entry.value.kind != NodeKind::Null
        });
        let words = || shape.one_of.iter().copied();
        match (there.next(), there.next()) {
            // An unknown field is likely the one that was meant, and has been told already.
            (None, _)
                if entries
                    .iter()
                    .any(|entry| shape.field(&entry.key).is_none()) => {}
            (None, _) => {
                let rule = match shape.one_of {
                    [only] => format!("`{only}`"),
                    _ => format!("one of {}", join(words(), "or")),
                };
                let example = match shape.one_of {
                    [only] => shape.field(only).map(|field| field.doc).unwrap_or_default(),
                    _ => "whichever it is made of",
                };
                self.report(
                    Diagnostic::error(format!("{} needs {rule}", a(shape.name)))
                        .at(self.first_line(span))
                        .help(format!("add {}, {example}", join(words(), "or"))),
                );
            }
            (Some(first), Some(second)) if first.key != second.key => self.report(
                Diagnostic::error(format!(
                    "{} takes only one of {}",
                    a(shape.name),
                    join(words(), "and")
                ))
                .at(second.key_span)
                .label(format!("`{}` is one too many", second.key))
                .also(first.key_span, format!("`{}` stands here", first.key))
                .help("remove one of them"),
            ),
            _ => {}
        }
    }

    fn unknown(&mut self, entry: &Entry, shape: &Shape) {
        let key = &entry.key;
        let written = self.written(entry.key_span);
        let problem = Diagnostic::error(format!("unknown field `{key}`"))
            .at(entry.key_span)
            .label(format!("not a field of {}", a(shape.name)));
        let names = || shape.all_fields().map(|field| field.name);
        let below = shape
            .all_fields()
            .find(|field| matches!(field.ty, Type::Shape(inner) if inner.field(key).is_some()));
        let hint = shape.hints.iter().find(|(wrong, _)| wrong == key);
        self.report(if (key == "true" || key == "false") && written != *key {
            problem.help(format!(
                "YAML reads a plain `{written}` as `{key}`; to have it as text, put it in quotes: \"{written}\""
            ))
        } else if let Some((_, hint)) = hint {
            problem.help(*hint)
        } else if let Some(near) = nearest(key, names()) {
            problem.help(format!("did you mean `{near}`?"))
        } else if let Some(field) = below {
            problem.help(format!("`{key}` belongs under `{}`", field.name))
        } else {
            problem.help(its_fields(shape))
        });
    }

    fn duplicates(&mut self, entries: &[Entry]) {
        if entries.len() < MANY {
            for (at, entry) in entries.iter().enumerate() {
                if let Some(first) = entries[..at].iter().find(|first| first.key == entry.key) {
                    self.twice(&entry.key, first.key_span, entry.key_span);
                }
            }
            return;
        }
        let mut seen = HashMap::with_capacity(entries.len());
        for entry in entries {
            if let Some(first) = seen.get(entry.key.as_str()) {
                self.twice(&entry.key, *first, entry.key_span);
            } else {
                seen.insert(entry.key.as_str(), entry.key_span);
            }
        }
    }

    fn twice(&mut self, key: &str, first: Span, second: Span) {
        self.report(
            Diagnostic::error(format!("`{key}` stands here twice"))
                .at(second)
                .label("the second one")
                .also(first, "the first one")
                .help("remove one of them"),
        );
    }
}

/// Whether a key is a field, or was meant as one that has been told.
fn stands_for(key: &str, field: &Field, shape: &Shape) -> bool {
    key == field.name
        || shape.field(key).is_none()
            && nearest(key, shape.all_fields().map(|field| field.name)) == Some(field.name)
}

/// Whether a key is one that somebody writes who means this shape.
fn is_meant(key: &str, shape: &Shape) -> bool {
    shape
        .all_fields()
        .any(|field| stands_for(key, field, shape))
        || shape.hints.iter().any(|(wrong, _)| *wrong == key)
}

fn its_fields(shape: &Shape) -> String {
    let names: Vec<_> = shape.all_fields().map(|field| field.name).collect();
    match names.as_slice() {
        [only] => format!("its only field is `{only}`"),
        _ => format!("its fields are {}", join(names.into_iter(), "and")),
    }
}

fn wanted(ty: &Type) -> String {
    match ty {
        Type::Text | Type::Name => "a string".to_owned(),
        Type::Semver => "a semantic version".to_owned(),
        Type::Bool => "`true` or `false`".to_owned(),
        Type::Count => "a whole number".to_owned(),
        Type::Quantity => "a number or a string".to_owned(),
        Type::Duration => "a time such as `90s` or `10m`".to_owned(),
        Type::Scalar | Type::ScalarOr(_) => "a string, a number or a boolean".to_owned(),
        Type::Choice(choice) => join(choice.words.iter().map(|(word, _)| *word), "or"),
        Type::Any => "anything".to_owned(),
        Type::List(_) => "a list".to_owned(),
        Type::Values | Type::Map(_) | Type::NameMap(_) | Type::Shape(_) => "a mapping".to_owned(),
    }
}
