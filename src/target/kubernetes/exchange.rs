//! One request and its answer, tried until it is one.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::failure::{self, Failure};
use super::retry::Tries;

/// Requests that one server has to deal with at the same time. Servers take 200 that write by default; fewer than these
/// leave one idle for a while, which costs 500 small objects an eighth more time on two cores.
pub(super) const IN_FLIGHT: usize = 64;

/// How long an answer may take to begin. Servers give up on their own after a minute.
const ANSWER: Duration = Duration::from_secs(65);

/// How long nothing may come of an answer that has begun.
const STALL: Duration = Duration::from_secs(30);

/// What is asked when nothing else is said.
pub(super) const JSON: &str = "application/json";

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub method: Method,
    /// The path with its query, from the server's root.
    pub path: String,
    /// What is accepted as answer.
    pub accept: &'static str,
    /// The type of the body, and the body.
    pub body: Option<(&'static str, Bytes)>,
}

impl Request {
    /// A request for JSON.
    pub fn get(path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            accept: JSON,
            body: None,
        }
    }
}

/// An answer that says yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub code: u16,
    pub body: Bytes,
}

/// Where requests go.
pub(super) struct Exchange {
    pub client: Client,
    /// The program that gives the credentials, for messages.
    pub plugin: Option<String>,
    in_flight: Semaphore,
    known: AtomicBool,
}

impl Exchange {
    pub fn new(client: Client, plugin: Option<String>) -> Self {
        Self {
            client,
            plugin,
            in_flight: Semaphore::new(IN_FLIGHT),
            known: AtomicBool::new(false),
        }
    }

    /// Asks, again where that may help.
    pub async fn ask(&self, request: &Request) -> Result<Answer, Failure> {
        let unsure = AtomicBool::new(false);
        let asked = self.tried(|| async {
            let asked = self.once(request).await;
            asked.map_err(|(failure, wait)| {
                let before = unsure.fetch_or(failure.is_unsure(), Ordering::Relaxed);
                let failure = if before { failure.later() } else { failure };
                (failure, wait)
            })
        });
        asked.await
    }

    /// Begins an answer that has no end, such as a watch.
    pub async fn open(&self, request: &Request) -> Result<Body, Failure> {
        self.tried(|| async {
            let (_, body) = self.begin(request).await?;
            Ok(body)
        })
        .await
    }

    /// Tries something until it is done or may not be done.
    async fn tried<T, F>(&self, mut once: impl FnMut() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, (Failure, Option<Duration>)>>,
    {
        let mut tries = Tries::new(self.known.load(Ordering::Relaxed));
        loop {
            let permit = self.in_flight.acquire().await;
            let done = once().await;
            drop(permit);
            let (failure, asked) = match done {
                Ok(done) => {
                    self.known.store(true, Ordering::Relaxed);
                    return Ok(done);
                }
                Err(failed) => failed,
            };
            let chance = getrandom::u32().unwrap_or_default();
            let Some(wait) = tries.after(&failure, asked, chance) else {
                return Err(failure);
            };
            tracing::debug!(code = failure.code(), ?wait, "asked again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, request: &Request) -> Result<Answer, (Failure, Option<Duration>)> {
        let (code, body) = self.begin(request).await?;
        let body = self.rest(body).await.map_err(|failure| (failure, None))?;
        Ok(Answer { code, body })
    }

    /// The code and the body of an answer that says yes.
    async fn begin(&self, request: &Request) -> Result<(u16, Body), (Failure, Option<Duration>)> {
        let built = build(request).map_err(|failure| (failure, None))?;
        let answer = timeout(ANSWER, self.client.send(built)).await;
        let answer = answer
            .map_err(|_| (nothing_came(ANSWER), None))?
            .map_err(|error| (failure::of_client(&error, self.plugin.as_deref()), None))?;
        let (head, body) = answer.into_parts();
        if head.status.is_success() {
            return Ok((head.status.as_u16(), body));
        }
        let asked = retry_after(&head.headers);
        let code = head.status.as_u16();
        let said = match self.rest(body).await {
            Ok(body) => Failure::said(code, &body),
            Err(_) => Failure::said(code, b""),
        };
        Err((said, asked))
    }

    async fn rest(&self, mut body: Body) -> Result<Bytes, Failure> {
        let mut all = BytesMut::new();
        loop {
            let frame = timeout(STALL, body.frame()).await;
            match frame.map_err(|_| nothing_came(STALL))? {
                None => return Ok(all.freeze()),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        all.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => {
                    return Err(failure::of_client(&error, self.plugin.as_deref()));
                }
            }
        }
    }
}

fn nothing_came(time: Duration) -> Failure {
    Failure::passing(format!("nothing came for {} seconds", time.as_secs()))
}

fn build(request: &Request) -> Result<http::Request<Body>, Failure> {
    let mut built = http::Request::builder()
        .method(request.method.clone())
        .uri(&request.path)
        .header(
            USER_AGENT,
            concat!("stratiform/", env!("CARGO_PKG_VERSION")),
        )
        .header(ACCEPT, request.accept);
    let body = match &request.body {
        Some((kind, body)) => {
            built = built.header(CONTENT_TYPE, *kind);
            Body::from(body.clone())
        }
        None => Body::empty(),
    };
    built
        .body(body)
        .map_err(|error| Failure::silent(format!("`{}` cannot be asked: {error}", request.path)))
}

/// What API servers say in `Retry-After`, which is seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}
