//! One API server, as the clusters of a project reach it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use kube::client::Body;
use tokio::sync::Mutex;

use crate::model::{Key, KubernetesSpec};
use crate::target::TargetError;

use super::connection::{Connection, Connections};
use super::discovery::Discovery;
use super::exchange::{Answer, Request};
use super::failure::Failure;
use super::servers::Pace;

/// One API server. It is connected to when it is first asked something, on the runtime of whoever asks, and stays connected
/// for as long as that one runs.
pub(super) struct Server {
    spec: KubernetesSpec,
    root: PathBuf,
    key: Key,
    connections: Connections,
    connected: Mutex<Option<Arc<Connection>>>,
    pub(super) pace: Pace,
}

impl Server {
    /// A server that nobody has asked yet. Relative paths are taken from `root`.
    pub fn new(
        spec: KubernetesSpec,
        root: PathBuf,
        key: Key,
        connections: Connections,
        pace: Pace,
    ) -> Self {
        Self {
            spec,
            root,
            key,
            connections,
            connected: Mutex::default(),
            pace,
        }
    }

    /// What it serves: asked once, and again after [`Server::refresh`].
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn discovery(&self) -> Result<Arc<Discovery>, TargetError> {
        match self.discovered(false).await {
            Ok(discovery) => Ok(discovery),
            Err(failure) => Err(self.unreachable(&failure).await),
        }
    }

    /// What it serves now, since kinds may have come or gone.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn refresh(&self) -> Result<Arc<Discovery>, TargetError> {
        match self.discovered(true).await {
            Ok(discovery) => Ok(discovery),
            Err(failure) => Err(self.unreachable(&failure).await),
        }
    }

    /// As [`Server::refresh`], for those who tell failures themselves.
    pub(super) async fn refreshed(&self) -> Result<Arc<Discovery>, Failure> {
        self.discovered(true).await
    }

    async fn discovered(&self, anew: bool) -> Result<Arc<Discovery>, Failure> {
        let connection = self.connection().await?;
        if !anew && let Some(known) = &*connection.discovery.read().await {
            return Ok(Arc::clone(known));
        }
        // Whoever comes second waits for the answer of the first.
        let mut slot = connection.discovery.write().await;
        if !anew && let Some(known) = &*slot {
            return Ok(Arc::clone(known));
        }
        let asked = match Discovery::ask(&connection.exchange).await {
            Err(failure) if failure.code() == 401 && connection.renewable => {
                let renewed = self.renew(&connection).await?;
                Discovery::ask(&renewed.exchange).await
            }
            asked => asked,
        };
        let discovery = Arc::new(asked?);
        *slot = Some(Arc::clone(&discovery));
        Ok(discovery)
    }

    /// Asks it something.
    pub(super) async fn ask(&self, request: &Request) -> Result<Answer, Failure> {
        let connection = self.connection().await?;
        match connection.exchange.ask(request).await {
            Err(failure) if failure.code() == 401 && connection.renewable => {
                let renewed = self.renew(&connection).await?;
                renewed.exchange.ask(request).await
            }
            asked => asked,
        }
    }

    /// Begins an answer that has no end.
    pub(super) async fn open(&self, request: &Request) -> Result<Body, Failure> {
        let connection = self.connection().await?;
        match connection.exchange.open(request).await {
            Err(failure) if failure.code() == 401 && connection.renewable => {
                let renewed = self.renew(&connection).await?;
                renewed.exchange.open(request).await
            }
            opened => opened,
        }
    }

    /// The connection, as it is for as long as its credentials are good.
    pub(super) async fn connection(&self) -> Result<Arc<Connection>, Failure> {
        let mut connected = self.connected.lock().await;
        if let Some(connection) = &*connected
            && connection.is_valid()
        {
            return Ok(Arc::clone(connection));
        }
        let connection = self
            .connections
            .connect(&self.spec, &self.root, &self.key)
            .await?;
        *connected = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// A connection with new credentials, in place of one whose credentials the server does not accept any more.
    async fn renew(&self, stale: &Arc<Connection>) -> Result<Arc<Connection>, Failure> {
        self.connections.forget(stale);
        let mut connected = self.connected.lock().await;
        if connected
            .as_ref()
            .is_some_and(|one| Arc::ptr_eq(one, stale))
        {
            *connected = None;
        }
        drop(connected);
        self.connection().await
    }

    /// What its failing to answer, or its refusal to answer us, means for the target as a whole.
    pub(super) async fn unreachable(&self, failure: &Failure) -> TargetError {
        let connected = self.connected.lock().await;
        let address = connected.as_ref().map(|one| one.address.as_str());
        let spec = self.spec.to_string();
        let spec = spec.strip_prefix("kubernetes ").unwrap_or(&spec);
        TargetError::Unreachable {
            server: match address {
                Some(address) => format!("{} ({spec})", address.trim_end_matches('/')),
                None => spec.to_owned(),
            },
            why: why(failure),
        }
    }
}

/// Why a server cannot be worked with, and what to do about it.
fn why(failure: &Failure) -> String {
    let status = match failure {
        Failure::Silent(silence) => return silence.why.clone(),
        Failure::Said(status) | Failure::SaidLater(status) => status,
    };
    let words = &status.message;
    match status.code {
        401 => "it does not accept the credentials (401): they are wrong or have expired; log in again, or put new ones into the kubeconfig".to_owned(),
        403 => format!("{words}; a role for this user has to allow it"),
        404 => format!("it answers 404: {words}; see whether the address is that of an API server"),
        code if words.is_empty() => format!("it answers {code}"),
        code => format!("it answers {code}: {words}"),
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Server")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
