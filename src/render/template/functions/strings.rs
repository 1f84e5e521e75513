//! Strings: cutting, padding, joining, searching.

use super::super::function::Param::{Any, Int, Str as Text};
use super::super::function::{Args, Failure, Function, Outcome};
use super::super::print::{MAX_TEXT, quoted};
use super::super::raw;
use super::super::value::{Elem, List, Map, MapKind, Str, Value};
use super::cast;
use super::go::sized;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("toString", &[Any], |args| {
        Ok(Value::Str(cast::string(args.any(0))))
    }),
    Function::pure("trim", &[Text], |args| {
        let trimmed = |text: &str| text.trim_matches(is_space).to_owned();
        Ok(Value::Str(raw::through(args.bytes(0), trimmed)))
    }),
    Function::pure("trimAll", &[Text, Text], trim_all),
    Function::pure("trimall", &[Text, Text], trim_all),
    Function::pure("trimSuffix", &[Text, Text], |args| {
        let text = args.bytes(1);
        Ok(bytes(text.strip_suffix(args.bytes(0)).unwrap_or(text)))
    }),
    Function::pure("trimPrefix", &[Text, Text], |args| {
        let text = args.bytes(1);
        Ok(bytes(text.strip_prefix(args.bytes(0)).unwrap_or(text)))
    }),
    Function::pure("contains", &[Text, Text], |args| {
        let found = find(args.bytes(1), args.bytes(0), 0).is_some();
        Ok(Value::Bool(found))
    }),
    Function::pure("hasPrefix", &[Text, Text], |args| {
        Ok(Value::Bool(args.bytes(1).starts_with(args.bytes(0))))
    }),
    Function::pure("hasSuffix", &[Text, Text], |args| {
        Ok(Value::Bool(args.bytes(1).ends_with(args.bytes(0))))
    }),
    Function::variadic("quote", &[Any], |args| {
        each(args, |value| quoted(&cast::string(value)).into_bytes())
    }),
    Function::variadic("squote", &[Any], |args| {
        each(args, |value| {
            let text = super::super::print::text(value);
            [b"'", &text[..], b"'"].concat()
        })
    }),
    Function::variadic("cat", &[Any], |args| {
        let words = args.0.iter().filter(|value| !value.is_nil());
        let words: Vec<_> = words.map(super::super::print::text).collect();
        sized(words.join(&b' '))
    }),
    Function::pure("indent", &[Int, Text], |args| {
        indent(args.int(0), args.bytes(1), "").and_then(sized)
    }),
    Function::pure("nindent", &[Int, Text], |args| {
        indent(args.int(0), args.bytes(1), "\n").and_then(sized)
    }),
    Function::pure("replace", &[Text, Text, Text], |args| {
        replace(args.bytes(2), args.bytes(0), args.bytes(1)).and_then(sized)
    }),
    Function::pure("repeat", &[Int, Text], |args| {
        let Ok(count) = usize::try_from(args.int(0)) else {
            return Err("strings: negative Repeat count".into());
        };
        let text = args.bytes(1);
        room(text.len().saturating_mul(count))?;
        sized(text.repeat(count))
    }),
    Function::pure("plural", &[Text, Text, Int], |args| {
        let chosen = if args.int(2) == 1 { 0 } else { 1 };
        Ok(args.any(chosen).clone())
    }),
    Function::pure("trunc", &[Int, Text], trunc),
    Function::pure("substr", &[Int, Int, Text], substr),
    Function::pure("toStrings", &[Any], |args| {
        Ok(Value::List(strings(args.any(0))))
    }),
    Function::pure("join", &[Text, Any], |args| {
        join(args.bytes(0), &strings(args.any(1)))
    }),
    Function::pure("sortAlpha", &[Any], |args| {
        let mut texts = match args.any(0) {
            value @ Value::List(_) => texts(&strings(value)),
            value => vec![cast::string(value)],
        };
        texts.sort();
        Ok(Value::List(List::strings(texts)))
    }),
    Function::pure("splitList", &[Text, Text], |args| {
        let parts = split(args.bytes(1), args.bytes(0), -1);
        Ok(Value::List(List::strings(parts)))
    }),
    Function::pure("split", &[Text, Text], |args| {
        Ok(numbered(split(args.bytes(1), args.bytes(0), -1)))
    }),
    Function::pure("splitn", &[Text, Int, Text], |args| {
        Ok(numbered(split(args.bytes(2), args.bytes(0), args.int(1))))
    }),
];

fn bytes(text: &[u8]) -> Value {
    Value::Str(Str::from(text))
}

/// Go's `unicode.IsSpace`.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// Refuses to make a text of that length if it is too long.
pub(super) fn room(length: usize) -> Result<(), Failure> {
    if length > MAX_TEXT {
        return Err(format!("the text is longer than {MAX_TEXT} bytes").into());
    }
    Ok(())
}

fn trim_all(args: Args<'_>) -> Outcome {
    // To Go, all bytes that are not UTF-8 are the same character in a list of characters.
    let cut = args.text(0);
    let cuts = |c: char| cut.contains(if raw::is_byte(c) { '\u{fffd}' } else { c });
    let trimmed = |text: &str| text.trim_matches(cuts).to_owned();
    Ok(Value::Str(raw::through(args.bytes(1), trimmed)))
}

fn each(args: Args<'_>, show: impl Fn(&Value) -> Vec<u8>) -> Outcome {
    let shown = args.0.iter().filter(|value| !value.is_nil());
    sized(shown.map(show).collect::<Vec<_>>().join(&b' '))
}

/// Where a text stands in another, from some place on.
pub(super) fn find(text: &[u8], part: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    memchr::memmem::find(rest, part).map(|at| from + at)
}

fn indent(spaces: i64, text: &[u8], before: &str) -> Result<Vec<u8>, Failure> {
    let Ok(spaces) = usize::try_from(spaces) else {
        return Err("strings: negative Repeat count".into());
    };
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    room(text.len().saturating_add(lines.saturating_mul(spaces)))?;
    let pad = vec![b' '; spaces];
    let mut out = Vec::with_capacity(text.len() + lines * spaces + 1);
    out.extend_from_slice(before.as_bytes());
    out.extend_from_slice(&pad);
    for part in text.split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(part);
        if part.ends_with(b"\n") {
            out.extend_from_slice(&pad);
        }
    }
    Ok(out)
}

fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::with_capacity(text.len());
    if old.is_empty() {
        for rune in super::super::format::runes(text) {
            out.extend_from_slice(new);
            out.extend_from_slice(rune);
            room(out.len())?;
        }
        out.extend_from_slice(new);
        return Ok(out);
    }
    for (at, part) in split(text, old, -1).into_iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(new);
        }
        out.extend_from_slice(part);
        room(out.len())?;
    }
    Ok(out)
}

fn trunc(args: Args<'_>) -> Outcome {
    let text = args.bytes(1);
    let size = usize::try_from(args.int(0).unsigned_abs()).unwrap_or(usize::MAX);
    if size >= text.len() {
        return Ok(args.any(1).clone());
    }
    Ok(bytes(if args.int(0) < 0 {
        &text[text.len() - size..]
    } else {
        &text[..size]
    }))
}

fn substr(args: Args<'_>) -> Outcome {
    let text = args.bytes(2);
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let (start, end) = (args.int(0), args.int(1));
    let (start, end) = if start < 0 {
        (0, end)
    } else if end < 0 || end > length {
        (start, length)
    } else {
        (start, end)
    };
    let place = |at: i64| usize::try_from(at).ok();
    let part = place(start)
        .zip(place(end))
        .and_then(|(start, end)| text.get(start..end));
    match part {
        Some(part) => Ok(bytes(part)),
        None if !(0..=length).contains(&end) => Err(format!(
            "runtime error: slice bounds out of range [:{end}] with length {length}"
        )
        .into()),
        None => Err(format!("runtime error: slice bounds out of range [{start}:{end}]").into()),
    }
}

/// The elements as texts; a single value is a list of one. Nils are left out.
fn strings(value: &Value) -> List {
    match value {
        Value::List(list) if list.elem() == Elem::Str => list.clone(),
        Value::List(list) => {
            let items = list.iter().filter(|item| !item.is_nil());
            List::strings(items.map(cast::string))
        }
        value if value.is_nil() => List::typed(Elem::Str, Vec::new()),
        value => List::strings([cast::string(value)]),
    }
}

fn texts(list: &List) -> Vec<Str> {
    list.iter().map(cast::string).collect()
}

fn join(separator: &[u8], list: &List) -> Outcome {
    let mut out = Vec::new();
    for (at, item) in list.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(separator);
        }
        if let Value::Str(text) = item {
            out.extend_from_slice(text);
        }
        room(out.len())?;
    }
    sized(out)
}

/// Go's `SplitN`: a negative limit is none; an empty separator cuts into characters.
fn split<'t>(text: &'t [u8], separator: &[u8], limit: i64) -> Vec<&'t [u8]> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    if limit == 0 {
        return parts;
    }
    let mut from = 0;
    if separator.is_empty() {
        for rune in super::super::format::runes(text) {
            if parts.len() + 1 == limit {
                break;
            }
            parts.push(rune);
            from += rune.len();
        }
        if from < text.len() {
            parts.push(&text[from..]);
        }
        return parts;
    }
    while parts.len() + 1 < limit {
        let Some(at) = find(text, separator, from) else {
            break;
        };
        parts.push(&text[from..at]);
        from = at + separator.len();
    }
    parts.push(&text[from..]);
    parts
}

fn numbered(parts: Vec<&[u8]>) -> Value {
    let entries = parts.into_iter().enumerate();
    let entries = entries.map(|(at, part)| (Str::from(format!("_{at}")), bytes(part)));
    Value::Map(Map::typed(MapKind::Strings, entries.collect()))
}
