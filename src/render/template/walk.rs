//! The executor: walks the tree of one template.

mod call;

use std::fmt::Display;
use std::sync::Arc;

use super::ast::{Branch, Call, Command, Expr, ExprKind, Node, Number, Pipe, Spot, Template};
use super::error::{ExecError, Frame, Via, place};
use super::exec::{Exec, Step};
use super::print::{self, quoted};
use super::random::Link;
use super::value::{Elem, MapKind, Str, Value};

/// So many templates are told of in an error; of more, those in the middle are left out.
const MAX_FRAMES: usize = 40;

/// What the executor looks at: errors are about that.
#[derive(Clone, Copy)]
enum At<'t> {
    Nothing,
    Node(&'t Call),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Expr(&'t Expr),
}

impl<'t> At<'t> {
    fn spot(self) -> Option<Spot> {
        match self {
            At::Nothing => None,
            At::Node(call) => Some(call.spot),
            At::Pipe(pipe) => Some(pipe.spot),
            At::Command(command) => Some(command.spot),
            At::Expr(expr) => Some(expr.spot),
        }
    }
}

/// A value and whether it is seen through an interface, which Go's messages tell of.
#[derive(Clone)]
struct Seen {
    value: Value,
    interface: bool,
}

struct Variable {
    name: Str,
    seen: Seen,
}

enum Flow {
    Next,
    Break,
    Continue,
}

/// A template that is being executed.
pub(super) struct State<'r, 's, 't> {
    exec: &'r mut Exec<'s>,
    template: &'t Template,
    via: Via,
    variables: Vec<Variable>,
    at: At<'t>,
    out: &'r mut Vec<u8>,
}

impl<'r, 's, 't> State<'r, 's, 't> {
    pub fn new(
        exec: &'r mut Exec<'s>,
        template: &'t Template,
        dot: Value,
        via: Via,
        out: &'r mut Vec<u8>,
    ) -> Self {
        let value = if dot.is_nil() { Value::Nil } else { dot };
        let seen = Seen {
            value,
            interface: false,
        };
        let name = Str::from("$");
        Self {
            exec,
            template,
            via,
            variables: vec![Variable { name, seen }],
            at: At::Nothing,
            out,
        }
    }

    pub fn body(&mut self) -> Step<()> {
        let dot = self.variables[0].seen.clone();
        for node in &self.template.body {
            self.node(&dot, node)?;
        }
        Ok(())
    }

    pub fn evaluate(&mut self, pipe: &'t Pipe) -> Step<Value> {
        let dot = self.variables[0].seen.clone();
        self.pipeline(&dot, pipe)
    }

    /// Notes that the expression there calls.
    fn linked(&mut self, at: At<'t>) {
        let range = at.spot().map_or(0..0, Spot::range);
        self.exec.push(Link {
            template: self.template.name.clone(),
            source: Arc::clone(&self.template.source),
            range,
        });
    }

    fn frame(&self) -> Frame {
        let (spot, expression) = match self.at {
            At::Nothing => (None, String::new()),
            At::Node(Call { spot, name, dot }) => {
                let argument = dot.as_ref().map(|pipe| format!(" {pipe}"));
                let (name, argument) = (quoted(name), argument.unwrap_or_default());
                (Some(*spot), format!("{{{{template {name}{argument}}}}}"))
            }
            At::Pipe(pipe) => (Some(pipe.spot), pipe.to_string()),
            At::Command(command) => (Some(command.spot), command.to_string()),
            At::Expr(expr) => (Some(expr.spot), expr.to_string()),
        };
        let source = &self.template.source;
        let range = spot.map_or(0..0, Spot::range);
        let go = spot.map_or(0, Spot::go).min(source.text.len());
        let line_start = source.text.as_bytes()[..go]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        Frame {
            via: self.via.clone(),
            define: self.template.name.to_text().into_owned(),
            place: place(&source.name, &source.text, range),
            go_column: go - line_start,
            expression,
        }
    }

    fn error(&self, message: impl Display) -> Box<ExecError> {
        Box::new(ExecError {
            frames: vec![self.frame()],
            message: message.to_string(),
        })
    }

    fn fail<T>(&self, message: impl Display) -> Step<T> {
        Err(self.error(message))
    }

    /// Puts this template before the ones that an error tells of.
    fn outer(&self, mut error: Box<ExecError>) -> Box<ExecError> {
        if error.frames.len() >= MAX_FRAMES {
            error.frames.remove(MAX_FRAMES / 2);
        }
        error.frames.insert(0, self.frame());
        error
    }

    fn within<T>(&mut self, inner: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        self.exec.enter().map_err(|message| self.error(message))?;
        let result = inner(self);
        self.exec.leave();
        result
    }

    fn step(&mut self, count: usize) -> Step<()> {
        self.exec.step(count).map_err(|message| self.error(message))
    }

    fn list(&mut self, dot: &Seen, nodes: &'t [Node]) -> Step<Flow> {
        self.within(|state| {
            for node in nodes {
                match state.node(dot, node)? {
                    Flow::Next => {}
                    flow => return Ok(flow),
                }
            }
            Ok(Flow::Next)
        })
    }

    fn node(&mut self, dot: &Seen, node: &'t Node) -> Step<Flow> {
        match node {
            Node::Text(range) => {
                let text = &self.template.source.text.as_bytes()[range.clone()];
                self.write(text)?;
            }
            Node::Action(pipe) => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.declared.is_empty() {
                    self.print(&value)?;
                }
            }
            Node::If(branch) => return self.choose(dot, branch, false),
            Node::With(branch) => return self.choose(dot, branch, true),
            Node::Range(branch) => {
                let mark = self.variables.len();
                let result = self.range(dot, branch);
                self.variables.truncate(mark);
                return result;
            }
            Node::Template(call) => {
                self.at = At::Node(call);
                self.call_template(dot, &call.name, call.dot.as_ref())?;
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn write(&mut self, text: &[u8]) -> Step<()> {
        self.exec
            .wrote(text.len())
            .map_err(|message| self.error(message))?;
        self.out.extend_from_slice(text);
        Ok(())
    }

    fn print(&mut self, value: &Value) -> Step<()> {
        match value {
            Value::Nil | Value::Null => self.write(b"<no value>"),
            Value::Str(text) => self.write(text),
            value => {
                let text = match value {
                    Value::Object(object) => object.printed().into_bytes(),
                    value => print::text(value),
                };
                self.write(&text)
            }
        }
    }

    fn choose(&mut self, dot: &Seen, branch: &'t Branch, with: bool) -> Step<Flow> {
        let mark = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = if value.truth() {
            if with {
                let seen = Seen {
                    value,
                    interface: false,
                };
                self.list(&seen, &branch.body)
            } else {
                self.list(dot, &branch.body)
            }
        } else if let Some(otherwise) = &branch.otherwise {
            self.list(dot, otherwise)
        } else {
            Ok(Flow::Next)
        };
        self.variables.truncate(mark);
        flow
    }

    fn range(&mut self, dot: &Seen, branch: &'t Branch) -> Step<Flow> {
        let over = self.pipeline(dot, &branch.pipe)?;
        let over = match over {
            Value::Object(object) => match object.as_map() {
                Some(map) => Value::Map(map),
                None => Value::Object(object),
            },
            other => other,
        };
        let mut turned = false;
        match over {
            Value::Nil | Value::Null => {}
            Value::Int(count, kind) => {
                if branch.pipe.declared.len() > 1 {
                    let shown = print::text(&Value::Int(count, kind));
                    let shown = String::from_utf8_lossy(&shown);
                    return self.fail(format!(
                        "can't use {shown} to iterate over more than one variable"
                    ));
                }
                for number in 0..count.max(0) {
                    turned = true;
                    let seen = Seen {
                        value: Value::Int(number, kind),
                        interface: false,
                    };
                    if let Flow::Break = self.turn(branch, Value::Nil, &seen)? {
                        break;
                    }
                }
            }
            Value::List(list) => {
                let interface = list.elem() == Elem::Any;
                for (index, value) in (0_i64..).zip(list.iter()) {
                    turned = true;
                    let value = value.clone();
                    let seen = Seen { value, interface };
                    if let Flow::Break = self.turn(branch, Value::int(index), &seen)? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                let interface = map.kind() != MapKind::Strings;
                for (key, value) in map.entries() {
                    turned = true;
                    let seen = Seen { value, interface };
                    if let Flow::Break = self.turn(branch, Value::Str(key), &seen)? {
                        break;
                    }
                }
            }
            other => {
                let shown = print::text(&other);
                let shown = String::from_utf8_lossy(&shown);
                return self.fail(format!("range can't iterate over {shown}"));
            }
        }
        match &branch.otherwise {
            Some(otherwise) if !turned => self.list(dot, otherwise),
            _ => Ok(Flow::Next),
        }
    }

    fn turn(&mut self, branch: &'t Branch, index: Value, element: &Seen) -> Step<Flow> {
        self.step(1)?;
        let mark = self.variables.len();
        let index = Seen {
            value: index,
            interface: false,
        };
        let declared = &branch.pipe.declared;
        if branch.pipe.assigns {
            if let [first, second] = &declared[..] {
                self.assign(first, index)?;
                self.assign(second, element.clone())?;
            } else if let [first] = &declared[..] {
                self.assign(first, element.clone())?;
            }
        } else {
            if !declared.is_empty() {
                self.variables[mark - 1].seen = element.clone();
            }
            if declared.len() > 1 {
                self.variables[mark - 2].seen = index;
            }
        }
        let flow = self.list(element, &branch.body);
        self.variables.truncate(mark);
        flow
    }

    fn call_template(&mut self, dot: &Seen, name: &'t Str, pipe: Option<&'t Pipe>) -> Step<()> {
        let at = self.at;
        let Some(template) = self.exec.set().get(name).cloned() else {
            return self.fail(format!("template {} not defined", quoted(name)));
        };
        let argument = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Nil,
        };
        let result = self.within(|state| {
            state.linked(at);
            let result = state
                .exec
                .run(&template, argument, Via::Template, state.out);
            state.exec.pop();
            result
        });
        result.map_err(|error| self.outer(error))
    }

    fn assign(&mut self, name: &Str, seen: Seen) -> Step<()> {
        let known = self.variables.iter_mut().rev();
        for variable in known {
            if variable.name == *name {
                variable.seen = seen;
                return Ok(());
            }
        }
        self.fail(format!("undefined variable: {}", name.to_text()))
    }

    fn pipeline(&mut self, dot: &Seen, pipe: &'t Pipe) -> Step<Value> {
        self.at = At::Pipe(pipe);
        self.within(|state| state.pipeline_inner(dot, pipe))
    }

    fn pipeline_inner(&mut self, dot: &Seen, pipe: &'t Pipe) -> Step<Value> {
        self.step(1)?;
        let mut last = None;
        for command in &pipe.commands {
            let value = match self.command(dot, command, last)? {
                Value::Null => Value::Nil,
                value => value,
            };
            last = Some(value);
        }
        let value = last.unwrap_or_default();
        for name in &pipe.declared {
            let seen = Seen {
                value: value.clone(),
                interface: false,
            };
            if pipe.assigns {
                self.assign(name, seen)?;
            } else {
                let name = name.clone();
                self.variables.push(Variable { name, seen });
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Seen, command: &'t Command, last: Option<Value>) -> Step<Value> {
        let first = &command.args[0];
        match &first.kind {
            ExprKind::Field(_) | ExprKind::Chain(..) | ExprKind::Variable(..) => {
                return self.path(dot, first, &command.args[1..], last);
            }
            ExprKind::Function(function) => {
                self.at = At::Expr(first);
                let at = At::Command(command);
                return self.function(dot, function, at, &command.args[1..], last);
            }
            ExprKind::Pipe(pipe) => {
                self.no_arguments(command, last.as_ref())?;
                return self.pipeline(dot, pipe);
            }
            _ => {}
        }
        self.at = At::Expr(first);
        self.no_arguments(command, last.as_ref())?;
        match &first.kind {
            ExprKind::Bool(truth) => Ok(Value::Bool(*truth)),
            ExprKind::Dot => Ok(dot.value.clone()),
            ExprKind::Number(number) => self.constant(number),
            ExprKind::String { value, .. } => Ok(Value::Str(value.clone())),
            _ => self.fail("nil is not a command"),
        }
    }

    fn no_arguments(&self, command: &Command, last: Option<&Value>) -> Step<()> {
        if command.args.len() > 1 || last.is_some() {
            let first = &command.args[0];
            return self.fail(format!("can't give argument to non-function {first}"));
        }
        Ok(())
    }

    fn constant(&self, number: &Number) -> Step<Value> {
        match (number.int, number.float) {
            (_, Some(float)) if number.prefers_float => Ok(Value::Float(float)),
            (Some(int), _) => Ok(Value::int(int)),
            _ => self.fail(format!("{} overflows int", number.text)),
        }
    }
}
