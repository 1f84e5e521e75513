//! Go's template language with the functions of Sprig and Helm.
//!
//! A [`Set`] holds parsed templates by name and is shared; a [`Run`] executes some of them over [`Value`]s and gives
//! their texts, [`Pipeline`] and [`evaluate`] compute a single pipeline, as macros need it. The rules are those of Go's
//! `text/template` as Helm sets it up: missing keys are nil, numbers from YAML are floats, maps are shared and can be
//! changed. Everything that a template could do without end has a limit ([`Limits`]). What is random or tells the time
//! comes from a [`Seed`], and is the same whenever that is.
//!
//! What Helm adds to the values (`.Capabilities`, `.Files`) are [`Object`]s. Nothing here knows of charts, files or
//! clusters.

mod ast;
mod convert;
mod duration;
mod error;
mod escape;
mod exec;
mod format;
mod function;
mod functions;
mod json;
mod json_read;
mod layout;
mod lexer;
mod number;
mod object;
mod parser;
mod print;
mod random;
mod raw;
mod re2;
mod run;
pub(super) mod semver;
mod set;
#[cfg(test)]
mod tests;
mod unquote;
mod value;
mod versions;
mod walk;

pub use error::{EvalError, ExecError, Frame, ParseError, Place, Via};
pub use exec::{Exec, Limits, LookUp};
pub use function::{Args, Body, Failure, Function, Functions, Outcome, Param};
pub use functions::to_yaml;
pub use object::{Method, Object};
pub use random::{Memo, Seed, Stream};
pub use run::{Run, execute};
pub use set::{File, Pipeline, Set, evaluate};
pub use value::{Elem, IntKind, List, Map, MapKind, Str, Value, lossy};
