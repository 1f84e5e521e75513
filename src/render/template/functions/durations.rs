//! Durations, as values that one can compute with.

use std::rc::Rc;

use super::super::duration;
use super::super::function::Param::Any;
use super::super::function::{Args, Failure, Function, Outcome, Param};
use super::super::number;
use super::super::object::{Method, Object};
use super::super::print;
use super::super::value::{IntKind, Value};

const TYPE: &str = "time.Duration";
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("mustToDuration", &[Any], |args| {
        Ok(value(nanos(args.any(0))?))
    }),
    Function::pure("durationSeconds", &[Any], |args| Ok(parts(args, SECOND))),
    Function::pure("durationMinutes", &[Any], |args| Ok(parts(args, MINUTE))),
    Function::pure("durationHours", &[Any], |args| Ok(parts(args, HOUR))),
    Function::pure("durationDays", &[Any], |args| {
        Ok(Value::Float(decimal(of(args, 0), HOUR) / 24.0))
    }),
    Function::pure("durationWeeks", &[Any], |args| {
        Ok(Value::Float(decimal(of(args, 0), HOUR) / 24.0 / 7.0))
    }),
    Function::pure("durationMilliseconds", &[Any], |args| {
        Ok(Value::int64(of(args, 0) / 1_000_000))
    }),
    Function::pure("durationMicroseconds", &[Any], |args| {
        Ok(Value::int64(of(args, 0) / 1_000))
    }),
    Function::pure("durationNanoseconds", &[Any], |args| {
        Ok(Value::int64(of(args, 0)))
    }),
    Function::pure("durationRoundTo", &[Any, Any], |args| {
        Ok(value(duration::round(of(args, 0), unit(args))))
    }),
    Function::pure("durationTruncateTo", &[Any, Any], |args| {
        Ok(value(truncated(of(args, 0), unit(args))))
    }),
];

/// What is no duration counts as none.
fn of(args: Args<'_>, at: usize) -> i64 {
    nanos(args.any(at)).unwrap_or(0)
}

/// What is no duration rounds to nothing.
fn unit(args: Args<'_>) -> i64 {
    of(args, 1)
}

fn truncated(nanos: i64, unit: i64) -> i64 {
    if unit <= 0 {
        nanos
    } else {
        nanos - nanos % unit
    }
}

fn parts(args: Args<'_>, unit: i64) -> Value {
    Value::Float(decimal(of(args, 0), unit))
}

/// So many units, computed as Go computes it.
#[expect(clippy::cast_precision_loss, reason = "Go loses it too")]
fn decimal(nanos: i64, unit: i64) -> f64 {
    (nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64
}

/// The nanoseconds that a value means: a duration, a text of one, or seconds.
fn nanos(value: &Value) -> Result<i64, String> {
    match value {
        Value::Nil | Value::Null => Err("invalid duration".to_owned()),
        Value::Str(text) => {
            let text = text.to_text();
            let trimmed = text.trim();
            if trimmed.is_empty() {
                return Err("empty duration".to_owned());
            }
            match (duration::parse(trimmed), number::parse_float(trimmed)) {
                (Ok(nanos), _) => Ok(nanos),
                (_, Some(seconds)) => from_seconds(seconds),
                _ => {
                    let text = print::quoted(text.as_bytes());
                    Err(format!("could not parse duration {text}"))
                }
            }
        }
        Value::Int(nanos, IntKind::Duration) => Ok(*nanos),
        Value::Int(seconds, _) => seconds
            .checked_mul(SECOND)
            .ok_or_else(|| format!("duration seconds overflow: {seconds}")),
        Value::Float(seconds) => from_seconds(*seconds),
        other => Err(format!("unsupported duration type {}", other.type_name())),
    }
}

fn from_seconds(seconds: f64) -> Result<i64, String> {
    let shown = || print::float(seconds);
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown()));
    }
    #[expect(clippy::cast_precision_loss, reason = "Go computes in floats")]
    if seconds.abs() > i64::MAX as f64 / SECOND as f64 {
        return Err(format!("duration seconds overflow: {}", shown()));
    }
    #[expect(clippy::cast_possible_truncation, reason = "in range")]
    let nanos = (seconds * 1e9) as i64;
    Ok(nanos)
}

/// The methods of a duration, in nanoseconds.
struct Span(i64);

fn value(nanos: i64) -> Value {
    Value::Int(nanos, IntKind::Duration)
}

/// A duration, seen as something with methods.
pub(in super::super) fn object(nanos: i64) -> Rc<dyn Object> {
    Rc::new(Span(nanos))
}

impl Object for Span {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn kind_name(&self) -> &'static str {
        "int64"
    }

    fn method(&self, name: &str) -> Option<Method> {
        let params: &[Param] = match name {
            "Seconds" | "Minutes" | "Hours" | "Milliseconds" | "Microseconds" | "Nanoseconds"
            | "String" | "Abs" => &[],
            "Round" | "Truncate" => &[Param::Duration],
            _ => return None,
        };
        Some(Method {
            params,
            variadic: false,
        })
    }

    fn call(&self, name: &str, args: &[Value]) -> Outcome {
        let other = of(Args(args), 0);
        Ok(match name {
            "Seconds" => Value::Float(decimal(self.0, SECOND)),
            "Minutes" => Value::Float(decimal(self.0, MINUTE)),
            "Hours" => Value::Float(decimal(self.0, HOUR)),
            "Milliseconds" => Value::int64(self.0 / 1_000_000),
            "Microseconds" => Value::int64(self.0 / 1_000),
            "Nanoseconds" => Value::int64(self.0),
            "Abs" => value(self.0.saturating_abs()),
            "Round" => value(duration::round(self.0, other)),
            "Truncate" => value(truncated(self.0, other)),
            "String" => Value::from(self.text()),
            _ => return Err(Failure::from(format!("{TYPE} has no method {name}"))),
        })
    }

    fn text(&self) -> String {
        duration::print(self.0)
    }

    fn data(&self) -> Value {
        Value::int64(self.0)
    }

    fn truth(&self) -> bool {
        self.0 != 0
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
