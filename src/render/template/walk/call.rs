//! Fields, functions and methods, and what they are given.

use std::rc::Rc;

use super::super::ast::{Expr, ExprKind, Number};
use super::super::exec::{Exec, Step};
use super::super::function::{Args, Body, Failure, Function, Outcome, Param};
use super::super::functions;
use super::super::value::{Elem, IntKind, MapKind, Str, Value};
use super::super::versions::Versions;
use super::{At, Seen, State};

impl<'s, 't> State<'_, 's, 't> {
    /// A field, a variable or a chain of fields; the last of the names may be a method with arguments.
    pub(super) fn path(
        &mut self,
        dot: &Seen,
        expr: &'t Expr,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Step<Value> {
        self.at = At::Expr(expr);
        let (mut seen, names) = match &expr.kind {
            ExprKind::Field(names) => (dot.clone(), names),
            ExprKind::Variable(name, names) => {
                let known = self.variables.iter().rev();
                let found = known
                    .filter(|variable| variable.name == *name)
                    .map(|variable| variable.seen.clone())
                    .next();
                let Some(seen) = found else {
                    return self.fail(format!("undefined variable: {}", name.to_text()));
                };
                if names.is_empty() {
                    if !args.is_empty() || last.is_some() {
                        return self.fail(format!("can't give argument to non-function {expr}"));
                    }
                    return Ok(seen.value);
                }
                (seen, names)
            }
            ExprKind::Chain(inner, names) => {
                if let ExprKind::Nil = inner.kind {
                    return self.fail(format!("indirection through explicit nil in {expr}"));
                }
                let value = self.argument(dot, None, inner)?;
                let seen = Seen {
                    value,
                    interface: false,
                };
                (seen, names)
            }
            _ => (dot.clone(), const { &Vec::new() }),
        };
        let Some((end, inner)) = names.split_last() else {
            return Ok(seen.value);
        };
        for name in inner {
            seen = self.field(dot, expr, &seen, name, &[], None)?;
        }
        Ok(self.field(dot, expr, &seen, end, args, last)?.value)
    }

    fn field(
        &mut self,
        dot: &Seen,
        expr: &'t Expr,
        receiver: &Seen,
        name: &Str,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Step<Seen> {
        let has_arguments = !args.is_empty() || last.is_some();
        let with_methods = match &receiver.value {
            Value::Int(nanos, IntKind::Duration) => {
                Some(Value::Object(functions::duration(*nanos)))
            }
            Value::List(list) if list.elem() == Elem::Versions => {
                Some(Value::Object(Rc::new(Versions(list.clone()))))
            }
            _ => None,
        };
        let map = match with_methods.as_ref().unwrap_or(&receiver.value) {
            Value::Nil => {
                return Ok(Seen {
                    value: Value::Nil,
                    interface: false,
                });
            }
            Value::Null => {
                let name = name.to_text();
                return self.fail(format!("nil pointer evaluating interface {{}}.{name}"));
            }
            Value::Map(map) => Some(map.clone()),
            Value::Object(object) => {
                let shown = name.to_text();
                if let Some(method) = object.method(&shown) {
                    let arguments =
                        self.arguments(dot, &shown, method.params, method.variadic, args, last)?;
                    let outcome = object.call(&shown, &arguments);
                    let value = self.called(&shown, At::Expr(expr), outcome)?;
                    return Ok(Seen {
                        value,
                        interface: false,
                    });
                }
                if let Some(value) = object.field(&shown) {
                    if has_arguments {
                        return self.fail(format!(
                            "{shown} has arguments but cannot be invoked as function"
                        ));
                    }
                    return Ok(Seen {
                        value,
                        interface: false,
                    });
                }
                object.as_map()
            }
            _ => None,
        };
        let Some(map) = map else {
            let type_name = if receiver.interface {
                "interface {}"
            } else {
                receiver.value.type_name()
            };
            let name = name.to_text();
            return self.fail(format!("can't evaluate field {name} in type {type_name}"));
        };
        if has_arguments {
            let name = name.to_text();
            return self.fail(format!("{name} is not a method but has arguments"));
        }
        Ok(Seen {
            value: map.get_or_zero(name),
            interface: map.kind() != MapKind::Strings,
        })
    }

    pub(super) fn function(
        &mut self,
        dot: &Seen,
        function: &'t Function,
        at: At<'t>,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Step<Value> {
        let Function {
            name,
            params,
            variadic,
            body,
        } = function;
        if let Body::And | Body::Or = body {
            self.count_arguments(name, params, *variadic, args, last.is_some())?;
            let stops_at = matches!(body, Body::Or);
            let mut value = Value::Nil;
            for arg in args {
                value = self.argument(dot, Some(Param::Value), arg)?;
                if value.truth() == stops_at {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let arguments = self.arguments(dot, name, params, *variadic, args, last)?;
        // What is parsed takes many times the room of its text.
        let cost = if name.starts_with("from") { 8 } else { 64 };
        for argument in &arguments {
            if let Value::Str(text) = argument
                && text.len() >= cost
            {
                self.step(text.len() / cost)?;
            }
        }
        let arguments = Args(&arguments);
        let outcome = match body {
            Body::Pure(body) => body(arguments),
            Body::Exec(body) => self.with_exec(at, |exec| body(exec, arguments))?,
            Body::Call => Err(not_callable(arguments, args).into()),
            Body::And | Body::Or => Ok(Value::Nil),
        };
        self.called(name, at, outcome)
    }

    fn with_exec(
        &mut self,
        at: At<'t>,
        call: impl FnOnce(&mut Exec<'s>) -> Outcome,
    ) -> Step<Outcome> {
        self.within(|state| {
            state.linked(at);
            let outcome = call(state.exec);
            state.exec.pop();
            Ok(outcome)
        })
    }

    fn called(&mut self, name: &str, at: At<'t>, outcome: Outcome) -> Step<Value> {
        match outcome {
            Ok(value) => {
                // Large results are work too, though one call made them.
                match &value {
                    Value::Str(text) => self.step(text.len() / 64)?,
                    Value::List(list) => self.step(list.len() / 2)?,
                    _ => {}
                }
                Ok(value)
            }
            Err(Failure::Message(message)) => {
                self.at = at;
                self.fail(format!("error calling {name}: {message}"))
            }
            Err(Failure::Nested(error)) => {
                self.at = at;
                Err(self.outer(error))
            }
        }
    }

    fn count_arguments(
        &self,
        name: &str,
        params: &[Param],
        variadic: bool,
        args: &[Expr],
        piped: bool,
    ) -> Step<()> {
        let count = args.len() + usize::from(piped);
        let wanted = params.len() - usize::from(variadic);
        if variadic && count < wanted {
            return self.fail(format!(
                "wrong number of args for {name}: want at least {wanted} got {}",
                args.len()
            ));
        }
        if !variadic && count != wanted {
            return self.fail(format!(
                "wrong number of args for {name}: want {wanted} got {count}"
            ));
        }
        Ok(())
    }

    fn arguments(
        &mut self,
        dot: &Seen,
        name: &str,
        params: &[Param],
        variadic: bool,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Step<Vec<Value>> {
        self.count_arguments(name, params, variadic, args, last.is_some())?;
        let param = |at: usize| params[at.min(params.len() - 1)];
        let mut values = Vec::with_capacity(args.len() + 1);
        for (at, arg) in args.iter().enumerate() {
            values.push(self.argument(dot, Some(param(at)), arg)?);
        }
        if let Some(last) = last {
            values.push(self.validate(last, param(args.len()))?);
        }
        Ok(values)
    }

    pub(super) fn argument(
        &mut self,
        dot: &Seen,
        param: Option<Param>,
        expr: &'t Expr,
    ) -> Step<Value> {
        self.at = At::Expr(expr);
        let value = match &expr.kind {
            ExprKind::Dot => dot.value.clone(),
            ExprKind::Nil => {
                return match param {
                    Some(param) if !param.takes_nil() => {
                        self.fail(format!("cannot assign nil to {}", param.name()))
                    }
                    _ => Ok(Value::Nil),
                };
            }
            ExprKind::Field(_) | ExprKind::Variable(..) | ExprKind::Chain(..) => {
                self.path(dot, expr, &[], None)?
            }
            ExprKind::Pipe(pipe) => self.pipeline(dot, pipe)?,
            ExprKind::Function(function) => {
                self.function(dot, function, At::Expr(expr), &[], None)?
            }
            _ => return self.literal(param.unwrap_or(Param::Any), expr),
        };
        match param {
            Some(param) => self.validate(value, param),
            None => Ok(value),
        }
    }

    fn literal(&self, param: Param, expr: &Expr) -> Step<Value> {
        match (param, &expr.kind) {
            (Param::Any | Param::Value | Param::Bool, ExprKind::Bool(truth)) => {
                Ok(Value::Bool(*truth))
            }
            (Param::Any | Param::Value | Param::Str, ExprKind::String { value, .. }) => {
                Ok(Value::Str(value.clone()))
            }
            (Param::Any | Param::Value, ExprKind::Number(number)) => self.constant(number),
            (Param::Int, ExprKind::Number(Number { int: Some(int), .. })) => Ok(Value::int(*int)),
            (Param::Duration, ExprKind::Number(Number { int: Some(int), .. })) => {
                Ok(Value::Int(*int, IntKind::Duration))
            }
            (Param::Uint32, ExprKind::Number(Number { int: Some(int), .. })) if *int >= 0 => {
                if *int > i64::from(u32::MAX) {
                    return self.fail(format!("overflow of uint32: {int}"));
                }
                Ok(Value::int(*int))
            }
            (
                Param::Float,
                ExprKind::Number(Number {
                    float: Some(float), ..
                }),
            ) => Ok(Value::Float(*float)),
            (Param::Bool, _) => self.fail(format!("expected bool; found {expr}")),
            (Param::Str, _) => self.fail(format!("expected string; found {expr}")),
            (Param::Int | Param::Duration, _) => {
                self.fail(format!("expected integer; found {expr}"))
            }
            (Param::Uint32, _) => self.fail(format!("expected unsigned integer; found {expr}")),
            (Param::Float, _) => self.fail(format!("expected float; found {expr}")),
            (param, _) => self.fail(format!(
                "can't handle {expr} for arg of type {}",
                param.name()
            )),
        }
    }

    fn validate(&self, value: Value, param: Param) -> Step<Value> {
        let fits = match (&value, param) {
            (Value::Nil, param) => {
                if !param.takes_nil() {
                    return self.fail(format!("invalid value; expected {}", param.name()));
                }
                true
            }
            (_, Param::Any | Param::Value)
            | (Value::Str(_), Param::Str)
            | (Value::Float(_), Param::Float)
            | (Value::Bool(_), Param::Bool) => true,
            (Value::Int(_, kind), Param::Int) => *kind == IntKind::Int,
            (Value::Int(_, kind), Param::Duration) => *kind == IntKind::Duration,
            (Value::Map(map), Param::Map) => map.kind() != MapKind::Strings,
            (Value::List(list), Param::Strings) => {
                matches!(list.elem(), Elem::Str | Elem::Versions)
            }
            (Value::List(list), Param::List) => list.elem() == Elem::Any,
            (Value::Object(object), Param::Object(name)) => {
                object.type_name().trim_start_matches('*') == name.trim_start_matches('*')
            }
            _ => false,
        };
        if fits {
            return Ok(value);
        }
        let got = match &value {
            Value::Null => "interface {}",
            value => value.type_name(),
        };
        self.fail(format!(
            "wrong type for value; expected {}; got {got}",
            param.name()
        ))
    }
}

/// Templates have no values that are functions.
fn not_callable(arguments: Args<'_>, args: &[Expr]) -> String {
    let value = arguments.any(0);
    if value.is_nil() {
        return "call of nil".to_owned();
    }
    let type_name = value.type_name();
    let name = match (args.first(), value) {
        (Some(expr), _) => expr.to_string(),
        (None, Value::Str(text)) => text.to_text().into_owned(),
        (None, _) => format!("<{type_name} Value>"),
    };
    format!("non-function {name} of type {type_name}")
}
