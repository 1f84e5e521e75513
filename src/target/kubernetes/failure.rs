//! Why a server did not do what it was asked.

use std::error::Error;
use std::io;

use kube::client::AuthError;
use kube::core::Status;
use rustls::{AlertDescription, CertificateError};

/// Why a server did not do what it was asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Failure {
    /// There is no answer.
    Silent(Silence),
    /// The server says no.
    Said(Box<Status>),
    /// The server says no, after an earlier try of which nobody knows whether it did something.
    SaidLater(Box<Status>),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Silence {
    /// In words, with what to do about it.
    pub why: String,
    /// Whether another try may help.
    pub passes: bool,
}

impl Failure {
    /// No answer, and none to be expected.
    pub fn silent(why: impl Into<String>) -> Self {
        Self::Silent(Silence {
            why: why.into(),
            passes: false,
        })
    }

    /// No answer yet.
    pub fn passing(why: impl Into<String>) -> Self {
        Self::Silent(Silence {
            why: why.into(),
            passes: true,
        })
    }

    /// What an answer that is not a success says.
    pub fn said(code: u16, body: &[u8]) -> Self {
        let status = serde_json::from_slice::<Status>(body).unwrap_or_else(|_| {
            // Proxies and load balancers answer in their own words, of which the first line is enough.
            let text = String::from_utf8_lossy(body);
            let line = text.lines().next().unwrap_or_default();
            let line: String = line.chars().take(200).collect();
            Status::failure(&line, "")
        });
        Self::Said(Box::new(status.with_code(code)))
    }

    /// The status that the server answered with.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Said(status) | Self::SaidLater(status) => Some(status),
            Self::Silent(_) => None,
        }
    }

    /// Whether the server may have done what was asked all the same.
    pub fn is_unsure(&self) -> bool {
        match self {
            Self::Silent(_) | Self::SaidLater(_) => true,
            Self::Said(status) => status.code >= 500,
        }
    }

    /// The same, after a try of which nobody knows whether it did something.
    pub fn later(self) -> Self {
        match self {
            Self::Said(status) => Self::SaidLater(status),
            other => other,
        }
    }

    /// The code of the answer; 0 when there was none.
    pub fn code(&self) -> u16 {
        self.status().map_or(0, |status| status.code)
    }

    /// Whether the server says that there is no such thing.
    pub fn is_missing(&self) -> bool {
        self.code() == 404
    }
}

/// What an error of the client means. `plugin` is the program that gives credentials.
pub(super) fn of_client(error: &kube::Error, plugin: Option<&str>) -> Failure {
    if let Some(error) = find::<AuthError>(error) {
        return Failure::silent(credentials(error, plugin));
    }
    if let Some(error) = find::<rustls::Error>(error) {
        return tls(error);
    }
    if let kube::Error::ProxyProtocolUnsupported { .. } = error {
        // Its address may hold a password.
        return Failure::silent("its proxy has to be one of http, https or socks5");
    }
    let words = causes(error);
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Failure::passing(
            "nothing listens there (connection refused); see whether the server runs, and whether the address is right",
        ),
        Some(io::ErrorKind::TimedOut) => {
            Failure::passing("it does not answer; see whether this machine may talk to it")
        }
        _ if words.contains("dns error") => {
            Failure::passing("its name is not known (DNS); see whether the address is right")
        }
        _ => Failure::passing(words),
    }
}

/// What is wrong with credentials. What programs print is left out: credentials may be in it.
fn credentials(error: &AuthError, plugin: Option<&str>) -> String {
    let plugin = plugin.unwrap_or("the program for credentials");
    match error {
        AuthError::AuthExecStart(error) if error.kind() == io::ErrorKind::NotFound => format!(
            "the kubeconfig gets its credentials from the program `{plugin}`, which is not there; install it, or put it on the PATH"
        ),
        AuthError::AuthExecStart(error) => {
            format!(
                "the program `{plugin}`, which gives the credentials, cannot be started: {error}"
            )
        }
        AuthError::AuthExecRun { out, .. } => format!(
            "the program `{plugin}`, which gives the credentials, failed ({}); run it by hand to see why, and log in again if it says so",
            out.status
        ),
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            format!("the program `{plugin}` does not print credentials that can be read")
        }
        AuthError::ReadTokenFile(error, path) => {
            format!(
                "the file `{}` with the token cannot be read: {error}",
                path.display()
            )
        }
        AuthError::Oidc(_) => "the token of OIDC cannot be renewed; log in again".to_owned(),
        AuthError::InvalidBearerToken(_) | AuthError::InvalidBasicAuth(_) => {
            "the credentials in the kubeconfig hold characters that cannot be sent".to_owned()
        }
        AuthError::MissingCommand => "the kubeconfig names no program under `exec`".to_owned(),
        AuthError::AuthExec(text) => text.clone(),
        _ => "the credentials of the kubeconfig cannot be used".to_owned(),
    }
}

fn tls(error: &rustls::Error) -> Failure {
    let why = match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired => {
                "it wants a certificate of ours, and the kubeconfig has none".to_owned()
            }
            AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRevoked => {
                format!("it does not accept the certificate in the kubeconfig ({alert:?})")
            }
            other => format!("it breaks off TLS ({other:?})"),
        },
        rustls::Error::InvalidMessage(_) => {
            "it does not speak TLS; is the address meant to begin with http://?".to_owned()
        }
        other => return Failure::passing(format!("TLS fails: {other}")),
    };
    Failure::silent(why)
}

fn certificate(error: &CertificateError) -> String {
    let why = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired; who runs the server has to renew it"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; see whether the clocks of both machines are right"
        }
        CertificateError::UnknownIssuer => {
            "nobody who is trusted has signed it; the kubeconfig's `certificate-authority` is another's, or is missing"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host; if that is right, set `tls-server-name` in the kubeconfig"
        }
        other => return format!("its certificate cannot be trusted: {other:?}"),
    };
    format!("its certificate cannot be trusted: {why}")
}

/// An error of some type behind an error.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            // An error of input and output may only be the wrapping of the one that is meant.
            return Some(found);
        }
        next = held(error).or_else(|| error.source());
    }
    None
}

/// What an error of input and output holds, which is not its source but that one's source.
fn held<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let held = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(held)
}

/// The innermost two texts of a chain of errors: the outer ones only say that something failed.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut texts = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = held(error).or_else(|| error.source());
    }
    let start = texts.len().saturating_sub(2);
    texts[start..].join(": ")
}
