//! What can go wrong with credentials.

use std::path::PathBuf;

use crate::model::RegistryName;

/// Why credentials could not be read or kept. No message holds one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// What a document refers to is not there.
    #[error("the {field} of registry `{registry}` cannot be had: {why}")]
    Binding {
        /// The field.
        field: &'static str,
        /// The registry.
        registry: RegistryName,
        /// Why.
        why: String,
    },
    /// Only one of name and password is set.
    #[error("{given} is set, and {missing} is not; set both or neither")]
    HalfSet {
        /// The variable that is set.
        given: String,
        /// The one that is not.
        missing: String,
    },
    /// A file of Docker or Helm cannot be used.
    #[error("{path}, where credentials are kept, cannot be {done}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        done: &'static str,
        /// Why.
        why: String,
    },
    /// A program that keeps credentials did not do what it was asked for.
    #[error("{program} did not {what}: {why}")]
    Helper {
        /// The program.
        program: String,
        /// What it was asked for.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// A place keeps names and passwords only, or no such token.
    #[error(
        "{place} keeps {keeps}; give the token in the environment or by the registry's `token` instead"
    )]
    Unfit {
        /// The place.
        place: String,
        /// What it keeps.
        keeps: &'static str,
    },
    /// There is no folder for such files.
    #[error("neither HOME nor a variable of Docker or Helm says where credentials are kept")]
    NoHome,
}
