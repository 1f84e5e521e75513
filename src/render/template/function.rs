//! How functions are declared: a name and a Go-like signature, which the caller checks before it calls.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;

use super::error::ExecError;
use super::exec::Exec;
use super::functions;
use super::value::{List, Map, Str, Value, lossy};

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// `interface {}`: anything.
    Any,
    /// `reflect.Value`: anything, as the functions of the template language itself take it.
    Value,
    /// `string`
    Str,
    /// `int`
    Int,
    /// `float64`
    Float,
    /// `bool`
    Bool,
    /// `map[string]interface {}`
    Map,
    /// `[]string`
    Strings,
    /// `[]interface {}`
    List,
    /// `uint32`
    Uint32,
    /// `time.Duration`
    Duration,
    /// Some object's type, by Go's name.
    Object(&'static str),
}

impl Param {
    /// Go's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Value => "reflect.Value",
            Self::Str => "string",
            Self::Int => "int",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Map => "map[string]interface {}",
            Self::Strings => "[]string",
            Self::List => "[]interface {}",
            Self::Uint32 => "uint32",
            Self::Duration => "time.Duration",
            Self::Object(name) => name,
        }
    }

    /// Whether nil may be passed.
    pub fn takes_nil(self) -> bool {
        matches!(
            self,
            Self::Any | Self::Value | Self::Map | Self::Strings | Self::List
        )
    }
}

/// Why a function failed.
#[derive(Debug)]
pub enum Failure {
    /// In words.
    Message(String),
    /// A template that it executed failed.
    Nested(Box<ExecError>),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

/// What a function gives.
pub type Outcome = Result<Value, Failure>;

/// What a function does.
#[derive(Clone)]
pub enum Body {
    /// Depends on its arguments only.
    Pure(fn(Args<'_>) -> Outcome),
    /// Needs the run: its templates, its limits, its random values.
    Exec(fn(&mut Exec<'_>, Args<'_>) -> Outcome),
    /// `and`: the caller evaluates arguments until one is false.
    And,
    /// `or`: the caller evaluates arguments until one is true.
    Or,
    /// `call`: there is nothing to be called, and the caller says so.
    Call,
}

/// A function that templates can call.
#[derive(Clone)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub params: &'static [Param],
    /// Whether the last parameter may come any number of times, also none.
    pub variadic: bool,
    /// What it does.
    pub body: Body,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    /// A function of its arguments.
    pub const fn pure(
        name: &'static str,
        params: &'static [Param],
        body: fn(Args<'_>) -> Outcome,
    ) -> Self {
        Self {
            name,
            params,
            variadic: false,
            body: Body::Pure(body),
        }
    }

    /// A function that needs the run.
    pub const fn exec(
        name: &'static str,
        params: &'static [Param],
        body: fn(&mut Exec<'_>, Args<'_>) -> Outcome,
    ) -> Self {
        Self {
            name,
            params,
            variadic: false,
            body: Body::Exec(body),
        }
    }

    /// A function of its arguments, the last of which may come any number of times.
    pub const fn variadic(
        name: &'static str,
        params: &'static [Param],
        body: fn(Args<'_>) -> Outcome,
    ) -> Self {
        Self {
            name,
            params,
            variadic: true,
            body: Body::Pure(body),
        }
    }
}

/// The functions that a set of templates knows.
#[derive(Clone, Debug)]
pub struct Functions(Arc<HashMap<&'static str, Arc<Function>, RandomState>>);

impl Functions {
    /// Go's, Sprig's and Helm's functions.
    pub fn standard() -> Self {
        static STANDARD: OnceLock<Functions> = OnceLock::new();
        STANDARD
            .get_or_init(|| {
                let all = functions::all();
                Self(Arc::new(
                    all.map(|function| (function.name, Arc::new(function)))
                        .collect(),
                ))
            })
            .clone()
    }

    /// The function of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.0.get(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.0.keys().copied().collect();
        names.sort_unstable();
        names
    }
}

/// The arguments of a call. They fit the signature, so each can be asked for by its type.
#[derive(Clone, Copy)]
pub struct Args<'a>(pub &'a [Value]);

impl<'a> Args<'a> {
    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Any argument; nil when there are fewer.
    pub fn any(self, at: usize) -> &'a Value {
        self.0.get(at).unwrap_or(&Value::Nil)
    }

    /// The arguments from one on.
    pub fn from(self, at: usize) -> &'a [Value] {
        self.0.get(at..).unwrap_or(&[])
    }

    /// The bytes of a string.
    pub fn bytes(self, at: usize) -> &'a [u8] {
        if let Value::Str(text) = self.any(at) {
            text
        } else {
            b""
        }
    }

    /// A string as text, with U+FFFD for what is not UTF-8.
    pub fn text(self, at: usize) -> std::borrow::Cow<'a, str> {
        lossy(self.bytes(at))
    }

    /// A string itself.
    pub fn str(self, at: usize) -> Str {
        if let Value::Str(text) = self.any(at) {
            text.clone()
        } else {
            Str::from("")
        }
    }

    /// An integer.
    pub fn int(self, at: usize) -> i64 {
        if let Value::Int(number, _) = self.any(at) {
            *number
        } else {
            0
        }
    }

    /// A number.
    pub fn float(self, at: usize) -> f64 {
        if let Value::Float(number) = self.any(at) {
            *number
        } else {
            0.0
        }
    }

    /// A truth value.
    pub fn bool(self, at: usize) -> bool {
        matches!(self.any(at), Value::Bool(true))
    }

    /// A map; an empty one for nil.
    pub fn map(self, at: usize) -> Map {
        if let Value::Map(map) = self.any(at) {
            map.clone()
        } else {
            Map::default()
        }
    }

    /// A list, if it is one.
    pub fn list(self, at: usize) -> Option<&'a List> {
        if let Value::List(list) = self.any(at) {
            Some(list)
        } else {
            None
        }
    }
}
