//! TOML, written in the layout of BurntSushi's encoder.

use toml::de::DeValue;

use super::super::duration;
use super::super::function::Param::{Any, Str as Text};
use super::super::function::{Args, Failure, Function, Outcome};
use super::super::print::{self, MAX_NESTING};
use super::super::value::{Elem, IntKind, List, Map, Str, Value};
use super::dates;
use super::go::sized;
use super::strings::room;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("toToml", &[Any], |args| match text(args) {
        Ok(text) => Ok(text),
        // What Go's reflection panics on is no error of the encoder.
        Err(_) if args.any(0).is_nil() => text(args),
        Err(Failure::Message(message)) => Ok(Value::from(message)),
        Err(failure) => Err(failure),
    }),
    Function::pure("mustToToml", &[Any], text),
    Function::pure("fromToml", &[Text], |args| {
        Ok(match parse(&args.text(0)) {
            Ok(map) => Value::Map(map),
            Err(message) => Value::Map([("Error", Value::from(message))].into_iter().collect()),
        })
    }),
];

fn text(args: Args<'_>) -> Outcome {
    let value = args.any(0);
    if value.is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    let mut out = Vec::new();
    match (as_table(value), value) {
        (Some(map), _) => table(&mut out, &mut Vec::new(), &map)?,
        (None, Value::List(list)) if are_tables(list)? => {
            return Err("toml: top-level values must be Go maps or structs".into());
        }
        (None, value) => inline(&mut out, value, 0)?,
    }
    sized(out)
}

/// The map that a value is written as a table of.
fn as_table(value: &Value) -> Option<Map> {
    match value {
        Value::Map(map) => Some(map.clone()),
        Value::Object(object) => match object.data() {
            Value::Map(map) => Some(map),
            _ => None,
        },
        _ => None,
    }
}

fn is_table(value: &Value) -> bool {
    as_table(value).is_some()
}

/// Whether all elements are tables. A nil among them cannot be written at all.
fn are_tables(list: &List) -> Result<bool, Failure> {
    if list.iter().any(Value::is_nil) {
        return Err("toml: cannot encode array with nil element".into());
    }
    Ok(!list.is_empty() && list.iter().all(is_table))
}

/// Keys with their values: first plain ones, then tables and lists of tables. Nils are left out.
fn arranged(map: &Map) -> Result<[Vec<(Str, Value)>; 2], Failure> {
    let mut parts = [Vec::new(), Vec::new()];
    for (key, value) in map.entries() {
        let below = match &value {
            Value::List(list) if !list.is_nil() => are_tables(list)?,
            value => is_table(value),
        };
        parts[usize::from(below)].push((key, value));
    }
    Ok(parts)
}

fn skipped(value: &Value) -> bool {
    match value {
        Value::List(list) => list.is_nil(),
        value => value.is_nil(),
    }
}

fn line_break(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b'\n');
    }
}

fn indent(out: &mut Vec<u8>, path: &[Str]) {
    for _ in 1..path.len() {
        out.extend_from_slice(b"  ");
    }
}

fn dotted(out: &mut Vec<u8>, path: &[Str]) {
    for (at, key) in path.iter().enumerate() {
        if at > 0 {
            out.push(b'.');
        }
        write_key(out, key);
    }
}

fn table(out: &mut Vec<u8>, path: &mut Vec<Str>, map: &Map) -> Result<(), Failure> {
    if path.len() > MAX_NESTING {
        return Err("toml: the value is nested too deeply".into());
    }
    room(out.len())?;
    for (key, value) in arranged(map)?.into_iter().flatten() {
        if skipped(&value) {
            continue;
        }
        path.push(key);
        entry(out, path, &value)?;
        path.pop();
    }
    Ok(())
}

fn entry(out: &mut Vec<u8>, path: &mut Vec<Str>, value: &Value) -> Result<(), Failure> {
    if let Some(map) = as_table(value) {
        if path.len() == 1 {
            line_break(out);
        }
        indent(out, path);
        out.push(b'[');
        dotted(out, path);
        out.extend_from_slice(b"]\n");
        return table(out, path, &map);
    }
    if let Value::List(list) = value
        && are_tables(list)?
    {
        for map in list.iter().filter_map(as_table) {
            line_break(out);
            indent(out, path);
            out.extend_from_slice(b"[[");
            dotted(out, path);
            out.extend_from_slice(b"]]\n");
            table(out, path, &map)?;
        }
        return Ok(());
    }
    indent(out, path);
    if let Some(key) = path.last() {
        write_key(out, key);
    }
    out.extend_from_slice(b" = ");
    inline(out, value, path.len())?;
    out.push(b'\n');
    Ok(())
}

fn inline(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), Failure> {
    if depth > MAX_NESTING {
        return Err("toml: the value is nested too deeply".into());
    }
    room(out.len())?;
    match value {
        Value::Str(text) => quoted(out, text),
        Value::Float(number) => out.extend_from_slice(float(*number).as_bytes()),
        Value::List(list) => {
            out.push(b'[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    out.extend_from_slice(b", ");
                }
                inline(out, item, depth + 1)?;
            }
            out.push(b']');
        }
        Value::Object(object) => {
            if let Some(text) = dates::to_toml(value) {
                out.extend_from_slice(text.as_bytes());
            } else if let Value::Map(map) = object.data() {
                inline_table(out, &map, depth)?;
            } else {
                quoted(out, object.text().as_bytes());
            }
        }
        Value::Map(map) => inline_table(out, map, depth)?,
        Value::Int(nanos, IntKind::Duration) => quoted(out, duration::print(*nanos).as_bytes()),
        Value::Bool(_) | Value::Int(..) => print::print(out, value),
        Value::Nil | Value::Null => {
            return Err("toml: cannot encode array with nil element".into());
        }
    }
    Ok(())
}

fn inline_table(out: &mut Vec<u8>, map: &Map, depth: usize) -> Result<(), Failure> {
    out.push(b'{');
    let [plain, below] = arranged(map)?;
    let follows = !below.is_empty();
    for (part, comma_at_end) in [(plain, follows), (below, false)] {
        for (at, (key, value)) in part.iter().enumerate() {
            if skipped(value) {
                continue;
            }
            write_key(out, key);
            out.extend_from_slice(b" = ");
            inline(out, value, depth + 1)?;
            if comma_at_end || at + 1 < part.len() {
                out.extend_from_slice(b", ");
            }
        }
    }
    out.push(b'}');
    Ok(())
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let mut text = print::float(number);
    if !text.contains(['.', 'e']) {
        text.push_str(".0");
    }
    text
}

fn write_key(out: &mut Vec<u8>, key: &[u8]) {
    let bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !key.is_empty() && key.iter().all(bare) {
        out.extend_from_slice(key);
    } else {
        quoted(out, key);
    }
}

fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x00..=0x1f | 0x7f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}

fn parse(text: &str) -> Result<Map, String> {
    let table = toml::de::DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let before = &text.as_bytes()[..start];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("toml: line {line}: {}", error.message())
    })?;
    Ok(map_of(table.get_ref()))
}

fn map_of(table: &toml::de::DeTable<'_>) -> Map {
    let entries = table.iter();
    entries
        .map(|(key, value)| (Str::from(&**key.get_ref()), value_of(value.get_ref())))
        .collect()
}

fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(&**text),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            Value::int64(number.unwrap_or(0))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(time) => dates::from_toml(&time.to_string()),
        DeValue::Array(items) => {
            let tables = !items.is_empty()
                && items
                    .iter()
                    .all(|item| matches!(item.get_ref(), DeValue::Table(_)));
            let elem = if tables { Elem::Map } else { Elem::Any };
            let items = items.iter().map(|item| value_of(item.get_ref()));
            Value::List(List::typed(elem, items.collect()))
        }
        DeValue::Table(table) => Value::Map(map_of(table)),
    }
}
