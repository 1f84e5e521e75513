//! Targets, opened from what documents and state say of them.

use std::path::PathBuf;
use std::sync::Arc;

use crate::apply::Targets;
use crate::model::{Key, TargetSpec};
use crate::target::{DirectoryTarget, Target, TargetError};

/// Opens the targets of one project.
#[derive(Clone, Debug)]
pub struct OpenTargets {
    root: PathBuf,
    key: Key,
}

impl OpenTargets {
    /// Targets under a project's root.
    pub fn new(root: PathBuf, key: Key) -> Self {
        Self { root, key }
    }
}

impl Targets for OpenTargets {
    fn open(&self, spec: &TargetSpec) -> Result<Arc<dyn Target>, TargetError> {
        match spec {
            TargetSpec::Directory { path, secrets } => {
                DirectoryTarget::open(&self.root, path, *secrets, self.key.clone())
                    .map(|target| Arc::new(target) as Arc<dyn Target>)
            }
        }
    }
}
