//! The functions of Go's template language itself, but for comparing.

use super::super::function::Param::{Any, Value as Reflect};
use super::super::function::{Args, Body, Failure, Function, Outcome, Param};
use super::super::print::{self, MAX_TEXT};
use super::super::value::{IntKind, Value};
use super::super::{escape, format};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "and",
        params: &[Reflect, Reflect],
        variadic: true,
        body: Body::And,
    },
    Function {
        name: "or",
        params: &[Reflect, Reflect],
        variadic: true,
        body: Body::Or,
    },
    Function::pure("not", &[Reflect], |args| {
        Ok(Value::Bool(!args.any(0).truth()))
    }),
    Function::pure("len", &[Reflect], length),
    Function::variadic("index", &[Reflect, Reflect], index),
    Function {
        name: "call",
        params: &[Reflect, Reflect],
        variadic: true,
        body: Body::Call,
    },
    Function::variadic("print", &[Any], |args| sized(print::sprint(args.0))),
    Function::variadic("println", &[Any], |args| sized(line(args.0))),
    Function::variadic("printf", &[Param::Str, Any], |args| {
        sized(format::sprintf(args.bytes(0), args.from(1)))
    }),
    Function::variadic("html", &[Any], |args| sized(escape::html(&escaped(args.0)))),
    Function::variadic("js", &[Any], |args| sized(escape::js(&escaped(args.0)))),
    Function::variadic("urlquery", &[Any], |args| {
        sized(escape::url_query(&escaped(args.0)))
    }),
];

/// A string, unless it is too long to go on with.
pub(super) fn sized(text: Vec<u8>) -> Outcome {
    if text.len() > MAX_TEXT {
        return Err(format!("the text is longer than {MAX_TEXT} bytes").into());
    }
    Ok(Value::from(text))
}

fn line(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        print::print(&mut out, value);
    }
    out.push(b'\n');
    out
}

/// What the escapers see: a lone string, or everything printed; nil as templates print it.
fn escaped(values: &[Value]) -> Vec<u8> {
    if let [Value::Str(text)] = values {
        return text.to_vec();
    }
    let shown: Vec<Value> = values
        .iter()
        .map(|value| match value {
            value if value.is_nil() => Value::from("<no value>"),
            value => value.clone(),
        })
        .collect();
    print::sprint(&shown)
}

fn length(args: Args<'_>) -> Outcome {
    let length = match args.any(0) {
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::Null => return Err("len of nil pointer".into()),
        Value::Str(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Object(object) => match object.as_map() {
            Some(map) => map.len(),
            None => return Err(format!("len of type {}", object.type_name()).into()),
        },
        other => return Err(format!("len of type {}", other.type_name()).into()),
    };
    Ok(count(length))
}

/// A length as an `int`.
pub(super) fn count(length: usize) -> Value {
    Value::int(i64::try_from(length).unwrap_or(i64::MAX))
}

/// A place in something of that length.
pub(super) fn place(index: &Value, length: usize) -> Result<usize, Failure> {
    let at = match index {
        Value::Int(at, _) => *at,
        index if index.is_nil() => return Err("cannot index slice/array with nil".into()),
        index => {
            return Err(format!("cannot index slice/array with type {}", index.type_name()).into());
        }
    };
    usize::try_from(at)
        .ok()
        .filter(|at| *at <= length)
        .ok_or_else(|| format!("index out of range: {at}").into())
}

fn index(args: Args<'_>) -> Outcome {
    let mut item = args.any(0).clone();
    if item.is_nil() {
        return Err("index of untyped nil".into());
    }
    for index in args.from(1) {
        if let Value::Object(object) = &item {
            match object.as_map() {
                Some(map) => item = Value::Map(map),
                None => {
                    return Err(format!("can't index item of type {}", object.type_name()).into());
                }
            }
        }
        item = match &item {
            Value::Nil | Value::Null => return Err("index of nil pointer".into()),
            Value::Str(text) => {
                let at = inside(index, text.len(), "string")?;
                Value::Int(i64::from(text[at]), IntKind::Uint8)
            }
            Value::List(list) => list[inside(index, list.len(), "slice")?].clone(),
            Value::Map(map) => match index {
                Value::Str(key) => map.get_or_zero(key),
                key if key.is_nil() => return Err("value is nil; should be of type string".into()),
                key => {
                    return Err(
                        format!("value has type {}; should be string", key.type_name()).into(),
                    );
                }
            },
            other => return Err(format!("can't index item of type {}", other.type_name()).into()),
        };
    }
    Ok(item)
}

fn inside(index: &Value, length: usize, what: &str) -> Result<usize, Failure> {
    let at = place(index, length)?;
    if at < length {
        Ok(at)
    } else {
        Err(format!("reflect: {what} index out of range").into())
    }
}
