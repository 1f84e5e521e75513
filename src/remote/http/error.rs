//! What can go wrong with a request. No message holds a credential: addresses are shown without what stands before
//! an `@`, and without their query.

use url::Url;

use crate::model::RegistryName;

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// A text that no request can be sent to.
    #[error("`{text}` is not an address of https or http: {why}")]
    Address {
        /// The text.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// Plain http, which nobody asked for.
    #[error(
        "{url} is not encrypted; give registry `{registry}` `access: {{plainHttp: true}}` if that will do"
    )]
    Plain {
        /// The address.
        url: String,
        /// The registry.
        registry: RegistryName,
    },
    /// The server wants to know who asks, or does not believe it.
    #[error(
        "{url} is refused {given} (401): run `stratiform registry login {registry}`, or set \
         {variable}_USERNAME and {variable}_PASSWORD, or {variable}_TOKEN"
    )]
    Unauthorized {
        /// The address.
        url: String,
        /// The registry.
        registry: RegistryName,
        /// With what it was asked.
        given: &'static str,
        /// How the environment variables of the registry begin.
        variable: String,
    },
    /// Another server than the registry's own, which that leads to, does not believe who we are.
    #[error(
        "{url} is refused {given} (401): registry `{registry}` leads there, and its own credentials are for its own \
         host; run `docker login {host}` or `helm registry login {host}`"
    )]
    UnauthorizedThere {
        /// The address.
        url: String,
        /// Its host.
        host: String,
        /// The registry that leads there.
        registry: RegistryName,
        /// With what it was asked.
        given: &'static str,
    },
    /// The server does not let us.
    #[error("{url} is forbidden {given} (403)")]
    Forbidden {
        /// The address.
        url: String,
        /// With what it was asked.
        given: &'static str,
    },
    /// There is no such thing.
    #[error("{url} does not exist (404)")]
    Missing {
        /// The address.
        url: String,
    },
    /// Another answer that is no success.
    #[error("{url} answered {status}{said}")]
    Status {
        /// The address.
        url: String,
        /// The status, with its name.
        status: String,
        /// What the server said about it, after a colon; empty when it said nothing that helps.
        said: String,
    },
    /// No answer, or only a part of one.
    #[error("{url} cannot be reached: {why}")]
    Unreachable {
        /// The address.
        url: String,
        /// What happened.
        why: String,
    },
    /// The server's certificate is not good.
    #[error("the certificate of {url} is not accepted: {why}")]
    Certificate {
        /// The address.
        url: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// The server ended the handshake of TLS.
    #[error(
        "{url} does not let us in: {why}; the registry's fields `certificate` and `key` name the one that is shown, \
         see registry `{registry}`"
    )]
    Handshake {
        /// The address.
        url: String,
        /// What it said.
        why: String,
        /// The registry.
        registry: RegistryName,
    },
    /// More than we take.
    #[error("{url} is larger than {limit} bytes, which is the limit")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A redirect that is not followed.
    #[error("{url} redirects {why}")]
    Redirect {
        /// The address.
        url: String,
        /// Where to, and why that is not followed.
        why: String,
    },
    /// A file of ours, or what was read, cannot be used.
    #[error("{what}: {why}")]
    Local {
        /// What is wrong.
        what: String,
        /// Why.
        why: String,
    },
}

/// An address as it may be shown: without name, password, query and fragment.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Addresses that cannot have a name or password have none to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
