//! The API servers of a project: each is connected to once, however many clusters go there.

use std::path::PathBuf;

use crate::model::{Key, KubernetesSpec};

use super::marks::Marks;
use super::target::KubernetesTarget;

/// The API servers of a project.
#[derive(Clone, Debug)]
pub struct Servers {
    root: PathBuf,
    key: Key,
}

impl Servers {
    /// Servers whose kubeconfigs are relative to the project's root. Contents are told apart by hashes under `key`.
    pub fn new(root: PathBuf, key: Key) -> Self {
        Self { root, key }
    }

    /// The target of a cluster. Nothing is connected to before it is asked something.
    pub fn target(&self, spec: &KubernetesSpec, marks: Marks) -> KubernetesTarget {
        KubernetesTarget {
            root: self.root.clone(),
            key: self.key.clone(),
            spec: spec.clone(),
            marks,
        }
    }
}
