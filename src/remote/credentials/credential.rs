//! A credential, which nothing shows.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for those who must have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(hidden)")
    }
}

/// How one proves to a registry who one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Basic authentication.
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A token that is sent as it is.
    Bearer(Secret),
    /// A token that another one is got with from an OCI registry's authentication server: what Docker calls an identity
    /// token, and OAuth2 a refresh token.
    Identity(Secret),
}

impl Credential {
    /// Basic authentication.
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Basic {
            username: username.into(),
            password: Secret::new(password),
        }
    }

    /// The header that proves it, marked so that nothing shows it. Nothing for an identity token, which no registry takes
    /// as it is, and for what no header can hold.
    pub fn header(&self) -> Option<HeaderValue> {
        let text = match self {
            Self::Basic { username, password } => {
                let pair = format!("{username}:{}", password.reveal());
                format!("Basic {}", STANDARD.encode(pair))
            }
            Self::Bearer(token) => format!("Bearer {}", token.reveal()),
            Self::Identity(_) => return None,
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// A credential with where it may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The credential.
    pub credential: Credential,
    /// Whether it also goes to other hosts that the registry's index names: Helm's `pass_credentials_all`. It never
    /// follows a redirect to one.
    pub everywhere: bool,
}

impl From<Credential> for Known {
    fn from(credential: Credential) -> Self {
        Self {
            credential,
            everywhere: false,
        }
    }
}
