//! The API servers of a project: each is connected to once, however many clusters go there.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{Key, KubernetesSpec};

use super::connection::Connections;
use super::marks::Marks;
use super::server::Server;
use super::target::KubernetesTarget;

/// How many objects a page of a list has, as kubectl has it.
const PAGE: usize = 500;

/// The API servers of a project. Cheap to clone.
#[derive(Clone)]
pub struct Servers {
    root: PathBuf,
    key: Key,
    page: usize,
    connections: Connections,
    opened: Arc<Mutex<HashMap<KubernetesSpec, Arc<Server>>>>,
}

impl Servers {
    /// Servers whose kubeconfigs are relative to the project's root. Contents are told apart by hashes under `key`.
    pub fn new(root: PathBuf, key: Key) -> Self {
        Self {
            root,
            key,
            page: PAGE,
            connections: Connections::default(),
            opened: Arc::default(),
        }
    }

    /// The same with other pages of lists than usual: so many objects each, 1 or more.
    #[must_use]
    pub fn with_pages_of(mut self, objects: usize) -> Self {
        self.page = objects.max(1);
        self
    }

    /// The target of a cluster. Nothing is connected to before it is asked something.
    pub fn target(&self, spec: &KubernetesSpec, marks: Marks) -> KubernetesTarget {
        KubernetesTarget {
            server: self.server(spec),
            key: self.key.clone(),
            marks,
        }
    }

    fn server(&self, spec: &KubernetesSpec) -> Arc<Server> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let server = opened.entry(spec.clone()).or_insert_with(|| {
            let (root, key) = (self.root.clone(), self.key.clone());
            let connections = self.connections.clone();
            let server = Server::new(spec.clone(), root, key, connections, self.page);
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
