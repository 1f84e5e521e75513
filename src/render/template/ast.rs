//! What templates mean: the tree that the parser makes and the executor walks.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::function::Function;
use super::value::Str;

/// The text that templates were parsed from, under its name.
#[derive(Debug)]
pub(super) struct Source {
    pub name: String,
    pub text: String,
}

/// One template: a whole text, or what stands in a `define` or a `block`.
#[derive(Debug)]
pub(super) struct Template {
    pub name: Str,
    pub source: Arc<Source>,
    pub body: Vec<Node>,
}

/// Where a part of a template stands; `go` is where Go says that it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub go: usize,
    pub start: usize,
    pub end: usize,
}

#[derive(Debug)]
pub(super) enum Node {
    Text(Range<usize>),
    Action(Pipe),
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    Template(Spot, Str, Option<Pipe>),
    Break,
    Continue,
}

#[derive(Debug)]
pub(super) struct Branch {
    pub pipe: Pipe,
    pub body: Vec<Node>,
    pub otherwise: Option<Vec<Node>>,
}

/// Commands whose results become the next one's last argument.
#[derive(Debug)]
pub(super) struct Pipe {
    pub spot: Spot,
    pub declared: Vec<Str>,
    pub assigns: bool,
    pub commands: Vec<Command>,
}

#[derive(Debug)]
pub(super) struct Command {
    pub spot: Spot,
    /// Never empty.
    pub args: Vec<Expr>,
}

#[derive(Debug)]
pub(super) struct Expr {
    pub spot: Spot,
    pub kind: ExprKind,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    String { value: Str, quoted: Str },
    Field(Vec<Str>),
    Variable(Str, Vec<Str>),
    Chain(Box<Expr>, Vec<Str>),
    Function(Arc<Function>),
    Pipe(Box<Pipe>),
}

/// A literal number, in every type that it fits.
#[derive(Debug)]
pub(super) struct Number {
    pub text: String,
    pub int: Option<i64>,
    pub float: Option<f64>,
    /// Whether it is a `float64` where nothing else is asked for.
    pub prefers_float: bool,
}

fn fields(f: &mut fmt::Formatter<'_>, names: &[Str]) -> fmt::Result {
    names
        .iter()
        .try_for_each(|name| write!(f, ".{}", name.to_text()))
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Dot => f.write_str("."),
            ExprKind::Nil => f.write_str("nil"),
            ExprKind::Bool(truth) => write!(f, "{truth}"),
            ExprKind::Number(number) => f.write_str(&number.text),
            ExprKind::String { quoted, .. } => f.write_str(&quoted.to_text()),
            ExprKind::Field(names) => fields(f, names),
            ExprKind::Variable(name, names) => {
                f.write_str(&name.to_text())?;
                fields(f, names)
            }
            ExprKind::Chain(inner, names) => {
                if let ExprKind::Pipe(pipe) = &inner.kind {
                    write!(f, "({pipe})")?;
                } else {
                    write!(f, "{inner}")?;
                }
                fields(f, names)
            }
            ExprKind::Function(function) => f.write_str(function.name),
            ExprKind::Pipe(pipe) => write!(f, "{pipe}"),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, arg) in self.args.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            if let ExprKind::Pipe(pipe) = &arg.kind {
                write!(f, "({pipe})")?;
            } else {
                write!(f, "{arg}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.declared.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{}", name.to_text())?;
        }
        if !self.declared.is_empty() {
            f.write_str(if self.assigns { " = " } else { " := " })?;
        }
        for (at, command) in self.commands.iter().enumerate() {
            let bar = if at > 0 { " | " } else { "" };
            write!(f, "{bar}{command}")?;
        }
        Ok(())
    }
}
