//! What came of a request for something that may be known already.

use serde::{Deserialize, Serialize};
use url::Url;

/// What a server said about the state of an answer, for asking later whether it has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is still what the validators are of; nothing was written.
    NotModified,
    /// All of it was written.
    Body {
        /// For asking the next time.
        validators: Validators,
        /// Where it came from in the end, after redirects; without credentials.
        final_url: Url,
    },
}
