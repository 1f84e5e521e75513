//! Targets, opened from what documents and state say of them.

use std::path::PathBuf;
use std::sync::Arc;

use crate::apply::Targets;
use uuid::Uuid;

use crate::model::{ClusterName, Key, KubernetesSpec, TargetSpec};
use crate::target::{DirectoryTarget, KubernetesTarget, Marks, Servers, Target, TargetError};

/// Opens the targets of one project.
#[derive(Clone, Debug)]
pub struct OpenTargets {
    root: PathBuf,
    key: Key,
    project: Uuid,
    servers: Servers,
}

impl OpenTargets {
    /// Targets under a project's root.
    pub fn new(root: PathBuf, key: Key, project: Uuid) -> Self {
        let servers = Servers::new(root.clone(), key.clone());
        Self {
            root,
            key,
            project,
            servers,
        }
    }
}

impl OpenTargets {
    /// A cluster's server.
    pub(super) fn server(
        &self,
        spec: &KubernetesSpec,
        cluster: &ClusterName,
        uid: Uuid,
    ) -> KubernetesTarget {
        let marks = Marks {
            project: self.project,
            cluster: cluster.clone(),
            uid,
        };
        self.servers.target(spec, marks)
    }
}

impl Targets for OpenTargets {
    fn open(
        &self,
        spec: &TargetSpec,
        cluster: &ClusterName,
        uid: Uuid,
    ) -> Result<Arc<dyn Target>, TargetError> {
        match spec {
            TargetSpec::Directory { path, secrets } => {
                DirectoryTarget::open(&self.root, path, *secrets, self.key.clone())
                    .map(|target| Arc::new(target) as Arc<dyn Target>)
            }
            TargetSpec::Kubernetes(spec) => Ok(Arc::new(self.server(spec, cluster, uid))),
        }
    }
}
