//! Keeps the house in order: floors, sizes, and what no file may hold.
//!
//! The floors stand in the table of `src/lib.rs`, and only there. The checkers are functions of texts, with tests of
//! their own at the end, so that they are seen to fail.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines that a file may have.
const MAX_LINES: usize = 600;

#[test]
fn every_room_stands_on_its_floor() {
    let floors = floors(&fs::read_to_string(src().join("lib.rs")).unwrap());
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        wrong.extend(imports(&path, &text, &floors));
    }
    none(&wrong);
}

#[test]
fn the_table_names_every_room() {
    let floors = floors(&fs::read_to_string(src().join("lib.rs")).unwrap());
    let rooms: Vec<String> = fs::read_dir(src())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let mut wrong = Vec::new();
    for room in &rooms {
        if !floors.contains_key(room) {
            wrong.push(format!(
                "src/{room}: has no floor in the table of src/lib.rs"
            ));
        }
    }
    for room in floors.keys() {
        if !rooms.contains(room) {
            wrong.push(format!(
                "src/lib.rs: the table names `{room}`, which is no folder"
            ));
        }
    }
    none(&wrong);
}

#[test]
fn every_room_says_what_it_is_for() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|(path, text)| path.ends_with("mod.rs") && !text.starts_with("//!"))
        .map(|(path, _)| format!("{path}:1: does not start with `//!`"))
        .collect();
    none(&wrong);
}

#[test]
fn files_are_small() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|(_, text)| text.lines().count() > MAX_LINES)
        .map(|(path, text)| {
            let lines = text.lines().count();
            format!("{path}: {lines} lines, which is more than {MAX_LINES}")
        })
        .collect();
    none(&wrong);
}

#[test]
fn nothing_is_silenced_or_left_for_later() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        wrong.extend(forbidden(&path, &text));
    }
    none(&wrong);
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file under `src`, with its path from the root of the repository.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![src()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
                let name = name.to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(
        found.len() > 100,
        "the sources are not where this test looks"
    );
    found.sort();
    found
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The floor of each room, from a table of `| floor | rooms |` in `//!` lines.
fn floors(lib: &str) -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::new();
    for line in lib.lines().filter_map(|line| line.strip_prefix("//! |")) {
        let Some((floor, rooms)) = line.split_once('|') else {
            continue;
        };
        let Ok(floor) = floor.trim().parse() else {
            continue;
        };
        for room in rooms.split('`').skip(1).step_by(2) {
            let before = floors.insert(room.to_owned(), floor);
            assert_eq!(before, None, "`{room}` stands on two floors");
        }
    }
    assert!(!floors.is_empty(), "src/lib.rs has no table of floors");
    floors
}

/// The paths of a file that lead to rooms which are not below its own.
fn imports(file: &str, text: &str, floors: &BTreeMap<String, u32>) -> Vec<String> {
    let module = module(file);
    let Some(room) = module.first() else {
        return Vec::new();
    };
    let Some(own) = floors.get(room) else {
        return vec![format!(
            "{file}:1: `{room}` has no floor in the table of src/lib.rs"
        )];
    };
    let mut wrong = Vec::new();
    for (line, named) in named(&tokens(text), module.len()) {
        if named == *room {
            continue;
        }
        let fault = match floors.get(&named) {
            None => format!("`{named}` is no room"),
            Some(floor) if floor == own => {
                format!("`{room}` imports its neighbour `{named}` on floor {own}")
            }
            Some(floor) if floor > own => {
                format!("`{room}` (floor {own}) imports `{named}` (floor {floor})")
            }
            Some(_) => continue,
        };
        wrong.push(format!("{file}:{line}: {fault}"));
    }
    wrong
}

/// The module that a file is: `src/plan/decide.rs` is `plan`, `decide`; the roots are none.
fn module(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    path.split('/')
        .filter(|part| !["mod", "lib", "main"].contains(part))
        .map(str::to_owned)
        .collect()
}

/// What stands right under the crate's root in each path, with its line. `depth` is how deep the file's module lies.
fn named(tokens: &[(usize, String)], depth: usize) -> Vec<(usize, String)> {
    let word = |at: usize| tokens.get(at).map_or("", |(_, text)| text.as_str());
    let mut found = Vec::new();
    // Inline modules that are open, by the number of braces outside them.
    let mut inline = Vec::new();
    let mut braces = 0;
    let mut at = 0;
    while at < tokens.len() {
        match word(at) {
            "{" => {
                if at >= 2 && word(at - 2) == "mod" {
                    inline.push(braces);
                }
                braces += 1;
            }
            "}" => {
                braces -= 1;
                inline.pop_if(|outside| *outside == braces);
            }
            "crate" if word(at + 1) == "::" => found.extend(heads(tokens, at + 2)),
            "super" if word(at + 1) == "::" => {
                let mut up = 0;
                while word(at) == "super" && word(at + 1) == "::" {
                    up += 1;
                    at += 2;
                }
                if up >= depth + inline.len() {
                    found.extend(heads(tokens, at));
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The first segments of the path that starts at a token: one, or those of a `{group}`.
fn heads(tokens: &[(usize, String)], start: usize) -> Vec<(usize, String)> {
    let Some(first) = tokens.get(start) else {
        return Vec::new();
    };
    if first.1 != "{" {
        return vec![first.clone()];
    }
    let mut found = Vec::new();
    let mut depth = 0;
    for (at, (line, text)) in tokens.iter().enumerate().skip(start) {
        match text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ if depth == 1 && ["{", ","].contains(&tokens[at - 1].1.as_str()) => {
                found.push((*line, text.clone()));
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// Attributes that silence lints without a reason, and code that is not there yet.
fn forbidden(file: &str, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let mut wrong = Vec::new();
    for at in 0..tokens.len() {
        let next: Vec<&str> = tokens[at..]
            .iter()
            .take(3)
            .map(|(_, text)| text.as_str())
            .collect();
        let fault = match next.as_slice() {
            ["[", "allow", "("] => "write `#[expect(..., reason = \"...\")]` for `#[allow(...)]`",
            ["todo" | "unimplemented", "!", ..] => "is not finished",
            _ => continue,
        };
        wrong.push(format!("{file}:{}: {fault}", tokens[at].0));
    }
    wrong
}

/// The words and signs of a Rust text with their lines, without comments, strings and characters.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let quoted = quoted(&rest[word..]).filter(|_| {
            // Only these words can stand right before a quote, as a prefix of it.
            ["", "b", "c", "r", "br", "cr"].contains(&&rest[..word])
        });
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = quoted {
            let raw = rest[..word].ends_with('r');
            word + if raw {
                raw_string(&rest[word..])
            } else {
                length
            }
        } else if word > 0 {
            found.push((line, rest[..word].to_owned()));
            word
        } else if rest.starts_with("::") {
            found.push((line, "::".to_owned()));
            2
        } else {
            if !first.is_whitespace() {
                found.push((line, first.to_string()));
            }
            first.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The length of the string or character that a text starts with, or that it may start with when it is raw.
fn quoted(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let quote = match chars.next()?.1 {
        '"' => '"',
        // A lifetime has no closing quote right after its first character.
        '\'' if text[1..].starts_with('\\') || text.chars().nth(2) == Some('\'') => '\'',
        '#' if text.trim_start_matches('#').starts_with('"') => return Some(0),
        _ => return None,
    };
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return Some(at + 1);
        }
    }
    Some(text.len())
}

/// The length of the raw string whose `#` and quote a text starts with.
fn raw_string(text: &str) -> usize {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let end = format!("\"{}", "#".repeat(hashes));
    let start = hashes + 1;
    text[start..]
        .find(&end)
        .map_or(text.len(), |at| start + at + end.len())
}

/// The length of the block comment that a text starts with.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

const LIB: &str = "\
//! | floor | rooms |
//! | --- | --- |
//! | 3 | `top` |
//! | 2 | `left`, `right` |
//! | 1 | `base` |
";

/// What is said of a file with a text.
fn said(file: &str, text: &str) -> String {
    let mut out = String::new();
    for line in imports(file, text, &floors(LIB)) {
        writeln!(out, "{line}").unwrap();
    }
    out
}

#[test]
fn reads_the_table() {
    let expected = [("base", 1), ("left", 2), ("right", 2), ("top", 3)];
    let expected = expected.map(|(room, floor)| (room.to_owned(), floor));
    assert_eq!(floors(LIB), BTreeMap::from(expected));
}

#[test]
fn lets_rooms_look_down() {
    let text = "use crate::left::a;\nuse crate::{base, right::{b, c}};\nuse crate::top::d;\n";
    assert_eq!(said("src/top/mod.rs", text), "");
}

#[test]
fn tells_of_rooms_above() {
    assert_eq!(
        said("src/left/x.rs", "use a::b;\n\nfn f() -> crate::top::T {}\n"),
        "src/left/x.rs:3: `left` (floor 2) imports `top` (floor 3)\n"
    );
}

#[test]
fn tells_of_neighbours_also_in_tests() {
    let text = "#[cfg(test)]\nmod tests {\n    use crate::{\n        base::b,\n        right::{self, top},\n    };\n}\n";
    assert_eq!(
        said("src/left/x.rs", text),
        "src/left/x.rs:5: `left` imports its neighbour `right` on floor 2\n"
    );
}

#[test]
fn tells_of_paths_that_climb_to_the_root() {
    let neighbour = "src/left/x.rs:1: `left` imports its neighbour `right` on floor 2\n";
    assert_eq!(
        said("src/left/x.rs", "use super::super::right::R;"),
        neighbour
    );
    assert_eq!(said("src/left/x.rs", "use super::right::R;"), "");
    assert_eq!(said("src/left/x/y.rs", "use super::super::right::R;"), "");
    assert_eq!(
        said("src/left/mod.rs", "use super::{base::B, right};"),
        neighbour.replace("x.rs", "mod.rs")
    );
    let inline = "mod a { use super::super::right; }";
    assert_eq!(said("src/left/x.rs", inline), "");
    let after = "mod a { fn f() {} } use super::super::right;";
    assert_eq!(said("src/left/x.rs", after), neighbour);
}

#[test]
fn tells_of_what_is_no_room() {
    assert_eq!(
        said("src/left/x.rs", "use crate::VERSION;"),
        "src/left/x.rs:1: `VERSION` is no room\n"
    );
    assert_eq!(
        said("src/attic/x.rs", ""),
        "src/attic/x.rs:1: `attic` has no floor in the table of src/lib.rs\n"
    );
}

#[test]
fn passes_over_comments_strings_and_the_root() {
    let text = "//! [`crate::top`]\n/* use crate::top; /* crate::top */ crate::top */\n\
        const A: &str = \"\\\"crate::top\";\nconst B: &str = r#\"\"crate::top\"#;\nconst C: char = '\"';\n\
        const D: u8 = b'\\'';\nfn f<'a>(a: &'a str) {}\nconst E: &str = r\"\\\";\n";
    assert_eq!(said("src/left/x.rs", text), "");
    let told = said("src/left/x.rs", &format!("{text}use crate::top;"));
    assert_eq!(
        told,
        "src/left/x.rs:9: `left` (floor 2) imports `top` (floor 3)\n"
    );
    assert_eq!(said("src/lib.rs", "pub use crate::top::T;"), "");
}

#[test]
fn tells_of_what_is_silenced_or_unfinished() {
    let text = "#![allow(dead_code)]\n#[allow(unused)]\nfn f() { todo!() }\nfn g() { unimplemented!(\"later\") }\n\
        fn allow(a: [u8; 1]) { b.allow(a); } // todo!()\n#[expect(unused, reason = \"#[allow(\")]\n";
    let lines: Vec<String> = forbidden("x.rs", text)
        .iter()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(lines, ["x.rs:1:", "x.rs:2:", "x.rs:3:", "x.rs:4:"]);
}
