//! Maps.

use super::super::function::Param::{Any, Map as Dict, Str as Text};
use super::super::function::{Args, Failure, Function, Outcome};
use super::super::print::MAX_NESTING;
use super::super::value::{Elem, List, Map, MapKind, Str, Value};
use super::cast;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("dict", &[Any], |args| {
        let map = Map::default();
        for pair in args.0.chunks(2) {
            let value = pair.get(1).cloned();
            map.insert(
                cast::string(&pair[0]),
                value.unwrap_or_else(|| Value::from("")),
            );
        }
        Ok(Value::Map(map))
    }),
    Function::pure("get", &[Dict, Text], |args| {
        let found = args.map(0).get(args.bytes(1));
        Ok(found.unwrap_or_else(|| Value::from("")))
    }),
    Function::pure("set", &[Dict, Text, Any], |args| {
        let Value::Map(map) = args.any(0) else {
            return Err("assignment to entry in nil map".into());
        };
        map.insert(args.str(1), args.any(2).clone());
        Ok(Value::Map(map.clone()))
    }),
    Function::pure("unset", &[Dict, Text], |args| {
        let map = args.map(0);
        map.remove(args.bytes(1));
        Ok(Value::Map(map))
    }),
    Function::pure("hasKey", &[Dict, Text], |args| {
        Ok(Value::Bool(args.map(0).contains(args.bytes(1))))
    }),
    Function::variadic("pluck", &[Text, Dict], |args| {
        let maps = (1..args.len()).map(|at| args.map(at));
        let found = maps.filter_map(|map| map.get(args.bytes(0)));
        Ok(Value::List(List::new(found.collect())))
    }),
    Function::variadic("keys", &[Dict], |args| {
        let maps = (0..args.len()).map(|at| args.map(at));
        let keys = maps.flat_map(|map| map.entries()).map(|(key, _)| key);
        Ok(Value::List(List::strings(keys)))
    }),
    Function::pure("values", &[Dict], |args| {
        let entries = args.map(0).entries().into_iter();
        Ok(Value::List(List::typed(
            Elem::Any,
            entries.map(|(_, value)| value).collect(),
        )))
    }),
    Function::variadic("pick", &[Dict, Text], |args| {
        let map = args.map(0);
        let keys = (1..args.len()).map(|at| args.str(at));
        let picked: Map = keys
            .filter_map(|key| map.get(&key).map(|value| (key, value)))
            .collect();
        Ok(Value::Map(picked))
    }),
    Function::variadic("omit", &[Dict, Text], |args| {
        let map = args.map(0);
        let omitted: Vec<Str> = (1..args.len()).map(|at| args.str(at)).collect();
        let kept = map.entries().into_iter();
        let kept: Map = kept.filter(|(key, _)| !omitted.contains(key)).collect();
        Ok(Value::Map(kept))
    }),
    Function::variadic("merge", &[Dict, Dict], |args| merge_all(args, false)),
    Function::variadic("mustMerge", &[Dict, Dict], |args| merge_all(args, false)),
    Function::variadic("mergeOverwrite", &[Dict, Dict], |args| {
        merge_all(args, true)
    }),
    Function::variadic("mustMergeOverwrite", &[Dict, Dict], |args| {
        merge_all(args, true)
    }),
    Function::pure("deepCopy", &[Any], deep_copy),
    Function::pure("mustDeepCopy", &[Any], deep_copy),
    Function::variadic("dig", &[Any], dig),
];

fn merge_all(args: Args<'_>, overwrite: bool) -> Outcome {
    let target = args.map(0);
    let mut left = 1_000_000;
    for at in 1..args.len() {
        merge(&target, &args.map(at), overwrite, 0, &mut left)?;
    }
    Ok(Value::Map(target))
}

/// Merges in place. What the target has stays, unless it is empty or `overwrite` says so; maps are merged, and those
/// that the target lacks are shared with the source.
fn merge(
    target: &Map,
    source: &Map,
    overwrite: bool,
    depth: usize,
    left: &mut usize,
) -> Result<(), Failure> {
    if depth > MAX_NESTING || *left == 0 {
        return Err("the maps are nested too deeply to be merged".into());
    }
    if target.is_same(source) {
        return Ok(());
    }
    for (key, new) in source.entries() {
        *left = left.saturating_sub(1);
        let old = target.get(&key);
        if new.is_nil() {
            if overwrite {
                target.insert(key, new);
            }
            continue;
        }
        if let (Some(Value::Map(old)), Value::Map(new)) = (&old, &new) {
            merge(old, new, overwrite, depth + 1, left)?;
            if !old.is_empty() {
                continue;
            }
        }
        if overwrite || old.is_none_or(|old| is_empty(&old)) {
            target.insert(key, new);
        }
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    !matches!(value, Value::Object(_)) && !value.truth()
}

fn deep_copy(args: Args<'_>) -> Outcome {
    let value = args.any(0);
    if value.is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    let mut left = 1_000_000;
    copy(value, 0, &mut left)
}

fn copy(value: &Value, depth: usize, left: &mut usize) -> Outcome {
    if depth > MAX_NESTING || *left == 0 {
        return Err("the value is nested too deeply to be copied".into());
    }
    *left -= 1;
    Ok(match value {
        Value::List(list) => {
            let items = list.iter().map(|item| copy(item, depth + 1, left));
            Value::List(List::typed(list.elem(), items.collect::<Result<_, _>>()?))
        }
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            let entries = entries.map(|(key, item)| Ok((key, copy(&item, depth + 1, left)?)));
            Value::Map(Map::typed(
                map.kind(),
                entries.collect::<Result<_, Failure>>()?,
            ))
        }
        value => value.clone(),
    })
}

fn dig(args: Args<'_>) -> Outcome {
    let [path @ .., otherwise, start] = args.0 else {
        return Err("dig needs at least three arguments".into());
    };
    if path.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let conversion = |value: &Value, wanted: &str| {
        let got = match value {
            value if value.is_nil() => "nil",
            value => value.type_name(),
        };
        Failure::from(format!(
            "interface conversion: interface {{}} is {got}, not {wanted}"
        ))
    };
    let mut at = start.clone();
    let keys = path.iter().map(|key| match key {
        Value::Str(key) => Ok(key),
        key => Err(conversion(key, "string")),
    });
    // The types of the map and of all keys are looked at before anything is looked up.
    if !matches!(&at, Value::Map(map) if map.kind() != MapKind::Strings) {
        return Err(conversion(&at, "map[string]interface {}"));
    }
    for key in keys.collect::<Result<Vec<_>, _>>()? {
        let Value::Map(map) = &at else {
            return Err(conversion(&at, "map[string]interface {}"));
        };
        match map.get(key) {
            Some(value) => at = value,
            None => return Ok(otherwise.clone().stored()),
        }
    }
    Ok(at)
}
