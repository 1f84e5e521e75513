//! What can go wrong on the way to a registry.

use super::cache::CacheError;
use super::credentials::CredentialsError;
use super::http::HttpError;

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
    /// A request came to nothing.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The credentials cannot be had.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The system does not give what requests need.
    #[error("requests cannot be made: {0}")]
    Threads(String),
}
