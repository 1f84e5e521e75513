//! Regular expressions in Go's syntax.

use std::borrow::Cow;
use std::rc::Rc;

use regex::bytes::Regex;

use super::super::function::Param::{Int, Str as Text};
use super::super::function::{Args, Body, Failure, Function, Outcome};
use super::super::re2::{self, Pattern};
use super::super::value::{Elem, List, Str, Value};
use super::super::{print, raw};
use super::go::sized;
use super::strings::room;

/// Sprig panics for a bad pattern where it has no `must`, which is an error as well; but `regexMatch` says false.
macro_rules! twins {
    ($($name:literal $must:literal $params:expr, $body:expr;)*) => {
        &[$(
            Function { name: $name, params: $params, variadic: false, body: Body::Pure(|args| panics(args, $body)) },
            Function { name: $must, params: $params, variadic: false, body: Body::Pure($body) },
        )*]
    };
}

pub(super) const TWINS: &[Function] = twins! {
    "regexFind" "mustRegexFind" &[Text, Text], |args| {
        let pattern = compile(args)?;
        let text = raw::chars(args.bytes(1));
        let found = pattern.regex.find(text.as_bytes());
        Ok(Value::from(found.map_or_else(Vec::new, |found| own(matches!(text, Cow::Owned(_)), found.as_bytes()))))
    };
    "regexFindAll" "mustRegexFindAll" &[Text, Text, Int], find_all;
    "regexReplaceAll" "mustRegexReplaceAll" &[Text, Text, Text], |args| {
        let template = args.bytes(2);
        replace(args, |found, names, out| expand(template, found, names, out))
    };
    "regexReplaceAllLiteral" "mustRegexReplaceAllLiteral" &[Text, Text, Text], |args| {
        replace(args, |_, _, out| out.extend_from_slice(args.bytes(2)))
    };
    "regexSplit" "mustRegexSplit" &[Text, Text, Int], split;
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("regexMatch", &[Text, Text], |args| {
        let found = compile(args).is_ok_and(|pattern| matches_any(&pattern, args));
        Ok(Value::Bool(found))
    }),
    Function::pure("mustRegexMatch", &[Text, Text], |args| {
        Ok(Value::Bool(matches_any(&*compile(args)?, args)))
    }),
    Function::pure("regexQuoteMeta", &[Text], |args| {
        let mut out = Vec::new();
        for byte in args.bytes(0) {
            if br"\.+*?()|[]{}^$".contains(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        sized(out)
    }),
];

fn compile(args: Args<'_>) -> Result<Rc<Pattern>, Failure> {
    re2::compile(args.bytes(0)).map_err(Failure::from)
}

/// What a function says that has no `must` in its name: it panics.
fn panics(args: Args<'_>, body: fn(Args<'_>) -> Outcome) -> Outcome {
    if let Err(Failure::Message(message)) = compile(args) {
        let pattern = args.bytes(0);
        let plain = |c: char| c == '\t' || !(c.is_control() || c == '`' || c == '\u{feff}');
        let shown = match std::str::from_utf8(pattern) {
            Ok(text) if text.chars().all(plain) => format!("`{text}`"),
            _ => print::quoted(pattern),
        };
        return Err(format!("regexp: Compile({shown}): {message}").into());
    }
    body(args)
}

fn matches_any(pattern: &Pattern, args: Args<'_>) -> bool {
    pattern.regex.is_match(raw::chars(args.bytes(1)).as_bytes())
}

/// A part of a text, whose bytes may have become characters.
fn own(changed: bool, part: &[u8]) -> Vec<u8> {
    if changed {
        raw::bytes(part)
    } else {
        part.to_vec()
    }
}

/// How many matches Go looks for: all for a negative number.
fn limit(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Matches as Go finds them: an empty one does not count right behind the one before.
fn matches<'t>(regex: &Regex, text: &'t [u8], limit: usize) -> Vec<regex::bytes::Match<'t>> {
    let mut last = None;
    let counts = |found: &regex::bytes::Match<'_>| {
        let repeats =
            found.is_empty() && (last == Some(found.start()) || inside(text, found.start()));
        last = Some(found.end());
        !repeats
    };
    regex.find_iter(text).filter(counts).take(limit).collect()
}

/// Whether a place is within a character: Go finds nothing there.
fn inside(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80)
}

fn find_all(args: Args<'_>) -> Outcome {
    let pattern = compile(args)?;
    let text = raw::chars(args.bytes(1));
    let found = matches(&pattern.regex, text.as_bytes(), limit(args.int(2)));
    if found.is_empty() {
        return Ok(Value::List(List::nil(Elem::Str)));
    }
    let found = found
        .iter()
        .map(|found| Str::from(own(matches!(text, Cow::Owned(_)), found.as_bytes())));
    Ok(Value::List(List::strings(found)))
}

fn split(args: Args<'_>) -> Outcome {
    let pattern = compile(args)?;
    let given = raw::chars(args.bytes(1));
    let (text, count) = (given.as_bytes(), args.int(2));
    if count == 0 {
        return Ok(Value::List(List::nil(Elem::Str)));
    }
    if !args.bytes(0).is_empty() && text.is_empty() {
        return Ok(Value::List(List::strings([""])));
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in matches(&pattern.regex, text, limit(count)) {
        if parts.len() + 1 == limit(count) {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(&text[start..end]);
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(&text[start..]);
    }
    let parts = parts
        .into_iter()
        .map(|part| Str::from(own(matches!(given, Cow::Owned(_)), part)));
    Ok(Value::List(List::strings(parts)))
}

type Names = [Option<String>];

fn replace(
    args: Args<'_>,
    put: impl Fn(&regex::bytes::Captures<'_>, &Names, &mut Vec<u8>),
) -> Outcome {
    let pattern = compile(args)?;
    let given = raw::chars(args.bytes(1));
    let text = given.as_bytes();
    let mut out = Vec::with_capacity(text.len());
    let mut end = 0;
    let mut first = true;
    for captures in pattern.regex.captures_iter(text) {
        let Some(found) = captures.get(0) else {
            continue;
        };
        if found.is_empty() && inside(text, found.start()) {
            continue;
        }
        out.extend_from_slice(&text[end..found.start()]);
        if !found.is_empty() || first || found.start() > end {
            put(&captures, &pattern.names, &mut out);
        }
        room(out.len())?;
        end = found.end();
        first = false;
    }
    out.extend_from_slice(&text[end..]);
    sized(own(matches!(given, Cow::Owned(_)), &out))
}

/// `$1`, `$name`, `${1}`, `$$`; the name is as long as it can be.
fn expand(
    template: &[u8],
    captures: &regex::bytes::Captures<'_>,
    names: &Names,
    out: &mut Vec<u8>,
) {
    let mut rest = template;
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.first() == Some(&b'$') {
            out.push(b'$');
            rest = &rest[1..];
            continue;
        }
        let braced = rest.first() == Some(&b'{');
        let name_at = &rest[usize::from(braced)..];
        let length = name_at
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let closed = !braced || name_at.get(length) == Some(&b'}');
        if length == 0 || !closed {
            // A dollar that names nothing stays.
            out.push(b'$');
            continue;
        }
        let name = std::str::from_utf8(&name_at[..length]).unwrap_or("");
        rest = &name_at[length + usize::from(braced)..];
        let numbered = name.bytes().all(|byte| byte.is_ascii_digit());
        let group = if numbered {
            let index = name.parse().ok();
            index.and_then(|index: usize| captures.get(index))
        } else {
            // Of groups with one name, the first that found something.
            let named = |at: &usize| names[*at].as_deref() == Some(name);
            (0..names.len())
                .filter(named)
                .find_map(|at| captures.get(at))
        };
        if let Some(group) = group {
            out.extend_from_slice(group.as_bytes());
        }
    }
    out.extend_from_slice(rest);
}
