//! What a target's API server can do.

use std::sync::Arc;

use super::Version;

/// What templates read as `.Capabilities`. Part of every fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: Version,
    /// The API versions that are served, `apps/v1`; empty when nobody has asked a server.
    pub api_versions: Arc<[Arc<str>]>,
}
