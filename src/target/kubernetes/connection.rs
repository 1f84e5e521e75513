//! One connection to a server, shared by everybody who goes there with the same credentials.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{OnceCell, RwLock};
use tokio::task::spawn_blocking;

use crate::model::{Digest, Key, KubernetesSpec, Version};

use super::connect;
use super::discovery::Discovery;
use super::exchange::Exchange;
use super::failure::{self, Failure};
use super::kubeconfig;

/// A connection.
pub(super) struct Connection {
    /// `https://127.0.0.1:6443/`.
    pub address: String,
    pub exchange: Exchange,
    /// Nothing before it was asked for.
    pub discovery: RwLock<Option<Arc<Discovery>>>,
    /// The server's version, once somebody has asked for it.
    pub version: OnceCell<Version>,
    /// What tells it from others.
    identity: Digest,
    /// Whether its credentials can be got anew.
    pub renewable: bool,
}

impl Connection {
    /// Whether the certificate that a program gave is still good.
    pub fn is_valid(&self) -> bool {
        let until = self.exchange.client.valid_until();
        until.is_none_or(|until| Timestamp::now() < until)
    }
}

/// The connections of a project. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Connections(Arc<Mutex<HashMap<Digest, Arc<Connection>>>>);

impl Connections {
    /// The connection that a kubeconfig leads to: one that is there, else a new one.
    pub async fn connect(
        &self,
        spec: &KubernetesSpec,
        root: &Path,
        key: &Key,
    ) -> Result<Arc<Connection>, Failure> {
        let (spec_of, root) = (spec.clone(), root.to_owned());
        let document = blocking(move || kubeconfig::read(&spec_of, &root)).await?;
        let way = kubeconfig::way(spec, document.map_err(Failure::silent)?).await;
        let way = way.map_err(Failure::silent)?;
        let identity = key.hash(way.identity.as_bytes());
        if let Some(there) = self.lock().get(&identity)
            && there.is_valid()
        {
            return Ok(Arc::clone(there));
        }
        let auth = &way.config.auth_info;
        let renewable = way.plugin.is_some() || auth.token_file.is_some();
        let address = way.config.cluster_url.to_string();
        let config = way.config;
        let client = blocking(move || connect::client(&config)).await?;
        let plugin = way.plugin;
        let client = client.map_err(|error| failure::of_client(&error, plugin.as_deref()))?;
        let made = Arc::new(Connection {
            address,
            exchange: Exchange::new(client, plugin),
            discovery: RwLock::default(),
            version: OnceCell::new(),
            identity,
            renewable,
        });
        // Somebody may have been quicker: then everybody uses theirs.
        let mut all = self.lock();
        let kept = all.entry(identity).or_insert_with(|| Arc::clone(&made));
        if !kept.is_valid() {
            *kept = made;
        }
        Ok(Arc::clone(kept))
    }

    /// Forgets a connection whose credentials are no longer good.
    pub fn forget(&self, connection: &Arc<Connection>) {
        let mut all = self.lock();
        let same = |there: &Arc<Connection>| Arc::ptr_eq(there, connection);
        if all.get(&connection.identity).is_some_and(same) {
            all.remove(&connection.identity);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Arc<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = spawn_blocking(work).await;
    done.map_err(|_| Failure::silent("the kubeconfig could not be read to its end"))
}
