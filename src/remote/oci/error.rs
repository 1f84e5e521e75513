//! What can go wrong with an OCI registry besides its requests.

/// What an OCI registry holds or answers, and cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OciError {
    /// No repository can have such a name.
    #[error("`{name}` cannot be a repository of an OCI registry: {why}")]
    Name {
        /// The name with its path.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// No tag can be such a version.
    #[error(
        "`{version}` cannot be a tag of an OCI registry: at most 128 letters, digits, `_`, `.`, `-` and `+` may stand in it"
    )]
    Tag {
        /// The version.
        version: String,
    },
    /// What is there is something else.
    #[error("{reference} is not {wanted}: {why}")]
    Other {
        /// Where it is.
        reference: String,
        /// What it should be.
        wanted: &'static str,
        /// What it is.
        why: String,
    },
    /// The registry does not keep to the protocol.
    #[error("{url} answered with what an OCI registry does not: {why}")]
    Protocol {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// An archive is larger than what can be unpacked.
    #[error("{reference} has {size} bytes, which is more than can be unpacked")]
    TooLarge {
        /// Where it is.
        reference: String,
        /// In bytes.
        size: u64,
    },
    /// The version is there already, with other content.
    #[error(
        "{reference} exists with other content; push another version, or replace it with `--force`"
    )]
    Exists {
        /// Where it is.
        reference: String,
    },
}
