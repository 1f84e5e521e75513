//! Regular expressions in Go's syntax.

use regex::bytes::Regex;

use super::super::function::Param::{Int, Str as Text};
use super::super::function::{Args, Body, Failure, Function, Outcome};
use super::super::re2;
use super::super::value::{Elem, List, Str, Value};
use super::go::sized;
use super::strings::room;

/// Sprig panics for a bad pattern where it has no `must`, which is an error as well; but `regexMatch` says false.
macro_rules! twins {
    ($($name:literal $must:literal $params:expr, $body:expr;)*) => {
        &[$(
            Function { name: $name, params: $params, variadic: false, body: Body::Pure($body) },
            Function { name: $must, params: $params, variadic: false, body: Body::Pure($body) },
        )*]
    };
}

pub(super) const TWINS: &[Function] = twins! {
    "regexFind" "mustRegexFind" &[Text, Text], |args| {
        let found = compile(args)?.find(args.bytes(1)).map(|found| found.as_bytes());
        Ok(Value::Str(Str::from(found.unwrap_or(b""))))
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
        let found = compile(args).is_ok_and(|regex| regex.is_match(args.bytes(1)));
        Ok(Value::Bool(found))
    }),
    Function::pure("mustRegexMatch", &[Text, Text], |args| {
        Ok(Value::Bool(compile(args)?.is_match(args.bytes(1))))
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

fn compile(args: Args<'_>) -> Result<std::rc::Rc<Regex>, Failure> {
    if std::str::from_utf8(args.bytes(0)).is_err() {
        return Err("error parsing regexp: invalid UTF-8".into());
    }
    re2::compile(&args.text(0)).map_err(Failure::from)
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
    let regex = compile(args)?;
    let found = matches(&regex, args.bytes(1), limit(args.int(2)));
    if found.is_empty() {
        return Ok(Value::List(List::nil(Elem::Str)));
    }
    let found = found.iter().map(|found| Str::from(found.as_bytes()));
    Ok(Value::List(List::strings(found)))
}

fn split(args: Args<'_>) -> Outcome {
    let regex = compile(args)?;
    let (text, count) = (args.bytes(1), args.int(2));
    if count == 0 {
        return Ok(Value::List(List::nil(Elem::Str)));
    }
    if !args.bytes(0).is_empty() && text.is_empty() {
        return Ok(Value::List(List::strings([""])));
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in matches(&regex, text, limit(count)) {
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
    Ok(Value::List(List::strings(parts)))
}

type Names<'r> = Vec<Option<&'r str>>;

fn replace(
    args: Args<'_>,
    put: impl Fn(&regex::bytes::Captures<'_>, &Names<'_>, &mut Vec<u8>),
) -> Outcome {
    let regex = compile(args)?;
    let names: Names<'_> = regex.capture_names().collect();
    let text = args.bytes(1);
    let mut out = Vec::with_capacity(text.len());
    let mut end = 0;
    let mut first = true;
    for captures in regex.captures_iter(text) {
        let Some(found) = captures.get(0) else {
            continue;
        };
        if found.is_empty() && inside(text, found.start()) {
            continue;
        }
        out.extend_from_slice(&text[end..found.start()]);
        if !found.is_empty() || first || found.start() > end {
            put(&captures, &names, &mut out);
        }
        room(out.len())?;
        end = found.end();
        first = false;
    }
    out.extend_from_slice(&text[end..]);
    sized(out)
}

/// `$1`, `$name`, `${1}`, `$$`; the name is as long as it can be.
fn expand(
    template: &[u8],
    captures: &regex::bytes::Captures<'_>,
    names: &Names<'_>,
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
        let index = if numbered {
            name.parse().ok()
        } else {
            names.iter().position(|known| *known == Some(name))
        };
        if let Some(group) = index.and_then(|index: usize| captures.get(index)) {
            out.extend_from_slice(group.as_bytes());
        }
    }
    out.extend_from_slice(rest);
}
