//! Numbers.

use super::super::function::Param::{Any, Float, Int, Str as Text};
use super::super::function::{Args, Failure, Function, Outcome};
use super::super::print;
use super::super::value::{Elem, List, Value};
use super::cast;
use super::decimal::{self, Decimal};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("atoi", &[Text], |args| {
        let text = args.text(0);
        // Base ten only, and no underscores.
        Ok(Value::int(text.parse().unwrap_or(0)))
    }),
    Function::pure("int", &[Any], |args| Ok(Value::int(cast::int(args.any(0))))),
    Function::pure("int64", &[Any], |args| {
        Ok(Value::int64(cast::int(args.any(0))))
    }),
    Function::pure("float64", &[Any], |args| {
        Ok(Value::Float(cast::float(args.any(0))))
    }),
    Function::pure("toDecimal", &[Any], |args| {
        let text = String::from_utf8_lossy(&print::text(args.any(0))).into_owned();
        let number = i64::from_str_radix(&text, 8).unwrap_or(0);
        Ok(Value::int64(number))
    }),
    Function::pure("add1", &[Any], |args| {
        Ok(Value::int64(cast::int(args.any(0)).wrapping_add(1)))
    }),
    Function::variadic("add", &[Any], |args| Ok(fold(0, args.0, i64::wrapping_add))),
    Function::pure("sub", &[Any, Any], |args| {
        let (a, b) = pair(args);
        Ok(Value::int64(a.wrapping_sub(b)))
    }),
    Function::variadic("mul", &[Any, Any], |args| {
        Ok(fold(
            cast::int(args.any(0)),
            args.from(1),
            i64::wrapping_mul,
        ))
    }),
    Function::pure("div", &[Any, Any], |args| {
        let (a, b) = pair(args);
        if b == 0 {
            return Err("runtime error: integer divide by zero".into());
        }
        Ok(Value::int64(a.wrapping_div(b)))
    }),
    Function::pure("mod", &[Any, Any], |args| {
        let (a, b) = pair(args);
        if b == 0 {
            return Err("runtime error: integer divide by zero".into());
        }
        Ok(Value::int64(a.wrapping_rem(b)))
    }),
    Function::variadic("max", &[Any, Any], |args| {
        Ok(fold(cast::int(args.any(0)), args.from(1), i64::max))
    }),
    Function::variadic("biggest", &[Any, Any], |args| {
        Ok(fold(cast::int(args.any(0)), args.from(1), i64::max))
    }),
    Function::variadic("min", &[Any, Any], |args| {
        Ok(fold(cast::int(args.any(0)), args.from(1), i64::min))
    }),
    Function::variadic("maxf", &[Any, Any], |args| Ok(fold_float(args, f64::max))),
    Function::variadic("minf", &[Any, Any], |args| Ok(fold_float(args, f64::min))),
    Function::pure("floor", &[Any], |args| {
        Ok(Value::Float(cast::float(args.any(0)).floor()))
    }),
    Function::pure("ceil", &[Any], |args| {
        Ok(Value::Float(cast::float(args.any(0)).ceil()))
    }),
    Function::variadic("round", &[Any, Int, Float], round),
    Function::pure("add1f", &[Any], |args| {
        decimals(args.any(0), &[Value::int(1)], Decimal::add)
    }),
    Function::variadic("addf", &[Any], |args| {
        decimals(&Value::Float(0.0), args.0, Decimal::add)
    }),
    Function::variadic("subf", &[Any, Any], |args| {
        decimals(args.any(0), args.from(1), Decimal::sub)
    }),
    Function::variadic("mulf", &[Any, Any], |args| {
        decimals(args.any(0), args.from(1), Decimal::mul)
    }),
    Function::variadic("divf", &[Any, Any], |args| {
        decimals(args.any(0), args.from(1), Decimal::div)
    }),
    Function::pure("until", &[Int], |args| {
        let count = args.int(0);
        ints(steps(0, count, if count < 0 { -1 } else { 1 })?)
    }),
    Function::pure("untilStep", &[Int, Int, Int], |args| {
        ints(steps(args.int(0), args.int(1), args.int(2))?)
    }),
    Function::variadic("seq", &[Int], seq),
];

fn pair(args: Args<'_>) -> (i64, i64) {
    (cast::int(args.any(0)), cast::int(args.any(1)))
}

fn fold(start: i64, values: &[Value], step: fn(i64, i64) -> i64) -> Value {
    let numbers = values.iter().map(cast::int);
    Value::int64(numbers.fold(start, step))
}

fn fold_float(args: Args<'_>, step: fn(f64, f64) -> f64) -> Value {
    let numbers = args.from(1).iter().map(cast::float);
    // Unlike Rust, Go lets NaN win.
    let step = |a: f64, b: f64| {
        if a.is_nan() || b.is_nan() {
            f64::NAN
        } else {
            step(a, b)
        }
    };
    Value::Float(numbers.fold(cast::float(args.any(0)), step))
}

fn round(args: Args<'_>) -> Outcome {
    let limit = if args.len() > 2 { args.float(2) } else { 0.5 };
    let number = cast::float(args.any(0));
    let places = i32::try_from(args.int(1).clamp(-400, 400)).unwrap_or(0);
    let power = 10_f64.powi(places);
    let digit = power * number;
    let whole = if digit.fract() >= limit {
        digit.ceil()
    } else {
        digit.floor()
    };
    Ok(Value::Float(whole / power))
}

fn decimals(first: &Value, others: &[Value], step: decimal::Step) -> Outcome {
    let mut sum = Decimal::from_float(cast::float(first))?;
    for other in others {
        sum = step(sum, Decimal::from_float(cast::float(other))?)?;
    }
    Ok(Value::Float(sum.to_float()))
}

/// The numbers from one on, up to but without another.
fn steps(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Failure> {
    const MOST: i64 = 1_000_000;
    if step == 0 || (stop < start) != (step < 0) {
        return Ok(Vec::new());
    }
    let count = (i128::from(stop) - i128::from(start)) / i128::from(step);
    if count > i128::from(MOST) {
        return Err(format!("the list has more than {MOST} elements").into());
    }
    let mut numbers = Vec::new();
    let mut at = start;
    while if step > 0 { at < stop } else { at > stop } {
        numbers.push(at);
        match at.checked_add(step) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(numbers)
}

fn ints(numbers: Vec<i64>) -> Outcome {
    let numbers = numbers.into_iter().map(Value::int).collect();
    Ok(Value::List(List::typed(Elem::Int, numbers)))
}

fn seq(args: Args<'_>) -> Outcome {
    let (start, step, end) = match args.len() {
        1 => (1, None, args.int(0)),
        2 => (args.int(0), None, args.int(1)),
        3 => (args.int(0), Some(args.int(1)), args.int(2)),
        _ => return Ok(Value::from("")),
    };
    let down = end < start;
    if down && step.is_some_and(|step| step > 0) {
        return Ok(Value::from(""));
    }
    let beyond = if down { -1 } else { 1 };
    let step = step.unwrap_or(beyond);
    let numbers = steps(start, end.saturating_add(beyond), step)?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(Value::from(texts.join(" ")))
}
