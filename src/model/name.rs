//! Names of things: short texts that fit Kubernetes' rules, cheap to clone.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A text that cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a name: {why}")]
pub struct InvalidName {
    /// The text.
    pub text: String,
    /// The rule that it breaks.
    pub why: &'static str,
}

/// RFC 1123 subdomain, as Kubernetes has it for most names: at most 253 characters, lower case letters, digits, `-` and
/// `.`, a letter or digit at both ends. So a name is always a safe file name.
fn check(text: &str) -> Result<(), InvalidName> {
    let fail = |why| {
        Err(InvalidName {
            text: text.to_owned(),
            why,
        })
    };
    if text.is_empty() {
        return fail("it is empty");
    }
    if text.len() > 253 {
        return fail("it is longer than 253 characters");
    }
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if !text
        .bytes()
        .all(|byte| word(byte) || byte == b'-' || byte == b'.')
    {
        return fail("only lower case letters, digits, `-` and `.` may stand in it");
    }
    let (first, last) = (text.as_bytes()[0], text.as_bytes()[text.len() - 1]);
    if !word(first) || !word(last) || text.contains("..") {
        return fail("it must begin and end with a letter or a digit, and dots must stand alone");
    }
    Ok(())
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks a text and takes it as a name.
            ///
            /// # Errors
            /// When the text is not an RFC 1123 subdomain.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidName> {
                check(text.as_ref())?;
                Ok(Self(text.as_ref().into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, out)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }
    )*};
}

names! {
    /// The name of a cluster.
    ClusterName
    /// The name of a layer, unique in a cluster's stack.
    LayerName
    /// The name of a cluster profile.
    ProfileName
    /// The name of a registry.
    RegistryName
}
