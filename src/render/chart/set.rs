//! Single values from a command line: `--set` and its kin.

use std::sync::Arc;

use super::Tree;
use super::go::quoted;
use super::tree::Entries;
use crate::render::template::Str;
use crate::yaml;

/// The highest index of a list.
const MAX_INDEX: usize = 65536;
/// The most dots in a name.
const MAX_DOTS: usize = 30;
/// How deeply lists may be nested in lists.
const MAX_LISTS: usize = 200;

/// How the text behind `=` is read.
#[derive(Clone, Copy)]
pub enum SetKind<'r> {
    /// `--set`: integers, truth values, nulls, lists in braces, texts.
    Typed,
    /// `--set-string`: texts, and lists of texts in braces.
    String,
    /// `--set-json`: JSON; the whole text may be one object, too.
    Json,
    /// `--set-file`: the name of a file, which the function reads.
    File(&'r dyn Fn(&str) -> Result<Vec<u8>, String>),
    /// `--set-literal`: all that follows, as it is.
    Literal,
}

/// Why a value cannot be set, in Helm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetError(String);

/// Sets the values that a text names: `a.b=1,c[0].d=x`.
///
/// # Errors
/// If the text cannot be read, or leads through a value that is neither a mapping nor a list. Then the values are as they
/// were.
pub fn set(tree: &mut Tree, text: &str, kind: SetKind<'_>) -> Result<(), SetError> {
    let is_object = matches!(kind, SetKind::Json) && text.trim().starts_with('{');
    if is_object {
        let json: serde_json::Value = serde_json::from_str(text.trim())
            .map_err(|_| SetError(format!("failed parsing --set-json data JSON: {text}")))?;
        *tree = tree.merged(&Tree::from(&yaml::Value::from(json)));
        return Ok(());
    }
    let mut entries = tree
        .as_map()
        .map_or_else(Entries::new, |map| (**map).clone());
    let mut parser = Parser {
        rest: text,
        kind,
        lists: 0,
    };
    loop {
        match parser.key(&mut entries, 0) {
            Ok(()) => {}
            Err(Halt::End) => break,
            Err(Halt::Wrong(message)) => {
                return Err(SetError(match kind {
                    SetKind::Typed => format!("failed parsing --set data: {message}"),
                    SetKind::String => format!("failed parsing --set-string data: {message}"),
                    SetKind::Json => format!("failed parsing --set-json data {text}"),
                    SetKind::File(_) => format!("failed parsing --set-file data: {message}"),
                    SetKind::Literal => format!("failed parsing --set-literal data: {message}"),
                }));
            }
        }
    }
    *tree = Tree::Map(Arc::new(entries));
    Ok(())
}

/// Why reading does not go on. Both are passed up through all that was begun, and Helm keeps different parts of it.
enum Halt {
    /// The text ends, which is no error.
    End,
    Wrong(String),
}

fn wrong<T>(message: impl Into<String>) -> Result<T, Halt> {
    Err(Halt::Wrong(message.into()))
}

/// Go's words for a value that is not what it is taken for.
fn conversion<T>(value: &Tree, wanted: &str) -> Result<T, Halt> {
    let found = match value {
        Tree::Null => "nil",
        Tree::Bool(_) => "bool",
        Tree::Int(_) => "int64",
        Tree::Float(_) => "float64",
        Tree::Str(_) => "string",
        Tree::List(_) => "[]interface {}",
        Tree::Map(_) => "map[string]interface {}",
    };
    wrong(format!(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}

fn insert(entries: &mut Entries, key: &str, value: Tree) {
    // A name that is empty is passed over.
    if !key.is_empty() {
        entries.insert(Str::from(key), value);
    }
}

fn set_index(list: &mut Vec<Tree>, index: usize, value: Tree) -> Result<(), Halt> {
    if index > MAX_INDEX {
        return wrong(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        ));
    }
    if list.len() <= index {
        list.resize(index + 1, Tree::Null);
    }
    list[index] = value;
    Ok(())
}

struct Parser<'t, 'r> {
    rest: &'t str,
    kind: SetKind<'r>,
    /// How many lists are open inside of each other.
    lists: usize,
}

impl Parser<'_, '_> {
    fn is_literal(&self) -> bool {
        matches!(self.kind, SetKind::Literal)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// The text up to one of some characters, and that one; none where the text ends.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut found = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return (found, Some(c));
            }
            if c == '\\' && !self.is_literal() {
                match self.next() {
                    Some(next) => found.push(next),
                    None => break,
                }
            } else {
                found.push(c);
            }
        }
        (found, None)
    }

    fn key(&mut self, entries: &mut Entries, dots: usize) -> Result<(), Halt> {
        let stops: &[char] = if self.is_literal() {
            &['=', '[', '.']
        } else {
            &['=', '[', '.', ',']
        };
        let (key, stop) = self.until(stops);
        match stop {
            None if key.is_empty() => Err(Halt::End),
            None => wrong(format!("key {} has no value", quoted(&key))),
            Some('[') => {
                let index = self.index()?;
                let mut list = match entries.get(key.as_bytes()) {
                    None => Vec::new(),
                    Some(Tree::List(list)) => list.to_vec(),
                    Some(other) => return conversion(other, "[]interface {}"),
                };
                let result = self.item(&mut list, index, dots);
                insert(entries, &key, Tree::List(list.into()));
                result
            }
            Some('=') => self.assign(entries, &key),
            Some('.') => self.inner(entries, &key, dots + 1),
            Some(_) => wrong(format!(
                "key {} has no value (cannot end with ,)",
                quoted(&key)
            )),
        }
    }

    fn assign(&mut self, entries: &mut Entries, key: &str) -> Result<(), Halt> {
        let (value, ends) = self.value()?;
        insert(entries, key, value);
        if ends { Err(Halt::End) } else { Ok(()) }
    }

    fn inner(&mut self, entries: &mut Entries, key: &str, dots: usize) -> Result<(), Halt> {
        if dots > MAX_DOTS {
            return wrong(format!(
                "value name nested level is greater than maximum supported nested level of {MAX_DOTS}"
            ));
        }
        let (mut inner, was_there) = match entries.get(key.as_bytes()) {
            None => (Arc::default(), false),
            Some(Tree::Map(map)) => (map.clone(), true),
            Some(other) => return conversion(other, "map[string]interface {}"),
        };
        let result = self.key(Arc::make_mut(&mut inner), dots);
        if result.is_ok() && inner.is_empty() {
            return wrong(format!("key map {} has no value", quoted(key)));
        }
        if was_there {
            entries.insert(Str::from(key), Tree::Map(inner));
        } else if !inner.is_empty() {
            insert(entries, key, Tree::Map(inner));
        }
        result
    }

    /// The index up to `]`.
    fn index(&mut self) -> Result<i64, Halt> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Err(Halt::End);
        }
        text.parse().or_else(|error: std::num::ParseIntError| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let why = match error.kind() {
                PosOverflow | NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            let text = quoted(&text);
            wrong(format!(
                "error parsing index: strconv.Atoi: parsing {text}: {why}"
            ))
        })
    }

    /// What follows behind an index.
    fn item(&mut self, list: &mut Vec<Tree>, index: i64, dots: usize) -> Result<(), Halt> {
        let Ok(at) = usize::try_from(index) else {
            return wrong(format!("negative {index} index not allowed"));
        };
        let (text, stop) = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            let runes: Vec<String> = text.chars().map(|c| format!("'{c}'")).collect();
            let runes = runes.join(" ");
            return wrong(format!("unexpected data at end of array index: [{runes}]"));
        }
        match stop {
            None => Err(Halt::End),
            Some('=') => {
                let (value, _) = self.value()?;
                set_index(list, at, value)
            }
            Some('[') => {
                self.lists += 1;
                if self.lists > MAX_LISTS {
                    return wrong(format!("lists are nested more than {MAX_LISTS} deep"));
                }
                let next = self.index()?;
                let mut inner = match list.get(at) {
                    None | Some(Tree::Null) => Vec::new(),
                    Some(Tree::List(inner)) => inner.to_vec(),
                    Some(other) => return conversion(other, "[]interface {}"),
                };
                self.item(&mut inner, next, dots)?;
                self.lists -= 1;
                set_index(list, at, Tree::List(inner.into()))
            }
            Some(_) => self.item_field(list, at, dots),
        }
    }

    fn item_field(&mut self, list: &mut Vec<Tree>, at: usize, dots: usize) -> Result<(), Halt> {
        self.lists += 1;
        if self.lists > MAX_LISTS {
            return wrong(format!("lists are nested more than {MAX_LISTS} deep"));
        }
        let was_there = at < list.len();
        let mut inner = match list.get(at) {
            Some(Tree::Map(map)) => map.clone(),
            _ => Arc::default(),
        };
        let result = self.key(Arc::make_mut(&mut inner), dots);
        self.lists -= 1;
        // Where the text ends in the middle, only what was there already has changed.
        if result.is_ok() || was_there {
            set_index(list, at, Tree::Map(inner))?;
        }
        result
    }

    /// A value, and whether the text ends before it.
    fn value(&mut self) -> Result<(Tree, bool), Halt> {
        match self.kind {
            SetKind::Literal => {
                let (text, _) = self.until(&[]);
                Ok((Tree::Str(text.into()), false))
            }
            SetKind::Json => Ok((self.json()?, false)),
            _ if self.rest.is_empty() => Ok((Tree::Str("".into()), true)),
            _ if self.rest.starts_with('{') => {
                self.next();
                Ok((self.list()?, false))
            }
            _ => {
                let (text, _) = self.until(&[',']);
                Ok((self.scalar(text)?, false))
            }
        }
    }

    fn list(&mut self) -> Result<Tree, Halt> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return wrong("list must terminate with '}'");
            }
            items.push(self.scalar(text)?);
            if stop == Some('}') {
                self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                return Ok(Tree::List(items.into()));
            }
        }
    }

    fn scalar(&self, text: String) -> Result<Tree, Halt> {
        match self.kind {
            SetKind::File(read) => match read(&text) {
                Ok(bytes) => Ok(Tree::Str(bytes.into())),
                Err(message) => wrong(message),
            },
            SetKind::Typed => Ok(typed(text)),
            SetKind::String | SetKind::Json | SetKind::Literal => Ok(Tree::Str(text.into())),
        }
    }

    fn json(&mut self) -> Result<Tree, Halt> {
        if self.skip_blanks() {
            return Ok(Tree::Null);
        }
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter();
        let json: serde_json::Value = match stream.next() {
            Some(Ok(json)) => json,
            Some(Err(error)) => return wrong(error.to_string()),
            None => return wrong("there is no JSON"),
        };
        self.rest = &self.rest[stream.byte_offset()..];
        self.skip_blanks();
        Ok(Tree::from(&yaml::Value::from(json)))
    }

    /// Passes over blanks and a comma behind them; whether the value ends there.
    fn skip_blanks(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
            return true;
        }
        self.rest.is_empty()
    }
}

fn typed(text: String) -> Tree {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") {
        return Tree::Bool(true);
    }
    if is("false") {
        return Tree::Bool(false);
    }
    if is("null") {
        return Tree::Null;
    }
    if text == "0" {
        return Tree::Int(0);
    }
    match text.parse() {
        // What begins with a zero is a code, not a number.
        Ok(number) if !text.starts_with('0') => Tree::Int(number),
        _ => Tree::Str(text.into()),
    }
}
