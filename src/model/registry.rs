//! Registries: where packs and charts come from, and how one gets in.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::diag::{Span, Spanned};

use super::{BindingSource, RegistryName};

/// The `Registry` document: where packs and charts come from.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Its name.
    pub name: RegistryName,
    /// What it is and where.
    pub kind: RegistryKind,
    /// How one gets in.
    pub access: Access,
    /// Where its name stands; nowhere for those that are built in.
    pub span: Span,
}

/// What a registry is and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryKind {
    /// A folder that holds packs, relative to the project's root.
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// A Helm repository: `index.yaml` below an address of http or https.
    Helm {
        /// The address, without `index.yaml`.
        url: Arc<str>,
    },
    /// An OCI registry: charts as Helm pushes them, packs as Palette expects them.
    Oci {
        /// `oci://HOST[:PORT][/PATH]`; a chart is below it by its name.
        url: Arc<str>,
        /// Where packs are below the address: `spectro-packs/archive` unless something else is said.
        packs: Arc<str>,
    },
    /// A git repository with packs in folders.
    Git {
        /// What `git clone` takes.
        url: Arc<str>,
        /// Which of its states.
        reference: GitReference,
        /// The folder inside it that is looked through; all of it when missing.
        path: Option<Arc<str>>,
    },
}

/// Which state of a git repository is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GitReference {
    /// What its HEAD names.
    #[default]
    Default,
    /// The tip of a branch.
    Branch(Arc<str>),
    /// A tag.
    Tag(Arc<str>),
    /// A commit, by its full number.
    Commit(Arc<str>),
}

/// How one gets into a registry. What is not said here is taken from where Docker, Helm and git keep it.
#[derive(Clone, Default, PartialEq)]
pub struct Access {
    /// The user's name, for basic authentication.
    pub username: Option<Spanned<BindingSource>>,
    /// The password that goes with it.
    pub password: Option<Spanned<BindingSource>>,
    /// A bearer token, in place of name and password.
    pub token: Option<Spanned<BindingSource>>,
    /// Certificates that the server's may be signed with, besides the system's: a PEM file, relative to the root.
    pub ca: Option<PathBuf>,
    /// The client's certificate: a PEM file, relative to the root.
    pub certificate: Option<PathBuf>,
    /// The key of that certificate: a PEM file, relative to the root.
    pub key: Option<PathBuf>,
    /// The proxy, in place of what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
    pub proxy: Option<Arc<str>>,
    /// Whether http without encryption will do.
    pub plain_http: bool,
}

impl fmt::Debug for Access {
    /// What stands in a document as it is must not come into a message.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |source: &Option<Spanned<BindingSource>>| {
            source.as_ref().map(|source| match &source.value {
                BindingSource::Literal(_) => "(hidden)".to_owned(),
                other => format!("{other:?}"),
            })
        };
        out.debug_struct("Access")
            .field("username", &hidden(&self.username))
            .field("password", &hidden(&self.password))
            .field("token", &hidden(&self.token))
            .field("ca", &self.ca)
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .field("proxy", &self.proxy)
            .field("plain_http", &self.plain_http)
            .finish()
    }
}

/// A SHA-256 digest, which is how registries name archives. Shown as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

/// A text that is not such a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest of an archive is `sha256:` and 64 hexadecimal digits")]
pub struct InvalidSha256;

impl Sha256 {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Takes raw bytes as a digest.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits, without `sha256:`.
    pub fn hex(&self) -> String {
        use fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Sha256 {
    type Err = InvalidSha256;

    /// Takes the digits with and without `sha256:`, as indexes of Helm repositories have both.
    fn from_str(text: &str) -> Result<Self, InvalidSha256> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(InvalidSha256);
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            let pair = &digits[2 * at..2 * at + 2];
            *byte = u8::from_str_radix(pair, 16).map_err(|_| InvalidSha256)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = InvalidSha256;

    fn try_from(text: String) -> Result<Self, InvalidSha256> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_document_is_not_shown() {
        let span = crate::diag::Span {
            source: crate::diag::Sources::default().add("a", ""),
            start: 0,
            end: 0,
        };
        let access = Access {
            username: Some(Spanned::new(BindingSource::Env("NAME".into()), span)),
            password: Some(Spanned::new(BindingSource::Literal("hunter2".into()), span)),
            ..Access::default()
        };
        let shown = format!("{access:?}");
        assert!(
            shown.contains("NAME") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn a_digest_is_read_as_it_is_shown_and_without_its_algorithm() {
        let digest = Sha256::of(b"abc");
        assert_eq!(
            digest.to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.hex().parse(), Ok(digest));
        for wrong in [
            "",
            "sha256:",
            "sha512:00",
            &"g".repeat(64),
            &"+1".repeat(32),
        ] {
            assert!(wrong.parse::<Sha256>().is_err(), "{wrong}");
        }
    }
}
