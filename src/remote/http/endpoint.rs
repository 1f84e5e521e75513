//! One registry's address, and how one gets in.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use percent_encoding::percent_decode_str;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Method, StatusCode};
use url::Url;

use crate::model::{Access, RegistryName};
use crate::remote::credentials::{Credential, Credentials, Known, Place, given};
use crate::remote::{Network, RemoteError};

use super::answer::{Answer, Validators};
use super::client::Clients;
use super::error::HttpError;
use super::exchange::{Authorization, Request};
use super::sink::Sink;

/// How the address of an OCI registry begins.
const OCI: &str = "oci://";

/// One registry's address, and how one gets in. Cheap to clone; certificates and credentials are read when the first
/// request is made, so that a registry that nobody asks needs none.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

struct Inner {
    network: Arc<Network>,
    base: Url,
    access: Access,
    root: PathBuf,
    registry: RegistryName,
    credentials: Credentials,
    place: Place,
    in_address: Option<Credential>,
    /// Whether it is on another host than the registry's own, which that leads to.
    led: bool,
    clients: OnceLock<Result<Clients, HttpError>>,
    known: OnceLock<Result<Option<Known>, RemoteError>>,
}

impl Endpoint {
    /// The endpoint at an address of https, of http where the access allows it, or of oci, which is one of those two.
    /// Files that the access names are relative to `root`.
    ///
    /// # Errors
    /// When the address is none, or is not encrypted although it should be.
    pub fn new(
        network: &Arc<Network>,
        url: &str,
        access: &Access,
        root: &Path,
        registry: &RegistryName,
        credentials: &Credentials,
    ) -> Result<Self, RemoteError> {
        Ok(Self(Arc::new(Inner::new(
            network,
            url,
            access,
            root,
            registry,
            credentials,
        )?)))
    }

    /// The OCI registry at an address that this registry leads to. On its own host the same credentials count. Any other
    /// host gets none of them: what Docker and Helm keep for that host counts there. Without encryption goes only what is
    /// on the machine that may be asked so.
    ///
    /// # Errors
    /// When the address is none, or the credentials cannot be had.
    pub fn oci(&self, url: &str) -> Result<Self, RemoteError> {
        let own = &*self.0;
        let mut access = own.access.clone();
        let there = base(url, &access)?;
        access.plain_http = own.base.scheme() == "http" && there.host_str() == own.base.host_str();
        let led = base(url, &access)?.origin() != own.base.origin();
        let credentials = if led {
            access = Access {
                ca: access.ca,
                proxy: access.proxy,
                plain_http: access.plain_http,
                ..Access::default()
            };
            own.credentials.of_others(&own.registry)
        } else {
            match self.credential()? {
                Some(credential) => Credentials::only(Some(credential)),
                None => own.credentials.clone(),
            }
        };
        let (network, root, registry) = (&own.network, &own.root, &own.registry);
        let inner = Inner::new(network, url, &access, root, registry, &credentials)?;
        Ok(Self(Arc::new(Inner { led, ..inner })))
    }

    /// The address, of https or http, without credentials, with a `/` at its end.
    pub fn base(&self) -> &Url {
        &self.0.base
    }

    /// The network that it is in.
    pub fn network(&self) -> &Arc<Network> {
        &self.0.network
    }

    /// What its credentials are kept for.
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// Its host, when that is another than the registry's own, which that leads to.
    pub(super) fn led_to(&self) -> Option<&str> {
        match &self.0.place {
            Place::Oci { host, .. } if self.0.led => Some(host),
            _ => None,
        }
    }

    /// The registry that it is of.
    pub fn registry(&self) -> &RegistryName {
        &self.0.registry
    }

    /// The client that requests to the registry itself are made with. It follows no redirects.
    ///
    /// # Errors
    /// When a certificate or a key cannot be used.
    pub fn client(&self) -> Result<Client, RemoteError> {
        Ok(self.clients()?.own)
    }

    /// How one proves who one is: by what the access says, the address, or the places that credentials are kept in.
    ///
    /// # Errors
    /// When a variable, a file or a program that should tell does not.
    pub fn credential(&self) -> Result<Option<Credential>, RemoteError> {
        Ok(self.known()?.map(|known| known.credential))
    }

    pub(super) fn known(&self) -> Result<Option<Known>, RemoteError> {
        let inner = &*self.0;
        let find = || {
            if let Some(given) = given(&inner.access, &inner.root, &inner.registry)? {
                return Ok(Some(given.into()));
            }
            if let Some(credential) = &inner.in_address {
                return Ok(Some(credential.clone().into()));
            }
            Ok(inner.credentials.find(&inner.registry, &inner.place)?)
        };
        inner.known.get_or_init(find).clone()
    }

    /// Brings what stands at an address, which may be relative to the endpoint's, to the sink, unless it is still what
    /// is known. More than `limit` bytes are refused. What was cut is tried again, from the beginning.
    ///
    /// # Errors
    /// When it cannot be had, or the sink does not take it.
    pub fn get(
        &self,
        url: &str,
        known: &Validators,
        limit: u64,
        sink: &mut dyn Sink,
    ) -> Result<Answer, RemoteError> {
        let mut request = Request::new(Method::GET, self.resolve(url)?);
        request.authorization = Authorization::Endpoint;
        request.headers = conditions(known);
        self.exchange(&request, &mut |reply| {
            if reply.status() == StatusCode::NOT_MODIFIED && *known != Validators::default() {
                return Ok(Answer::NotModified);
            }
            reply.success()?;
            reply.pour(limit, sink)?;
            Ok(Answer::Body {
                validators: validators(reply.headers()),
                final_url: reply.url().clone(),
            })
        })
    }

    /// Asks whether we are let in to what stands at an address, without having it sent.
    ///
    /// # Errors
    /// When we are not, or nobody answers. A server that does not understand the question lets us in.
    pub fn check(&self, url: &str) -> Result<(), RemoteError> {
        let mut request = Request::new(Method::HEAD, self.resolve(url)?);
        request.authorization = Authorization::Endpoint;
        self.exchange(&request, &mut |reply| match reply.status() {
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => Ok(()),
            _ => Ok(reply.success()?),
        })
    }

    /// An address that may be relative to the endpoint's, as one that requests can be sent to.
    ///
    /// # Errors
    /// When it is none, or is not encrypted although it should be.
    pub fn resolve(&self, url: &str) -> Result<Url, HttpError> {
        let parsed = self.0.base.join(url);
        let mut parsed = parsed.map_err(|error| HttpError::Address {
            text: harmless(url),
            why: error.to_string(),
        })?;
        strip(&mut parsed);
        allowed(&parsed, &self.0.access, &self.0.registry)?;
        Ok(parsed)
    }

    /// What may be behind a connection that a server closes, for messages; empty when we show a certificate.
    pub(super) fn certificate_hint(&self) -> &'static str {
        if self.0.access.certificate.is_some() {
            ""
        } else {
            " (if it wants a certificate of ours, name that as `certificate` and `key` in the registry's access)"
        }
    }

    pub(super) fn clients(&self) -> Result<Clients, HttpError> {
        let inner = &*self.0;
        let plain = inner.base.scheme() == "http";
        let timing = inner.network.timing();
        let build = || Clients::build(&inner.access, &inner.root, timing, plain);
        inner.clients.get_or_init(build).clone()
    }
}

impl Inner {
    fn new(
        network: &Arc<Network>,
        url: &str,
        access: &Access,
        root: &Path,
        registry: &RegistryName,
        credentials: &Credentials,
    ) -> Result<Self, RemoteError> {
        let mut base = base(url, access)?;
        let in_address = in_address(&base);
        strip(&mut base);
        allowed(&base, access, registry)?;
        let place = if url.starts_with(OCI) {
            Place::oci(&base)
        } else {
            Place::helm(&base)
        };
        Ok(Self {
            network: Arc::clone(network),
            place,
            base,
            access: access.clone(),
            root: root.to_owned(),
            registry: registry.clone(),
            credentials: credentials.clone(),
            in_address,
            led: false,
            clients: OnceLock::new(),
            known: OnceLock::new(),
        })
    }
}

/// The address of https or http that a registry's address means, with a `/` at its end.
fn base(url: &str, access: &Access) -> Result<Url, HttpError> {
    let wrong = |why: &str| HttpError::Address {
        text: harmless(url),
        why: why.to_owned(),
    };
    let web = match url.strip_prefix(OCI) {
        Some(rest) if access.plain_http => format!("http://{rest}"),
        Some(rest) => format!("https://{rest}"),
        None => url.to_owned(),
    };
    let mut parsed = Url::parse(&web).map_err(|error| wrong(&error.to_string()))?;
    if !parsed.has_host() || parsed.cannot_be_a_base() {
        return Err(wrong("it names no host"));
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(wrong("a registry's address has no `?` and no `#`"));
    }
    if url.starts_with(OCI) && parsed.host_str() == Some("docker.io") {
        // Its registry answers by another name.
        parsed
            .set_host(Some("registry-1.docker.io"))
            .map_err(|error| wrong(&error.to_string()))?;
    }
    if !parsed.path().ends_with('/') {
        let path = format!("{}/", parsed.path());
        parsed.set_path(&path);
    }
    Ok(parsed)
}

/// Refuses what is neither https nor, where that is allowed, http.
fn allowed(url: &Url, access: &Access, registry: &RegistryName) -> Result<(), HttpError> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if access.plain_http => Ok(()),
        "http" => Err(HttpError::Plain {
            url: super::shown(url),
            registry: registry.clone(),
        }),
        other => Err(HttpError::Address {
            text: super::shown(url),
            why: format!("its scheme is `{other}`"),
        }),
    }
}

/// The name and password in an address.
fn in_address(url: &Url) -> Option<Credential> {
    let password = url.password()?;
    let plain = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some(Credential::basic(plain(url.username()), plain(password)))
}

/// Takes name and password out of an address.
pub(super) fn strip(url: &mut Url) {
    // Addresses that cannot have them have none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

/// A text that should have been an address, without what may be a password or a key.
fn harmless(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match (text.find("://"), text.rfind('@')) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{}", &text[..start + 3], &text[end + 1..])
        }
        _ => text.to_owned(),
    }
}

fn conditions(known: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let pairs = [
        (header::IF_NONE_MATCH, &known.etag),
        (header::IF_MODIFIED_SINCE, &known.last_modified),
    ];
    for (name, text) in pairs {
        // What was kept and is no header any more is not asked for.
        let value = text.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(value)) = value {
            headers.insert(name, value);
        }
    }
    headers
}

fn validators(headers: &HeaderMap) -> Validators {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
    Validators {
        etag: text(header::ETAG),
        last_modified: text(header::LAST_MODIFIED),
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Endpoint")
            .field("base", &self.0.base.as_str())
            .field("registry", &self.0.registry)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::tests::{basic, plain};
    use super::*;
    use crate::remote::credentials::Environment;

    const FILES: &str = r#"{"auths": {"other.example": {"username": "docker", "password": "d"},
        "own.example:8080": {"username": "docker", "password": "d"}}}"#;

    /// An endpoint of registry `trial`, whose environment has a password for it, and Docker one for two hosts.
    fn endpoint(url: &str, access: &Access, variables: bool) -> (tempfile::TempDir, Endpoint) {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join("config.json"), FILES).unwrap();
        let mut pairs = vec![("DOCKER_CONFIG", folder.path().to_str().unwrap())];
        if variables {
            pairs.push(("STRATIFORM_REGISTRY_TRIAL_USERNAME", "variable"));
            pairs.push(("STRATIFORM_REGISTRY_TRIAL_PASSWORD", "v"));
        }
        let environment: Environment = pairs.into_iter().collect();
        let network = Network::new(true);
        let name = RegistryName::new("trial").unwrap();
        let credentials = Credentials::new(environment);
        let endpoint = Endpoint::new(&network, url, access, folder.path(), &name, &credentials);
        (folder, endpoint.unwrap())
    }

    fn user(endpoint: &Endpoint) -> Option<String> {
        match endpoint.credential().unwrap()? {
            Credential::Basic { username, .. } => Some(username),
            _ => None,
        }
    }

    #[test]
    fn only_the_own_host_gets_the_own_credentials() {
        let own = "http://own.example:8080/charts";
        let in_address = "http://address:a@own.example:8080/charts";
        let document = basic("document", "d");
        for (url, access, variables, leads_to, expected) in [
            (
                own,
                &document,
                true,
                "oci://own.example:8080/c",
                Some("document"),
            ),
            (
                own,
                &plain(),
                true,
                "oci://own.example:8080/c",
                Some("variable"),
            ),
            (
                in_address,
                &plain(),
                true,
                "oci://own.example:8080/c",
                Some("address"),
            ),
            (
                own,
                &plain(),
                false,
                "oci://own.example:8080/c",
                Some("docker"),
            ),
            (own, &document, true, "oci://own.example:8081/c", None),
            (in_address, &plain(), true, "oci://own.example/c", None),
            (
                own,
                &document,
                true,
                "oci://other.example/c",
                Some("docker"),
            ),
            (own, &document, true, "oci://third.example/c", None),
        ] {
            let (_folder, endpoint) = endpoint(url, access, variables);
            let there = endpoint.oci(leads_to).unwrap();
            assert_eq!(user(&there).as_deref(), expected, "{url} {leads_to}");
        }
    }

    #[test]
    fn plain_http_is_for_the_own_machine() {
        for (url, leads_to, expected) in [
            (
                "http://own.example",
                "oci://own.example:81/c",
                "http://own.example:81/c/",
            ),
            (
                "http://own.example",
                "oci://other.example/c",
                "https://other.example/c/",
            ),
            (
                "https://own.example",
                "oci://own.example/c",
                "https://own.example/c/",
            ),
        ] {
            let (_folder, endpoint) = endpoint(url, &plain(), false);
            assert_eq!(endpoint.oci(leads_to).unwrap().base().as_str(), expected);
        }
    }
}
