//! `toYamlPretty`: YAML as goyaml.v3 lays it out, lists indented under their keys and nothing folded.

use super::super::function::Param::Any;
use super::super::function::{Failure, Function};
use super::super::layout;
use super::super::print::{self, MAX_NESTING};
use super::super::value::{Map, Value};
use super::dates;
use super::go::sized;
use super::strings::room;
use crate::yaml;

pub(super) const FUNCTIONS: &[Function] = &[Function::pure("toYamlPretty", &[Any], |args| {
    let mut out = String::new();
    match node(&mut out, args.any(0), 0, Place::Root) {
        Ok(()) => {
            let text = out.trim_start_matches([' ', '\n']);
            sized(text.strip_suffix('\n').unwrap_or(text).as_bytes().to_vec())
        }
        Err(failure) => Err(failure),
    }
})];

/// What stands on the line already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Key,
    Item,
}

/// Writes a value behind what stands on the line, and ends the line.
fn node(out: &mut String, value: &Value, indent: usize, place: Place) -> Result<(), Failure> {
    if indent > MAX_NESTING * 2 {
        return Err("yaml: the value is nested too deeply".into());
    }
    room(out.len())?;
    match value {
        Value::Map(map) if !map.is_empty() => return mapping(out, map, indent, place),
        Value::List(list) if !list.is_empty() => {
            for (at, item) in list.iter().enumerate() {
                start(out, indent, at == 0, place);
                out.push('-');
                node(out, item, indent + 2, Place::Item)?;
            }
            return Ok(());
        }
        Value::Object(object) if dates::time(value).is_none() => {
            if let Value::Map(map) = object.data() {
                let lower = map.entries().into_iter();
                let lower = lower.map(|(key, value)| (key.to_text().to_lowercase(), value));
                return mapping(out, &lower.collect(), indent, place);
            }
        }
        _ => {}
    }
    if place != Place::Root {
        out.push(' ');
    }
    scalar(out, value, indent);
    out.push('\n');
    Ok(())
}

/// Begins the line of an entry: the first one of a list's element stands on the element's own line.
fn start(out: &mut String, indent: usize, first: bool, place: Place) {
    if first {
        match place {
            Place::Root => return,
            Place::Item => {
                out.push(' ');
                return;
            }
            Place::Key => out.push('\n'),
        }
    }
    out.extend(std::iter::repeat_n(' ', indent));
}

fn mapping(out: &mut String, map: &Map, indent: usize, place: Place) -> Result<(), Failure> {
    for (at, (key, value)) in sorted(map).iter().enumerate() {
        start(out, indent, at == 0, place);
        text(out, key, indent);
        out.push(':');
        node(out, value, indent + 2, Place::Key)?;
    }
    Ok(())
}

/// In the order that the other writer has: one of natural numbers.
fn sorted(map: &Map) -> Vec<(String, Value)> {
    let keys: yaml::Map = map
        .entries()
        .iter()
        .map(|(key, _)| (key.to_text().into_owned(), yaml::Value::Null))
        .collect();
    let written = yaml::write(&yaml::Value::Map(keys));
    let order: Vec<String> = match yaml::parse(&written) {
        Ok(documents) => match documents.into_iter().next() {
            Some(yaml::Value::Map(map)) => map.keys().cloned().collect(),
            _ => Vec::new(),
        },
        Err(_) => Vec::new(),
    };
    let place = |key: &str| order.iter().position(|one| one == key);
    let mut entries: Vec<(String, Value)> = map
        .entries()
        .into_iter()
        .map(|(key, value)| (key.to_text().into_owned(), value))
        .collect();
    entries.sort_by_cached_key(|(key, _)| place(key));
    entries
}

fn scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Nil | Value::Null => out.push_str("null"),
        Value::List(_) => out.push_str("[]"),
        Value::Map(_) => out.push_str("{}"),
        Value::Float(number) if number.is_nan() => out.push_str(".nan"),
        Value::Float(number) if number.is_infinite() => {
            out.push_str(if *number < 0.0 { "-.inf" } else { ".inf" });
        }
        Value::Bool(_) | Value::Int(..) | Value::Float(_) => {
            out.push_str(&String::from_utf8_lossy(&print::text(value)));
        }
        Value::Str(string) => text(out, &string.to_text(), indent),
        Value::Object(object) => match dates::time(value) {
            Some(time) => {
                out.push_str(&layout::format(
                    "2006-01-02T15:04:05.999999999Z07:00",
                    &time,
                ));
            }
            None => text(out, &object.text(), indent),
        },
    }
}

/// A text in the style that the other writer chooses, but on one line if it has only one.
fn text(out: &mut String, text: &str, indent: usize) {
    let written = yaml::write(&yaml::Value::from(text));
    let written = written.trim_end_matches('\n');
    match written.chars().next() {
        Some('|') => {
            let (head, body) = written.split_once('\n').unwrap_or((written, ""));
            out.push_str(head);
            for line in body.split('\n') {
                out.push('\n');
                if !line.is_empty() {
                    out.extend(std::iter::repeat_n(' ', indent.max(2) - 2));
                    out.push_str(line);
                }
            }
            let kept = text.len() - text.trim_end_matches('\n').len();
            out.extend(std::iter::repeat_n('\n', kept.saturating_sub(1)));
        }
        Some('"') if written.contains('\n') => out.push_str(&double(text)),
        _ => out.push_str(&written.replace("\n  ", " ")),
    }
}

/// In double quotes, on one line.
fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        let one = yaml::write(&yaml::Value::String(format!("\t{c}\t")));
        let one = one.trim_end_matches('\n');
        let one = one
            .strip_prefix("\"\\t")
            .and_then(|one| one.strip_suffix("\\t\""));
        match one {
            Some(escaped) => out.push_str(escaped),
            None => out.push(c),
        }
    }
    out.push('"');
    out
}
