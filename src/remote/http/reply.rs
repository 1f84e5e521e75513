//! An answer whose body is still to come.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::remote::credentials::variable;

use super::endpoint::Endpoint;
use super::error::{HttpError, shown};
use super::retry::{self, Trouble};
use super::sink::Sink;

/// So much of what a server says about an error is read.
const MOST_SAID: u64 = 64 * 1024;

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Reply {
    endpoint: Endpoint,
    url: Url,
    status: StatusCode,
    headers: HeaderMap,
    response: Option<Response>,
}

impl Reply {
    pub(super) fn new(endpoint: Endpoint, url: Url, response: Response) -> Self {
        Self {
            endpoint,
            url,
            status: response.status(),
            headers: response.headers().clone(),
            response: Some(response),
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where it is from, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Refuses answers that will be others after a while.
    pub(super) fn passing(&mut self) -> Result<(), Trouble> {
        if !retry::passes(self.status) {
            return Ok(());
        }
        let now = self.endpoint.network().timing().clock.now();
        let wait = self
            .headers
            .get(RETRY_AFTER)
            .and_then(|text| text.to_str().ok())
            .and_then(|text| retry::retry_after(text, now));
        let error = self.refusal().into();
        Err(Trouble::Again { error, wait })
    }

    /// Refuses answers that are no success.
    ///
    /// # Errors
    /// When it is none, with what to do about it.
    pub fn success(&mut self) -> Result<(), HttpError> {
        if self.status.is_success() {
            return Ok(());
        }
        Err(self.refusal())
    }

    /// What an answer that is no success means.
    pub fn refusal(&mut self) -> HttpError {
        let url = shown(&self.url);
        let registry = self.endpoint.registry();
        let given = match self.endpoint.credential() {
            Ok(Some(_)) => "with the credentials that were given",
            _ => "without credentials",
        };
        match self.status {
            StatusCode::UNAUTHORIZED if let Some(host) = self.endpoint.led_to() => {
                HttpError::UnauthorizedThere {
                    url,
                    host: host.to_owned(),
                    registry: registry.clone(),
                    given,
                }
            }
            StatusCode::UNAUTHORIZED => HttpError::Unauthorized {
                url,
                registry: registry.clone(),
                given,
                variable: variable(registry),
            },
            StatusCode::FORBIDDEN => HttpError::Forbidden { url, given },
            StatusCode::NOT_FOUND => HttpError::Missing { url },
            status => HttpError::Status {
                url,
                status: status.to_string(),
                said: self.said(),
            },
        }
    }

    /// What the server says about an error, as OCI registries write it; empty when it says nothing that helps.
    fn said(&mut self) -> String {
        #[derive(Deserialize)]
        struct Said {
            errors: Vec<One>,
        }
        #[derive(Deserialize)]
        struct One {
            #[serde(default)]
            code: String,
            #[serde(default)]
            message: String,
        }
        let Ok(body) = self.bytes(MOST_SAID) else {
            return String::new();
        };
        let Ok(said) = serde_json::from_slice::<Said>(&body) else {
            return String::new();
        };
        let one = |one: &One| format!("{} {}", one.code, one.message);
        let all: Vec<String> = said.errors.iter().map(one).collect();
        // It goes to a terminal, and comes from anybody.
        let text = all.join("; ").replace(char::is_control, " ");
        let text: String = text.trim().chars().take(300).collect();
        if text.is_empty() {
            text
        } else {
            format!(": {text}")
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// When it is cut, or larger than `limit` bytes.
    pub fn bytes(&mut self, limit: u64) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        self.pour(limit, &mut bytes)?;
        Ok(bytes)
    }

    /// Brings the body to a sink, which forgets what it got before.
    ///
    /// # Errors
    /// When it is cut, or larger than `limit` bytes, or the sink does not take it.
    pub fn pour(&mut self, limit: u64, sink: &mut dyn Sink) -> Result<(), Trouble> {
        let sinking = |error: std::io::Error| HttpError::Local {
            what: "what was fetched cannot be kept".to_owned(),
            why: error.to_string(),
        };
        let too_large = || HttpError::TooLarge {
            url: shown(&self.url),
            limit,
        };
        let Some(mut response) = self.response.take() else {
            return Ok(());
        };
        if response.content_length().is_some_and(|size| size > limit) {
            return Err(too_large().into());
        }
        sink.restart().map_err(sinking)?;
        let stall = self.endpoint.network().timing().stall;
        let mut size: u64 = 0;
        loop {
            let next = async move {
                let chunk = tokio::time::timeout(stall, response.chunk()).await;
                (response, chunk)
            };
            let (rest, chunk) = self.endpoint.network().run(next)?;
            response = rest;
            let chunk = match chunk {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => {
                    return Err(retry::failed(&error, &self.url, &self.endpoint));
                }
                Err(_) => return Err(retry::stalled(&self.url, stall)),
            };
            size += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if size > limit {
                return Err(too_large().into());
            }
            sink.write(&chunk).map_err(sinking)?;
        }
    }
}
