//! Paths with slashes.

use super::super::function::Function;
use super::super::function::Param::Str as Text;
use super::super::value::Value;

/// The functions with `os` in their names are the same: charts are rendered as on Linux.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("base", &[Text], |args| Ok(Value::from(base(&args.text(0))))),
    Function::pure("osBase", &[Text], |args| {
        Ok(Value::from(base(&args.text(0))))
    }),
    Function::pure("dir", &[Text], |args| Ok(Value::from(dir(&args.text(0))))),
    Function::pure("osDir", &[Text], |args| Ok(Value::from(dir(&args.text(0))))),
    Function::pure("clean", &[Text], |args| {
        Ok(Value::from(clean(&args.text(0))))
    }),
    Function::pure("osClean", &[Text], |args| {
        Ok(Value::from(clean(&args.text(0))))
    }),
    Function::pure("ext", &[Text], |args| Ok(Value::from(ext(&args.text(0))))),
    Function::pure("osExt", &[Text], |args| Ok(Value::from(ext(&args.text(0))))),
    Function::pure("isAbs", &[Text], |args| {
        Ok(Value::Bool(args.bytes(0).starts_with(b"/")))
    }),
    Function::pure("osIsAbs", &[Text], |args| {
        Ok(Value::Bool(args.bytes(0).starts_with(b"/")))
    }),
];

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
