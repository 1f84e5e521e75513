//! Why a release cannot be rendered.

use std::sync::Arc;

use crate::render::template::{ExecError, ParseError};

/// Why a release cannot be rendered, in Helm's words as far as it has them.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RenderError {
    /// A template cannot be understood.
    #[error("parse error at ({}:{}): {}", .0.place.template, .0.place.line, .0.message)]
    Parse(#[source] Box<ParseError>),
    /// A template failed.
    #[error("{0}")]
    Exec(#[source] Box<ExecError>),
    /// What a template printed is no object.
    #[error("YAML parse error on {path}: {message}")]
    Manifest {
        /// The template's full name.
        path: Arc<str>,
        /// The line of what it printed, counted from 1, if the problem has one.
        line: Option<usize>,
        /// That line.
        text: Option<String>,
        /// What is wrong.
        message: String,
    },
}
