//! Paths with slashes.

use super::super::function::Param::Str as Text;
use super::super::function::{Args, Function, Outcome};
use super::super::raw;
use super::super::value::Value;

/// The functions with `os` in their names are the same: charts are rendered as on Linux.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("base", &[Text], |args| {
        path(args, |path| base(path).to_owned())
    }),
    Function::pure("osBase", &[Text], |args| {
        path(args, |path| base(path).to_owned())
    }),
    Function::pure("dir", &[Text], |args| path(args, dir)),
    Function::pure("osDir", &[Text], |args| path(args, dir)),
    Function::pure("clean", &[Text], |args| path(args, clean)),
    Function::pure("osClean", &[Text], |args| path(args, clean)),
    Function::pure("ext", &[Text], |args| {
        path(args, |path| ext(path).to_owned())
    }),
    Function::pure("osExt", &[Text], |args| {
        path(args, |path| ext(path).to_owned())
    }),
    Function::pure("isAbs", &[Text], |args| {
        Ok(Value::Bool(args.bytes(0).starts_with(b"/")))
    }),
    Function::pure("osIsAbs", &[Text], |args| {
        Ok(Value::Bool(args.bytes(0).starts_with(b"/")))
    }),
];

fn path(args: Args<'_>, part: fn(&str) -> String) -> Outcome {
    Ok(Value::Str(raw::through(args.bytes(0), part)))
}

fn base(path: &str) -> &str {
    let bare = path.trim_end_matches('/');
    match bare.rsplit('/').next() {
        _ if path.is_empty() => ".",
        Some(last) if !last.is_empty() => last,
        _ => "/",
    }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |at| &path[..=at]))
}

fn ext(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or("");
    name.rfind('.').map_or("", |at| &name[at..])
}

fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
