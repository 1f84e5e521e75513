//! One request until its answer is there: tried again when that may help, redirects followed.

use std::fmt;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode};
use url::Url;

use crate::remote::RemoteError;

use super::endpoint::{Endpoint, strip};
use super::error::{HttpError, shown};
use super::reply::Reply;
use super::retry::{self, Trouble};

/// So many redirects are followed.
const MOST_REDIRECTS: usize = 10;

/// The slowest network that an upload is possible with, in bytes a second.
const SLOWEST_UPLOAD: u64 = 16 * 1024;

/// A request that can be sent several times.
#[derive(Clone)]
pub struct Request {
    /// What is asked.
    pub method: Method,
    /// Where; without credentials.
    pub url: Url,
    /// What is said besides.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: bytes::Bytes,
    /// How it is proved who asks.
    pub authorization: Authorization,
}

/// How it is proved who asks. It never follows a redirect to another host, port or scheme.
#[derive(Clone, Debug, Default)]
pub enum Authorization {
    /// It is not.
    #[default]
    None,
    /// By the endpoint's credential, but only to the endpoint's own host.
    Endpoint,
    /// By this header.
    Header(HeaderValue),
}

impl Request {
    /// A request without anything but its address.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            authorization: Authorization::None,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may be a form with a token in it.
        out.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &shown(&self.url))
            .field("headers", &self.headers)
            .field("authorization", &self.authorization)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Sends a request until an answer comes, and gives that to `read`; both again when either says that it may help.
    ///
    /// # Errors
    /// When it came to nothing for good.
    pub fn exchange<T>(
        &self,
        request: &Request,
        read: &mut dyn FnMut(&mut Reply) -> Result<T, Trouble>,
    ) -> Result<T, RemoteError> {
        if self.network().is_offline() {
            let what = shown(&request.url);
            return Err(RemoteError::Offline { what });
        }
        let timing = self.network().timing();
        let mut tried = 0;
        loop {
            tried += 1;
            let came = self.follow(request).and_then(|mut reply| {
                reply.passing()?;
                read(&mut reply)
            });
            let (error, wait) = match came {
                Ok(came) => return Ok(came),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Again { error, wait }) => (error, wait),
            };
            if tried >= timing.tries {
                return Err(error);
            }
            let wait = wait.unwrap_or_else(|| retry::backoff(tried));
            tracing::info!("{error}; trying again in {wait:.1?}");
            timing.clock.sleep(wait);
        }
    }

    /// The answer to a request after all redirects.
    fn follow(&self, request: &Request) -> Result<Reply, Trouble> {
        let mut url = request.url.clone();
        let mut authorization = self.authorization(request)?;
        for _ in 0..=MOST_REDIRECTS {
            let reply = self.once(request, &url, authorization.as_ref())?;
            let Some(next) = redirect(&reply, &request.method)? else {
                return Ok(reply);
            };
            if next.origin() != url.origin() {
                authorization = None;
            }
            tracing::debug!("{} leads to {}", shown(&url), shown(&next));
            url = next;
        }
        let why = format!("more than {MOST_REDIRECTS} times");
        let url = shown(&request.url);
        Err(HttpError::Redirect { url, why }.into())
    }

    fn authorization(&self, request: &Request) -> Result<Option<HeaderValue>, Trouble> {
        match &request.authorization {
            Authorization::None => Ok(None),
            Authorization::Header(value) => Ok(Some(value.clone())),
            Authorization::Endpoint => {
                let own = request.url.origin() == self.base().origin();
                let known = self.known()?.filter(|known| own || known.everywhere);
                Ok(known.and_then(|known| known.credential.header()))
            }
        }
    }

    /// Sends a request once, to this address.
    fn once(
        &self,
        request: &Request,
        url: &Url,
        authorization: Option<&HeaderValue>,
    ) -> Result<Reply, Trouble> {
        let clients = self.clients()?;
        let client = if url.origin() == self.base().origin() {
            clients.own
        } else {
            clients.other
        };
        let mut builder = client
            .request(request.method.clone(), url.clone())
            .headers(request.headers.clone());
        if let Some(value) = authorization {
            builder = builder.header(AUTHORIZATION, value.clone());
        }
        let size = u64::try_from(request.body.len()).unwrap_or(u64::MAX);
        if size > 0 {
            builder = builder.body(request.body.clone());
        }
        let stall = self.network().timing().stall;
        let patience = stall + Duration::from_secs(size / SLOWEST_UPLOAD);
        let sent = self
            .network()
            .run(async move { tokio::time::timeout(patience, builder.send()).await })?;
        match sent {
            Ok(Ok(response)) => {
                tracing::debug!("{} {}: {}", request.method, shown(url), response.status());
                Ok(Reply::new(self.clone(), url.clone(), response))
            }
            Ok(Err(error)) => Err(retry::failed(&error, url, self)),
            Err(_) => Err(retry::stalled(url, patience)),
        }
    }
}

/// Where an answer leads to.
fn redirect(reply: &Reply, method: &Method) -> Result<Option<Url>, HttpError> {
    let kept = matches!(*method, Method::GET | Method::HEAD);
    let follows = match reply.status() {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => kept,
        _ => false,
    };
    if !follows {
        return Ok(None);
    }
    let from = reply.url();
    let wrong = |why: String| HttpError::Redirect {
        url: shown(from),
        why,
    };
    let place = reply.headers().get(LOCATION).map(HeaderValue::to_str);
    let Some(Ok(place)) = place else {
        return Err(wrong("without saying where to".to_owned()));
    };
    let mut next = from
        .join(place)
        .map_err(|error| wrong(format!("to what is no address: {error}")))?;
    strip(&mut next);
    match (from.scheme(), next.scheme()) {
        ("https", "https") | ("http", "https" | "http") => Ok(Some(next)),
        ("https", "http") => Err(wrong(format!(
            "to {}, which is not encrypted any more",
            shown(&next)
        ))),
        _ => Err(wrong(format!(
            "to {}, which is neither https nor http",
            shown(&next)
        ))),
    }
}
