//! Where a git repository is, and how one gets in.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use url::Url;

use crate::model::{Access, GitReference, RegistryName};
use crate::remote::RemoteError;
use crate::remote::credentials::{Credential, Credentials, given};
use crate::remote::http::HttpError;

/// What git is told of the objects that it leaves out, and of its own housekeeping, which must not outlive it.
const SETTINGS: [(&str, &str); 3] = [
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.writeCommitGraph", "false"),
];

/// Which packs of which repository are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What `git clone` takes; a path is relative to the project's root.
    pub url: Arc<str>,
    /// Which of its states.
    pub reference: GitReference,
    /// The folder inside it that is looked through; all of it when missing.
    pub path: Option<Arc<str>>,
}

/// Where a repository is, and how one gets in.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// What git is given, without a password.
    pub url: String,
    /// The registry that it is of.
    pub registry: RegistryName,
    /// The protocols that git may use.
    pub protocols: &'static str,
    /// What git is told besides, as names and values of its settings.
    pub settings: Vec<(String, OsString)>,
    /// What was given for it to prove who asks.
    pub given: &'static str,
}

impl Address {
    /// Resolves what a document says. Files, and repositories that are folders, are relative to `root`.
    ///
    /// # Errors
    /// When the address is not encrypted although it should be, or a credential is not where it should be.
    pub fn new(
        url: &str,
        access: &Access,
        root: &Path,
        registry: &RegistryName,
        credentials: &Credentials,
    ) -> Result<Self, RemoteError> {
        let mut settings: Vec<(String, OsString)> = SETTINGS
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        let files = [
            ("http.sslCAInfo", &access.ca),
            ("http.sslCert", &access.certificate),
            ("http.sslKey", &access.key),
        ];
        for (name, file) in files {
            if let Some(file) = file {
                settings.push((name.to_owned(), root.join(file).into()));
            }
        }
        if let Some(proxy) = &access.proxy {
            settings.push(("http.proxy".to_owned(), OsString::from(&**proxy)));
        }
        let mut address = Self {
            url: url.to_owned(),
            registry: registry.clone(),
            protocols: if access.plain_http {
                "file:git:http:https:ssh"
            } else {
                "file:https:ssh"
            },
            settings,
            given: "without credentials",
        };
        match Url::parse(url) {
            Ok(parsed) if url.contains("://") => {
                address.at(parsed, access, root, credentials)?;
            }
            _ if !is_remote(url) => {
                address.url = root.join(url).to_string_lossy().into_owned();
            }
            _ => {}
        }
        Ok(address)
    }

    fn at(
        &mut self,
        mut url: Url,
        access: &Access,
        root: &Path,
        credentials: &Credentials,
    ) -> Result<(), RemoteError> {
        if ["http", "git"].contains(&url.scheme()) && !access.plain_http {
            return Err(RemoteError::Http(HttpError::Plain {
                url: crate::remote::http::shown(&url),
                registry: self.registry.clone(),
            }));
        }
        if !["http", "https"].contains(&url.scheme()) {
            return Ok(());
        }
        let credential = match given(access, root, &self.registry)? {
            Some(given) => Some(given),
            None => match in_address(&url) {
                Some(given) => Some(given),
                None => credentials.in_environment(&self.registry)?,
            },
        };
        // Addresses of http can have a name and a password, and these have none any more.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        self.url = url.to_string();
        let Some(header) = credential.as_ref().and_then(Credential::header) else {
            return Ok(());
        };
        self.given = match credential {
            Some(Credential::Basic { .. }) => "with the name and password that were given",
            _ => "with the token that was given",
        };
        if let Ok(text) = header.to_str() {
            let place = format!("http.{}/.extraHeader", url.origin().ascii_serialization());
            self.settings
                .push((place, format!("Authorization: {text}").into()));
        }
        Ok(())
    }

    /// The address as messages show it.
    pub fn shown(&self) -> &str {
        &self.url
    }
}

/// The name and password in an address.
fn in_address(url: &Url) -> Option<Credential> {
    let password = url.password()?;
    let plain = |text| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    Some(Credential::basic(plain(url.username()), plain(password)))
}

/// Whether git takes a text without `://` as `HOST:PATH` and not as a path: when a colon stands before the first slash
/// (`git-fetch(1)`, "GIT URLS").
fn is_remote(url: &str) -> bool {
    url.split('/')
        .next()
        .is_some_and(|first| first.contains(':'))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::remote::credentials::Environment;
    use crate::remote::http::tests::{basic, nobody, plain};

    fn address(
        url: &str,
        access: &Access,
        credentials: &Credentials,
    ) -> Result<Address, RemoteError> {
        let name = RegistryName::new("trial").unwrap();
        Address::new(url, access, Path::new("/project"), &name, credentials)
    }

    #[test]
    fn addresses_are_what_git_clone_takes() {
        for (url, expected) in [
            (
                "https://example.com/packs.git",
                "https://example.com/packs.git",
            ),
            (
                "https://me:secret@example.com/packs",
                "https://example.com/packs",
            ),
            ("ssh://git@example.com/packs", "ssh://git@example.com/packs"),
            ("git@example.com:packs", "git@example.com:packs"),
            ("../packs", "/project/../packs"),
            ("./a:b/packs", "/project/./a:b/packs"),
            ("/srv/packs", "/srv/packs"),
            ("file:///srv/packs", "file:///srv/packs"),
        ] {
            let address = address(url, &Access::default(), &nobody()).unwrap();
            assert_eq!(address.url, expected);
            assert_eq!(address.protocols, "file:https:ssh");
        }
        for url in [
            "http://me:secret@example.com/packs",
            "git://example.com/packs",
        ] {
            let error = address(url, &Access::default(), &nobody())
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("is not encrypted") && !error.contains("secret"),
                "{error}"
            );
            assert!(address(url, &plain(), &nobody()).is_ok());
        }
    }

    #[test]
    fn credentials_are_for_the_host_that_they_are_given_for() {
        let environment: Environment = [("STRATIFORM_REGISTRY_TRIAL_TOKEN", "abc")]
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .into_iter()
            .collect();
        let credentials = Credentials::new(environment);
        let header = |url: &str, access: &Access| {
            let address = address(url, access, &credentials).unwrap();
            let found = address.settings.last().unwrap();
            (found.0 != SETTINGS[2].0)
                .then(|| format!("{} = {}", found.0, found.1.to_string_lossy()))
        };
        assert_eq!(
            header("http://example.com:81/packs", &basic("me", "secret")).unwrap(),
            "http.http://example.com:81/.extraHeader = Authorization: Basic bWU6c2VjcmV0"
        );
        assert_eq!(
            header("https://me:secret@example.com/packs", &plain()).unwrap(),
            "http.https://example.com/.extraHeader = Authorization: Basic bWU6c2VjcmV0"
        );
        assert_eq!(
            header("https://example.com/packs", &plain()).unwrap(),
            "http.https://example.com/.extraHeader = Authorization: Bearer abc"
        );
        assert_eq!(header("ssh://git@example.com/packs", &plain()), None);
        assert_eq!(header("/srv/packs", &basic("me", "secret")), None);
    }
}
