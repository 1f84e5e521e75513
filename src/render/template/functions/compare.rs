//! Comparing: `eq` and its kin, and deep equality.

use std::cmp::Ordering;

use super::super::format;
use super::super::function::Param::Value as Reflect;
use super::super::function::{Args, Failure, Function, Outcome, Param};
use super::super::print::{self, MAX_NESTING};
use super::super::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("eq", &[Reflect, Reflect], |args| {
        equal(args.any(0), args.from(1)).map(Value::Bool)
    }),
    Function::pure("ne", &[Reflect, Reflect], |args| {
        equal(args.any(0), args.from(1)).map(|equal| Value::Bool(!equal))
    }),
    Function::pure("lt", &[Reflect, Reflect], |args| {
        less(args).map(Value::Bool)
    }),
    Function::pure("le", &[Reflect, Reflect], |args| {
        less_or_equal(args).map(Value::Bool)
    }),
    Function::pure("gt", &[Reflect, Reflect], |args| {
        less_or_equal(args).map(|less| Value::Bool(!less))
    }),
    Function::pure("ge", &[Reflect, Reflect], |args| {
        less(args).map(|less| Value::Bool(!less))
    }),
    Function::pure("deepEqual", &[Param::Any, Param::Any], deep_equal),
];

#[derive(PartialEq, Eq)]
enum Basic {
    None,
    Bool,
    Int,
    Uint,
    Float,
    String,
}

fn basic(value: &Value) -> Basic {
    match value {
        Value::Bool(_) => Basic::Bool,
        Value::Int(_, kind) if kind.is_unsigned() => Basic::Uint,
        Value::Int(..) => Basic::Int,
        Value::Float(_) => Basic::Float,
        Value::Str(_) => Basic::String,
        Value::Nil | Value::Null | Value::List(_) | Value::Map(_) | Value::Object(_) => Basic::None,
    }
}

fn incompatible(a: &Value, b: &Value) -> Failure {
    format!(
        "incompatible types for comparison: {} and {}",
        a.type_name(),
        b.type_name()
    )
    .into()
}

#[expect(clippy::float_cmp, reason = "templates compare floats exactly")]
fn equal(first: &Value, others: &[Value]) -> Result<bool, Failure> {
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        let same = match (first, other) {
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a, _), Value::Int(b, _)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => a == b,
            (a, b) if a.is_nil() || b.is_nil() => is_nil(a) && is_nil(b),
            (a, b) if basic(a) != basic(b) => return Err(incompatible(a, b)),
            (Value::Object(a), Value::Object(b)) => std::rc::Rc::ptr_eq(a, b),
            (a, b) if a.kind_name() != b.kind_name() => {
                let (shown, other) = (as_string(a), print::text(b));
                let other = String::from_utf8_lossy(&other);
                return Err(format!(
                    "non-comparable types {shown}: {}, {}: {other}",
                    a.type_name(),
                    b.type_name()
                )
                .into());
            }
            (a, b) if is_nil(a) || is_nil(b) => is_nil(a) == is_nil(b),
            (_, b) => {
                let shown = as_string(b);
                return Err(format!("non-comparable type {shown}: {}", b.type_name()).into());
            }
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What `%s` gives.
fn as_string(value: &Value) -> String {
    let text = format::sprintf(b"%s", std::slice::from_ref(value));
    String::from_utf8_lossy(&text).into_owned()
}

fn is_nil(value: &Value) -> bool {
    value.is_nil() || matches!(value, Value::List(list) if list.is_nil())
}

fn less(args: Args<'_>) -> Result<bool, Failure> {
    let (a, b) = (args.any(0), args.any(1));
    match (a, b) {
        (Value::Int(a, _), Value::Int(b, _)) => Ok(a < b),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b) == Some(Ordering::Less)),
        (Value::Str(a), Value::Str(b)) => Ok(a < b),
        (a, b) => match (basic(a), basic(b)) {
            (Basic::None, _) | (_, Basic::None) | (Basic::Bool, Basic::Bool) => {
                Err("invalid type for comparison".into())
            }
            _ => Err(incompatible(a, b)),
        },
    }
}

fn less_or_equal(args: Args<'_>) -> Result<bool, Failure> {
    Ok(less(args)? || equal(args.any(0), args.from(1))?)
}

fn deep_equal(args: Args<'_>) -> Outcome {
    same(args.any(0), args.any(1)).map(Value::Bool)
}

/// Go's `reflect.DeepEqual`: types count.
///
/// # Errors
/// When the values are nested without end.
pub(super) fn same(a: &Value, b: &Value) -> Result<bool, Failure> {
    let mut budget = 1_000_000;
    same_nested(a, b, 0, &mut budget)
}

#[expect(clippy::float_cmp, reason = "templates compare floats exactly")]
fn same_nested(a: &Value, b: &Value, depth: usize, budget: &mut usize) -> Result<bool, Failure> {
    if depth > MAX_NESTING || *budget == 0 {
        return Err("the values are nested too deeply to be compared".into());
    }
    *budget -= 1;
    match (a, b) {
        (Value::Nil | Value::Null, Value::Nil | Value::Null) => Ok(true),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a, kind), Value::Int(b, other)) => Ok(a == b && kind == other),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::Str(a), Value::Str(b)) => Ok(a == b),
        (Value::List(a), Value::List(b)) => {
            if a.elem() != b.elem() || a.len() != b.len() || a.is_nil() != b.is_nil() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !same_nested(a, b, depth + 1, budget)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.is_same(b) {
                return Ok(true);
            }
            if a.kind() != b.kind() || a.len() != b.len() {
                return Ok(false);
            }
            for (key, a) in a.entries() {
                match b.get(&key) {
                    Some(b) if same_nested(&a, &b, depth + 1, budget)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Value::Object(a), Value::Object(b)) => {
            Ok(a.type_name() == b.type_name() && a.text() == b.text())
        }
        _ => Ok(false),
    }
}
