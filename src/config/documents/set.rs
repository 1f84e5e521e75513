//! All documents of a project.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Cluster, Profile, Project, Registry};

/// All documents of a project, decoded.
#[derive(Clone, Debug)]
pub struct Documents {
    /// The folder that holds `stratiform.yaml`.
    pub root: PathBuf,
    /// The project.
    pub project: Arc<Project>,
    /// The registries.
    pub registries: Vec<Registry>,
    /// The profiles in all their versions.
    pub profiles: Vec<Arc<Profile>>,
    /// The clusters by name, those of groups among them.
    pub clusters: Vec<Arc<Cluster>>,
}
