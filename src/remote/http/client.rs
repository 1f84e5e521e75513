//! The client of one registry: its certificates, its proxy, its patience.

use std::path::{Path, PathBuf};

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Identity, Proxy};

use crate::model::Access;

use super::error::HttpError;
use super::timing::Timing;

/// What helps a small container.
const NO_AUTHORITIES: &str = "where the system has no certificates of authorities, install its package \
                              `ca-certificates`, or name a file of them as `ca` in the registry's access";

/// The clients of one registry.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    /// For the registry itself: it shows the client's certificate.
    pub own: Client,
    /// For everybody else, where redirects and indexes lead to.
    pub other: Client,
}

impl Clients {
    /// Builds them. Files are relative to `root`. A system without certificates of authorities will do when the registry
    /// is `plain`, which is to say asked without encryption, or has authorities of its own.
    pub fn build(
        access: &Access,
        root: &Path,
        timing: &Timing,
        plain: bool,
    ) -> Result<Self, HttpError> {
        // Only the first call does something; whoever else has installed one has installed a good one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authorities = match &access.ca {
            Some(path) => authorities(&root.join(path))?,
            None => Vec::new(),
        };
        let with = |identity: Option<&Identity>, system: bool| {
            let mut builder = builder(timing);
            builder = if system {
                builder.tls_certs_merge(authorities.clone())
            } else {
                builder.tls_certs_only(authorities.clone())
            };
            if let Some(proxy) = &access.proxy {
                builder = builder.proxy(proxy_at(proxy)?);
            }
            if let Some(identity) = identity {
                builder = builder.identity(identity.clone());
            }
            builder.build().map_err(|error| HttpError::Local {
                what: "https cannot be used".to_owned(),
                why: format!("{}; {NO_AUTHORITIES}", causes(&error)),
            })
        };
        let build = |identity: Option<Identity>| {
            let usual = with(identity.as_ref(), true);
            if plain || !authorities.is_empty() {
                return usual.or_else(|_| with(identity.as_ref(), false));
            }
            usual
        };
        let other = build(None)?;
        let own = match identity(access, root)? {
            Some(identity) => build(Some(identity))?,
            None => other.clone(),
        };
        Ok(Self { own, other })
    }
}

fn builder(timing: &Timing) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("stratiform/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timing.connect)
        // Redirects are followed by the exchange, which knows to whom credentials may go, and it tries again, too.
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, HttpError> {
    let text = read("ca", path)?;
    let found = Certificate::from_pem_bundle(&text)
        .map_err(|error| unusable("ca", path, causes(&error)))?;
    if found.is_empty() {
        return Err(unusable("ca", path, "it holds no certificate".to_owned()));
    }
    Ok(found)
}

fn identity(access: &Access, root: &Path) -> Result<Option<Identity>, HttpError> {
    let (certificate, key): (&PathBuf, &PathBuf) = match (&access.certificate, &access.key) {
        (None, None) => return Ok(None),
        (Some(certificate), key) => (certificate, key.as_ref().unwrap_or(certificate)),
        (None, Some(key)) => {
            let why = "there is no `certificate` that it is the key of";
            return Err(unusable("key", &root.join(key), why.to_owned()));
        }
    };
    let certificate_path = root.join(certificate);
    let mut text = read("certificate", &certificate_path)?;
    if key != certificate {
        text.push(b'\n');
        text.extend(read("key", &root.join(key))?);
    }
    Identity::from_pem(&text)
        .map(Some)
        .map_err(|error| unusable("certificate", &certificate_path, causes(&error)))
}

fn proxy_at(address: &str) -> Result<Proxy, HttpError> {
    // The address is not shown: it may hold a password.
    Proxy::all(address).map_err(|_| HttpError::Local {
        what: "the registry's `proxy` cannot be used".to_owned(),
        why:
            "it is not an address such as http://proxy.example:3128 or socks5://proxy.example:1080"
                .to_owned(),
    })
}

fn read(field: &str, path: &Path) -> Result<Vec<u8>, HttpError> {
    std::fs::read(path).map_err(|error| unusable(field, path, error.to_string()))
}

fn unusable(field: &str, path: &Path, why: String) -> HttpError {
    HttpError::Local {
        what: format!(
            "{} cannot be used as a registry's `{field}`",
            path.display()
        ),
        why,
    }
}

/// What an error says, and what is behind it; never an address, which may hold a password.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let behind = std::error::Error::source(error).map(crate::diag::causes);
    match behind {
        Some(behind) if !behind.is_empty() => behind.join(": "),
        _ => "it is not what it should be".to_owned(),
    }
}
