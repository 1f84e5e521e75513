//! What can go wrong on the way to a registry.

use super::cache::CacheError;
use super::credentials::CredentialsError;
use super::http::HttpError;
use super::oci::OciError;
use crate::model::{RegistryName, Sha256};

/// Why something could not be had from a registry. No message holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Something is wanted that the cache does not hold, and the network may not be used.
    #[error("{what} is not in the cache, and `--offline` forbids to fetch it")]
    Offline {
        /// What is wanted.
        what: String,
    },
    /// A registry of this kind cannot say what it holds.
    #[error("an OCI registry does not tell what it holds")]
    CannotList,
    /// The cache could not do something.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// What a Helm repository gives as its index is none.
    #[error("{url} is not the index of a Helm repository: {why}")]
    NoIndex {
        /// Its address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A registry does not have something.
    #[error("there is no {what}")]
    Unknown {
        /// What is wanted.
        what: String,
    },
    /// A registry does not say where something is.
    #[error("the registry does not say where {what} is")]
    NoAddress {
        /// What is wanted.
        what: String,
    },
    /// The registry announces a digest that is none.
    #[error("the registry announces {what} with a digest that is none, so it cannot be checked")]
    NoDigest {
        /// What is wanted.
        what: String,
    },
    /// Something is not what it was, or not what it should be.
    #[error("{what} has the digest {found}, and {by} says {expected}; it is not used")]
    Changed {
        /// What is wanted.
        what: String,
        /// Who says what it should be: "the lock file".
        by: &'static str,
        /// What it should be.
        expected: Sha256,
        /// What it is.
        found: Sha256,
    },
    /// What was copied into the project cannot be used.
    #[error(
        "`{file}` {why}; bring it back from version control, or run `stratiform vendor` to write it again"
    )]
    Vendored {
        /// The file, relative to the project's root.
        file: String,
        /// What is wrong with it: "is damaged".
        why: String,
    },
    /// Git cannot do something.
    #[error("git cannot get it from {url}: {why}")]
    Git {
        /// The repository's address, without a password.
        url: String,
        /// What git says.
        why: String,
    },
    /// A git repository does not believe who we are.
    #[error(
        "{url} is refused {given}: let git know them, or set {variable}_USERNAME and \
         {variable}_PASSWORD, or {variable}_TOKEN"
    )]
    GitDenied {
        /// The repository's address, without a password.
        url: String,
        /// What was given: "without credentials".
        given: &'static str,
        /// How the environment variables of the registry begin.
        variable: String,
    },
    /// There is no git.
    #[error(
        "registry `{registry}` needs the program `git`, which cannot be run: {why}; install it"
    )]
    NoGit {
        /// The registry.
        registry: RegistryName,
        /// Why.
        why: String,
    },
    /// A request came to nothing.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The credentials cannot be had.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// An OCI registry holds or answers what cannot be used.
    #[error(transparent)]
    Oci(#[from] OciError),
    /// The system does not give what requests need.
    #[error("requests cannot be made: {0}")]
    Threads(String),
}

impl RemoteError {
    /// Whether it is about the registry, whatever is wanted of it: to ask for something else will not help.
    pub fn is_of_registry(&self) -> bool {
        match self {
            Self::Http(error) => matches!(
                error,
                HttpError::Unreachable { .. }
                    | HttpError::Certificate { .. }
                    | HttpError::Handshake { .. }
                    | HttpError::Local { .. }
            ),
            Self::Credentials(_) | Self::Cache(_) | Self::Threads(_) => true,
            _ => false,
        }
    }
}
