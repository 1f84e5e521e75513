//! Lists.

use super::super::function::Param::{Any, Int};
use super::super::function::{Args, Body, Failure, Function, Outcome};
use super::super::value::{Elem, List, Value};
use super::{cast, compare};

/// A function under its name and under the name with `must`: both fail here, since Sprig's panics are errors too.
macro_rules! twins {
    ($($name:literal $must:literal $params:expr, $variadic:literal, $body:expr;)*) => {
        &[$(
            Function { name: $name, params: $params, variadic: $variadic, body: Body::Pure($body) },
            Function { name: $must, params: $params, variadic: $variadic, body: Body::Pure($body) },
        )*]
    };
}

pub(super) const TWINS: &[Function] = twins! {
    "append" "mustAppend" &[Any, Any], false, push;
    "push" "mustPush" &[Any, Any], false, push;
    "prepend" "mustPrepend" &[Any, Any], false, |args| {
        let list = list(args.any(0), "Cannot prepend on type")?;
        let mut items = vec![args.any(1).clone()];
        items.extend_from_slice(list);
        Ok(any(items))
    };
    "first" "mustFirst" &[Any], false, |args| {
        let list = list(args.any(0), "Cannot find first on type")?;
        Ok(list.first().cloned().unwrap_or(Value::Null))
    };
    "last" "mustLast" &[Any], false, |args| {
        let list = list(args.any(0), "Cannot find last on type")?;
        Ok(list.last().cloned().unwrap_or(Value::Null))
    };
    "rest" "mustRest" &[Any], false, |args| {
        let list = list(args.any(0), "Cannot find rest on type")?;
        Ok(list.split_first().map_or_else(none, |(_, rest)| any(rest.to_vec())))
    };
    "initial" "mustInitial" &[Any], false, |args| {
        let list = list(args.any(0), "Cannot find initial on type")?;
        Ok(list.split_last().map_or_else(none, |(_, rest)| any(rest.to_vec())))
    };
    "reverse" "mustReverse" &[Any], false, |args| {
        let list = list(args.any(0), "Cannot find reverse on type")?;
        Ok(any(list.iter().rev().cloned().collect()))
    };
    "compact" "mustCompact" &[Any], false, |args| {
        let list = list(args.any(0), "Cannot compact on type")?;
        Ok(any(list.iter().filter(|item| item.truth()).cloned().collect()))
    };
    "uniq" "mustUniq" &[Any], false, uniq;
    "without" "mustWithout" &[Any, Any], true, without;
    "has" "mustHas" &[Any, Any], false, has;
    "slice" "mustSlice" &[Any, Any], true, slice;
    "chunk" "mustChunk" &[Int, Any], false, chunk;
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("list", &[Any], |args| Ok(any(args.0.to_vec()))),
    Function::variadic("tuple", &[Any], |args| Ok(any(args.0.to_vec()))),
    Function::variadic("concat", &[Any], concat),
];

fn any(items: Vec<Value>) -> Value {
    Value::List(List::new(items))
}

fn none() -> Value {
    Value::List(List::nil(Elem::Any))
}

fn list<'a>(value: &'a Value, otherwise: &str) -> Result<&'a List, Failure> {
    match value {
        Value::List(list) => Ok(list),
        value if value.is_nil() => {
            // What Go says about the type of nothing.
            Err("runtime error: invalid memory address or nil pointer dereference".into())
        }
        value => Err(format!("{otherwise} {}", value.kind_name()).into()),
    }
}

fn push(args: Args<'_>) -> Outcome {
    let mut items = list(args.any(0), "Cannot push on type")?.to_vec();
    items.push(args.any(1).clone());
    Ok(any(items))
}

fn contains(items: &[Value], wanted: &Value) -> Result<bool, Failure> {
    for item in items {
        if compare::same(wanted, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(args: Args<'_>) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in list(args.any(0), "Cannot find uniq on type")?.iter() {
        if !contains(&kept, item)? {
            kept.push(item.clone());
        }
        if kept.len() > 20_000 {
            return Err("the list has too many different elements".into());
        }
    }
    Ok(any(kept))
}

fn without(args: Args<'_>) -> Outcome {
    let mut kept = Vec::new();
    for item in list(args.any(0), "Cannot find without on type")?.iter() {
        if !contains(args.from(1), item)? {
            kept.push(item.clone());
        }
    }
    Ok(any(kept))
}

fn has(args: Args<'_>) -> Outcome {
    if args.any(1).is_nil() {
        return Ok(Value::Bool(false));
    }
    let list = list(args.any(1), "Cannot find has on type")?;
    contains(list, args.any(0)).map(Value::Bool)
}

fn slice(args: Args<'_>) -> Outcome {
    let list = list(args.any(0), "list should be type of slice or array but")?;
    if list.is_empty() {
        return Ok(Value::Null);
    }
    let bound = |at: usize, otherwise: usize| {
        if args.len() > at {
            usize::try_from(cast::int(args.any(at))).ok()
        } else {
            Some(otherwise)
        }
    };
    let range = bound(1, 0).zip(bound(2, list.len()));
    match range {
        Some((from, to)) if from <= to && to <= list.len() => Ok(Value::List(List::typed(
            list.elem(),
            list[from..to].to_vec(),
        ))),
        _ => Err("reflect.Value.Slice: slice index out of bounds".into()),
    }
}

fn chunk(args: Args<'_>) -> Outcome {
    let list = list(args.any(1), "Cannot chunk type")?;
    // What Go makes of a size below zero, by its arithmetic: so many elements fit into one chunk, or into none.
    let none = usize::try_from(args.int(0).saturating_neg()).unwrap_or(0);
    let size = match (usize::try_from(args.int(0)), list.len()) {
        (Ok(size), _) if size > 0 => size,
        (Err(_), 1) => 1,
        (Err(_), count) if (2..=none.saturating_add(1)).contains(&count) => {
            return Ok(Value::List(List::typed(Elem::List, Vec::new())));
        }
        _ => return Err("runtime error: makeslice: len out of range".into()),
    };
    let chunks = list.chunks(size).map(|chunk| any(chunk.to_vec()));
    Ok(Value::List(List::typed(Elem::List, chunks.collect())))
}

fn concat(args: Args<'_>) -> Outcome {
    let mut items = Vec::new();
    for value in args.0 {
        match value {
            Value::List(list) => items.extend_from_slice(list),
            value if value.is_nil() => {
                return Err(
                    "runtime error: invalid memory address or nil pointer dereference".into(),
                );
            }
            value => {
                let kind = value.kind_name();
                return Err(format!("Cannot concat type {kind} as list").into());
            }
        }
        if items.len() > 1_000_000 {
            return Err("the list has more than 1000000 elements".into());
        }
    }
    if items.is_empty() {
        return Ok(none());
    }
    Ok(any(items))
}
