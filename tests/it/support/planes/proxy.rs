//! A proxy between clients and an API server: it counts what is asked, and lets things go wrong.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Task, Poll};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::http::response::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use super::super::authority::Identity;
use super::faults::{Fault, Faults, status};
use super::{Context, Plane, User};

/// A running proxy, which ends with its value. It speaks TLS with a certificate of the plane's authority (without TLS kubectl
/// shows no token), passes tokens on as they are, and streams the answers, so that watches work. Certificates of clients do
/// not get through.
pub struct Proxy {
    /// `https://127.0.0.1:PORT`.
    pub server: String,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET` and the like.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The query, empty when there is none.
    pub query: String,
    /// What went wrong with it.
    pub fault: Option<Fault>,
}

impl Asked {
    /// Whether it is a watch.
    pub fn watches(&self) -> bool {
        self.has("watch", |value| value != "false" && value != "0")
    }

    /// Whether it asks for a later page of a list.
    pub fn continues(&self) -> bool {
        self.has("continue", |value| !value.is_empty())
    }

    /// Whether it asks for the objects of one kind, in one namespace or everywhere.
    pub fn lists(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').skip(1).collect();
        let (["api", _, below @ ..] | ["apis", _, _, below @ ..]) = parts.as_slice() else {
            return false;
        };
        let kind = matches!(below, [_] | ["namespaces", _, _]);
        kind && self.method == "GET" && !self.watches()
    }

    fn has(&self, name: &str, good: impl Fn(&str) -> bool) -> bool {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.any(|(key, value)| key == name && good(&value))
    }
}

struct Shared {
    upstream: String,
    client: reqwest::Client,
    faults: Mutex<Arc<Faults>>,
    asked: Mutex<Vec<Asked>>,
}

type Failure = Box<dyn Error + Send + Sync>;
type Answer = Response<UnsyncBoxBody<Bytes, Failure>>;

impl Proxy {
    /// Starts one in front of a plane.
    #[track_caller]
    pub fn start(plane: &Plane, faults: Faults) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads can be started");
        let shared = Arc::new(Shared {
            upstream: plane.server.clone(),
            client: client(plane),
            faults: Mutex::new(Arc::new(faults)),
            asked: Mutex::new(Vec::new()),
        });
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("loopback has a free port");
        let address: SocketAddr = listener.local_addr().expect("it is bound");
        let acceptor = acceptor(plane.server_identity());
        runtime.spawn(serve(listener, acceptor, Arc::clone(&shared)));
        Self {
            server: format!("https://{address}"),
            shared,
            runtime: Some(runtime),
        }
    }

    /// A context of a kubeconfig that leads through the proxy, for users who show tokens.
    pub fn context(&self, plane: &Plane, name: &str, user: User<'_>) -> Context {
        Context {
            server: self.server.clone(),
            ..plane.context(name, user)
        }
    }

    /// Writes a new kubeconfig that leads through the proxy to the plane behind it, with one context, named as the plane is.
    pub fn kubeconfig(&self, plane: &Plane, user: User<'_>) -> PathBuf {
        plane.kubeconfig_of(&[self.context(plane, &plane.name, user)])
    }

    /// From now on these go wrong.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.shared.faults) = Arc::new(faults);
    }

    /// What was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.shared.asked).clone()
    }

    /// Forgets what was asked.
    pub fn forget(&self) {
        lock(&self.shared.asked).clear();
    }

    /// How often a path was asked with a method, watches not counted.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let asked = lock(&self.shared.asked);
        let same =
            |asked: &&Asked| asked.method == method && asked.path == path && !asked.watches();
        asked.iter().filter(same).count()
    }

    /// How often each kind was listed, by its path, which names the namespace too. All pages of a list are one.
    pub fn lists(&self) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        let asked = lock(&self.shared.asked);
        for list in asked
            .iter()
            .filter(|asked| asked.lists() && !asked.continues())
        {
            *found.entry(list.path.clone()).or_default() += 1;
        }
        found
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client that trusts the plane, and takes nothing from the surroundings.
fn client(plane: &Plane) -> reqwest::Client {
    let ca = plane.context("", User::Admin).ca;
    let ca = std::fs::read(ca).expect("the certificate is there");
    let ca = reqwest::Certificate::from_pem(&ca).expect("it is a certificate");
    // Somebody else in this process may have been quicker, with the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only([ca])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("the settings are good")
}

/// What speaks TLS as the server does.
fn acceptor(identity: &Identity) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(&identity.certificate);
    let key = PrivateKeyDer::from_pem_file(&identity.key).expect("it is a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.expect("it is a certificate")], key)
        .expect("the key is the certificate's");
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(|request| answer(Arc::clone(&shared), request));
            // An error of the service cuts the connection: that is how faults do it.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Answer, Failure> {
    let fault = shared.note(&request);
    match fault {
        Some(Fault::Answer(code)) => return Ok(instead(code, None)),
        Some(Fault::Says(text)) => return Ok(answered(Response::builder(), text.to_owned())),
        Some(Fault::TooMany(seconds)) => return Ok(instead(429, Some(seconds))),
        Some(Fault::CutBefore) => return Err("cut before the server heard of it".into()),
        Some(Fault::Late(time)) => tokio::time::sleep(time).await,
        Some(Fault::CutAfter | Fault::CutMidway) | None => {}
    }
    let answer = shared.pass_on(request).await?;
    match fault {
        Some(Fault::CutAfter) => Err("cut after the server did it".into()),
        Some(Fault::CutMidway) => Ok(answer.map(|body| Cut { body: Some(body) }.boxed_unsync())),
        _ => Ok(answer),
    }
}

/// An answer in the server's place.
fn instead(code: u16, retry_after: Option<u32>) -> Answer {
    let mut answer = Response::builder()
        .status(code)
        .header("content-type", "application/json");
    if let Some(seconds) = retry_after {
        answer = answer.header("retry-after", seconds);
    }
    answered(answer, status(code, retry_after))
}

fn answered(answer: Builder, text: String) -> Answer {
    let body = Full::new(Bytes::from(text));
    let body = body.map_err(|never: Infallible| match never {});
    answer
        .body(body.boxed_unsync())
        .expect("the parts are good")
}

impl Shared {
    /// Counts a request, and says what goes wrong with it.
    fn note(&self, request: &Request<Incoming>) -> Option<Fault> {
        let method = request.method().as_str();
        let path = request.uri().path();
        let target = request.uri().path_and_query();
        let target = target.map_or(path, hyper::http::uri::PathAndQuery::as_str);
        let faults = Arc::clone(&lock(&self.faults));
        let mut asked = lock(&self.asked);
        let same = |before: &&Asked| before.method == method && before.path == path;
        let before = asked.iter().filter(same).count();
        let fault = faults.draw(method, target, before);
        asked.push(Asked {
            method: method.to_owned(),
            path: path.to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            fault,
        });
        fault
    }

    async fn pass_on(&self, request: Request<Incoming>) -> Result<Answer, Failure> {
        let (head, body) = request.into_parts();
        let target = head.uri.path_and_query();
        let target = target.map_or("/", hyper::http::uri::PathAndQuery::as_str);
        let mut headers = head.headers;
        // What is about one connection is not about the other.
        for name in ["connection", "host", "content-length", "transfer-encoding"] {
            headers.remove(name);
        }
        let passed = self
            .client
            .request(head.method, format!("{}{target}", self.upstream))
            .headers(headers)
            .body(body.collect().await?.to_bytes());
        let (mut head, body) = Response::from(passed.send().await?).into_parts();
        for name in ["connection", "transfer-encoding"] {
            head.headers.remove(name);
        }
        let body = body.map_err(Failure::from).boxed_unsync();
        Ok(Response::from_parts(head, body))
    }
}

/// A body that is cut in its first piece.
struct Cut<B> {
    // Gone when the first piece came.
    body: Option<B>,
}

impl<B: Body<Data = Bytes, Error = Failure> + Unpin> Body for Cut<B> {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(Some(Err("cut midway".into())));
        };
        let polled = std::task::ready!(Pin::new(body).poll_frame(task));
        self.body = None;
        let half = |frame: Frame<Bytes>| frame.map_data(|piece| piece.slice(..piece.len() / 2));
        Poll::Ready(Some(match polled {
            Some(piece) => piece.map(half),
            None => Err("cut at its end".into()),
        }))
    }

    // The length that the head announces is what the server meant to send.
    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
