//! The API servers of a project: each is connected to once, however many clusters go there.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Key, KubernetesSpec};

use super::connection::Connections;
use super::marks::Marks;
use super::server::Server;
use super::target::KubernetesTarget;

/// How much is asked for at once, and how long is waited for what goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many objects a page of a list has, 1 or more.
    pub page: usize,
    /// How long something that is being deleted may take to go, and a definition to be served.
    pub going: Duration,
}

impl Default for Pace {
    /// Pages as kubectl has them, and a minute.
    fn default() -> Self {
        Self {
            page: 500,
            going: Duration::from_secs(60),
        }
    }
}

/// The API servers of a project. Cheap to clone.
#[derive(Clone)]
pub struct Servers {
    root: PathBuf,
    key: Key,
    pace: Pace,
    connections: Connections,
    opened: Arc<Mutex<HashMap<KubernetesSpec, Arc<Server>>>>,
}

impl Servers {
    /// Servers whose kubeconfigs are relative to the project's root. Contents are told apart by hashes under `key`.
    pub fn new(root: PathBuf, key: Key) -> Self {
        Self {
            root,
            key,
            pace: Pace::default(),
            connections: Connections::default(),
            opened: Arc::default(),
        }
    }

    /// The same at another pace than usual.
    #[must_use]
    pub fn at(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The target of a cluster. Nothing is connected to before it is asked something.
    pub fn target(&self, spec: &KubernetesSpec, marks: Marks) -> KubernetesTarget {
        KubernetesTarget::new(self.server(spec), self.key.clone(), marks)
    }

    fn server(&self, spec: &KubernetesSpec) -> Arc<Server> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let server = opened.entry(spec.clone()).or_insert_with(|| {
            let (root, key) = (self.root.clone(), self.key.clone());
            let connections = self.connections.clone();
            let server = Server::new(spec.clone(), root, key, connections, self.pace);
            Arc::new(server)
        });
        Arc::clone(server)
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Servers")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}
