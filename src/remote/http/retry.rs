//! When something is tried again, and how long is waited before that.

use std::error::Error;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::StatusCode;
use rustls::{AlertDescription, CertificateError};
use url::Url;

use crate::model::RegistryName;
use crate::remote::RemoteError;

use super::client::causes;
use super::endpoint::Endpoint;
use super::error::{HttpError, shown};

/// How long is waited before the second try; each time twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// No server makes us wait longer.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What went wrong with one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another try would come to the same.
    Final(RemoteError),
    /// Another try may help.
    Again {
        /// What is told when no try helps.
        error: RemoteError,
        /// How long the server wants us to wait.
        wait: Option<Duration>,
    },
}

impl<E: Into<RemoteError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Final(error.into())
    }
}

impl Trouble {
    /// An error that another try may help with.
    pub(super) fn again(error: HttpError) -> Self {
        Self::Again {
            error: error.into(),
            wait: None,
        }
    }
}

/// Whether a status is one that passes.
pub(super) fn passes(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// How long is waited after so many tries, when the server does not say: with a part left to chance, so that the many who
/// were turned away together do not come back together.
pub(super) fn backoff(tried: u32) -> Duration {
    let whole = FIRST_WAIT * 2_u32.saturating_pow(tried.saturating_sub(1)).min(64);
    let chance = getrandom::u32().unwrap_or(0);
    let part = whole.mul_f64(f64::from(chance) / f64::from(u32::MAX));
    (whole / 2 + part / 2).min(LONGEST_WAIT)
}

/// What `Retry-After` says: seconds, or a date (RFC 9110, 10.2.3).
pub(super) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = DateTimeParser::new().parse_timestamp(text).ok()?;
        // A date that has passed means now.
        Duration::try_from(date.duration_since(now)).unwrap_or_default()
    };
    Some(wait.min(LONGEST_WAIT))
}

/// What an error of the client means.
pub(super) fn failed(error: &reqwest::Error, url: &Url, endpoint: &Endpoint) -> Trouble {
    let registry = endpoint.registry();
    // Over HTTP/2 the server's reason is lost: it closes while we still write.
    let hint = if url.scheme() == "https" && error.is_request() && !error.is_connect() {
        endpoint.certificate_hint()
    } else {
        ""
    };
    let url = shown(url);
    match tls(error) {
        Some(rustls::Error::InvalidCertificate(why)) => HttpError::Certificate {
            url,
            why: certificate(why, registry),
        }
        .into(),
        Some(rustls::Error::AlertReceived(alert)) => HttpError::Handshake {
            url,
            why: handshake(*alert),
            registry: registry.clone(),
        }
        .into(),
        Some(rustls::Error::InvalidMessage(_)) => HttpError::Unreachable {
            url,
            why: format!(
                "it does not speak TLS; without encryption it has to be asked for, with `plainHttp: true` in the access of registry `{registry}`"
            ),
        }
        .into(),
        _ => Trouble::again(HttpError::Unreachable {
            url,
            why: format!("{}{hint}", causes(error)),
        }),
    }
}

/// Nothing came for so long.
pub(super) fn stalled(url: &Url, patience: Duration) -> Trouble {
    Trouble::again(HttpError::Unreachable {
        url: shown(url),
        why: format!("nothing came for {patience:?}"),
    })
}

/// The error of TLS behind an error.
fn tls(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // The source of an error of input and output is not what it holds, but that one's source.
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

fn certificate(error: &CertificateError, registry: &RegistryName) -> String {
    let text = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired; who runs the server has to renew it"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; see whether the clocks of both machines are right"
        }
        CertificateError::UnknownIssuer => {
            return format!(
                "nobody who is trusted has signed it; if it is signed by a CA of your own, name that as `ca` in the access of registry `{registry}`"
            );
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host"
        }
        CertificateError::Revoked => "it was revoked",
        other => return format!("{other:?}"),
    };
    text.to_owned()
}

fn handshake(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => "it wants a certificate of ours".to_owned(),
        AlertDescription::BadCertificate
        | AlertDescription::UnknownCA
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::CertificateRevoked => {
            format!("it does not accept our certificate ({alert:?})")
        }
        other => format!("{other:?}"),
    }
}
