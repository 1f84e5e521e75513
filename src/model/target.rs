//! Where a cluster's objects go.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Where a cluster's objects go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetSpec {
    /// Files in a folder.
    #[serde(rename_all = "camelCase")]
    Directory {
        /// The folder, relative to the project's root, without `..`.
        path: PathBuf,
        /// What to do with Secrets.
        secrets: SecretPolicy,
    },
    /// A Kubernetes API server.
    Kubernetes(KubernetesSpec),
}

/// How a Kubernetes API server is reached. It holds no credentials, only where they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesSpec {
    /// Where the kubeconfig is.
    pub kubeconfig: Kubeconfig,
    /// The context in it; its current context when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Arc<str>>,
}

/// Where a kubeconfig is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kubeconfig {
    /// Where kubectl looks: the files that `KUBECONFIG` lists, else `~/.kube/config`.
    #[default]
    Usual,
    /// A file; a relative path is taken from the project's root, one that begins with `~/` from the user's home.
    File(PathBuf),
    /// The text of a kubeconfig in an environment variable.
    Environment(Arc<str>),
    /// The service account of the pod that we run in.
    InCluster,
}

impl Kubeconfig {
    /// Where a file is: the home is put in place of `~`, which stands in documents and state so that they are the same for
    /// everybody. It stays when nobody knows a home.
    pub fn file(path: &Path, root: &Path) -> PathBuf {
        match path.strip_prefix("~").ok().zip(std::env::home_dir()) {
            Some((rest, home)) => home.join(rest),
            None => root.join(path),
        }
    }
}

impl TargetSpec {
    /// Whether objects go to a server, which keeps no index and runs hooks.
    pub fn is_server(&self) -> bool {
        matches!(self, Self::Kubernetes(_))
    }
}

/// What a directory target does with Secrets.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SecretPolicy {
    /// A Secret is an error.
    #[default]
    Refuse,
    /// They are written in clear text.
    Write,
    /// They are left out.
    Omit,
}

impl fmt::Display for TargetSpec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, .. } => write!(out, "directory {}", path.display()),
            Self::Kubernetes(spec) => write!(out, "{spec}"),
        }
    }
}

impl fmt::Display for KubernetesSpec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("kubernetes ")?;
        if let Some(context) = &self.context {
            write!(out, "{context} of ")?;
        }
        match &self.kubeconfig {
            Kubeconfig::Usual => out.write_str("the usual kubeconfig"),
            Kubeconfig::File(path) => write!(out, "{}", path.display()),
            Kubeconfig::Environment(name) => write!(out, "${name}"),
            Kubeconfig::InCluster => out.write_str("the cluster that this runs in"),
        }
    }
}

/// What a file system says of a file without reading it, as git's index keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// Length in bytes.
    pub size: u64,
    /// Time of the last write, in nanoseconds since 1970.
    pub mtime: i64,
    /// Time of the last change of its metadata, in nanoseconds since 1970.
    pub ctime: i64,
    /// Number of the inode.
    pub inode: u64,
}
