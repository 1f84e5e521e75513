//! What a macro reads.

use std::sync::Arc;

use crate::diag::Span;

use super::action::split_root;

/// What a macro reads, without `.spectro` or `.stratiform` before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `.system.<path>`: a fact about cluster, profile or project.
    System(Arc<str>),
    /// `.var.<name>`: a variable of the layer's own profile.
    Var(Arc<str>),
    /// `.macro.<name>`: a named value of the project, and perhaps a path into it.
    Macro(Arc<str>),
    /// `.pack.<pack name>.<path>`: a value of another layer, or of its own.
    Pack {
        /// The pack's name, or the layer's.
        pack: Arc<str>,
        /// The path into its values.
        path: Arc<str>,
    },
}

impl Reference {
    /// Reads a reference with its root.
    ///
    /// # Errors
    /// Why it is none, in a few words.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let rest = split_root(text);
        let (tree, path) = rest.split_once('.').unwrap_or((rest, ""));
        if path.is_empty() || path.split('.').any(str::is_empty) {
            return Err("a part of it is empty");
        }
        Ok(match tree {
            "system" => Self::System(path.into()),
            "var" => Self::Var(path.into()),
            "macro" => Self::Macro(path.into()),
            "pack" => {
                let (pack, path) = path
                    .split_once('.')
                    .ok_or("it names a pack, but none of its values")?;
                Self::Pack {
                    pack: pack.into(),
                    path: path.into(),
                }
            }
            _ => {
                return Err("behind `.spectro` comes one of `system`, `var`, `macro` and `pack`");
            }
        })
    }

    /// Whether it is empty when undefined, instead of an error.
    pub fn may_be_undefined(&self) -> bool {
        matches!(self, Self::Pack { .. })
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::System(path) => write!(out, ".spectro.system.{path}"),
            Self::Var(name) => write!(out, ".spectro.var.{name}"),
            Self::Macro(name) => write!(out, ".spectro.macro.{name}"),
            Self::Pack { pack, path } => write!(out, ".spectro.pack.{pack}.{path}"),
        }
    }
}

/// A reference and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What is read.
    pub reference: Reference,
    /// Whether it may be undefined: the pipeline gives a default, or the reference itself may be.
    pub defaulted: bool,
    /// The scalar or template in which it stands.
    pub span: Span,
}
