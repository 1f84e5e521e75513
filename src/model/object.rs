//! Kubernetes objects and what identifies them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::yaml::Value;

/// Which API server an object lives on. Today always the workload cluster's own.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Plane {
    /// The cluster that the stack describes.
    #[default]
    Workload,
    /// The cluster that makes other clusters.
    Management,
}

/// What an object is within its cluster: group and kind, namespace, name. The API version is not part of it, so that
/// `apps/v1beta1` to `apps/v1` is an update. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Which API server.
    #[serde(default)]
    pub plane: Plane,
    /// The API group; empty for the core group.
    pub group: Arc<str>,
    /// The kind, such as `Deployment`.
    pub kind: Arc<str>,
    /// The namespace; empty for objects that have none.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl ObjectKey {
    /// A key on the workload plane.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            plane: Plane::Workload,
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// `Deployment.apps`, or `Service` for the core group.
    pub fn kind_and_group(&self) -> String {
        if self.group.is_empty() {
            self.kind.to_string()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    /// Whether its data are secret: a `Secret` of the core group.
    pub fn is_secret(&self) -> bool {
        self.group.is_empty() && &*self.kind == "Secret"
    }
}

impl fmt::Display for ObjectKey {
    /// `Deployment.apps web/frontend`: kind, then namespace and name.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", self.kind_and_group())?;
        if !self.namespace.is_empty() {
            write!(out, "{}/", self.namespace)?;
        }
        out.write_str(&self.name)
    }
}

/// A moment in a release's life at which Helm runs a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookEvent {
    /// Before the first install.
    PreInstall,
    /// After the first install.
    PostInstall,
    /// Before deletion.
    PreDelete,
    /// After deletion.
    PostDelete,
    /// Before an upgrade.
    PreUpgrade,
    /// After an upgrade.
    PostUpgrade,
    /// Before a rollback.
    PreRollback,
    /// After a rollback.
    PostRollback,
    /// On `helm test`.
    Test,
}

impl HookEvent {
    /// As annotations write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for HookEvent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// When Helm deletes a hook that it ran, by its annotation `helm.sh/hook-delete-policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookDeletion {
    /// Before it runs the next time.
    #[serde(rename = "before-hook-creation")]
    BeforeCreation,
    /// When it has done its work.
    #[serde(rename = "hook-succeeded")]
    Succeeded,
    /// When it has failed.
    #[serde(rename = "hook-failed")]
    Failed,
}

/// When what a hook has printed is told, by its annotation `helm.sh/hook-output-log-policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HookOutput {
    /// When it has done its work.
    #[serde(rename = "hook-succeeded")]
    Succeeded,
    /// When it has failed.
    #[serde(rename = "hook-failed")]
    Failed,
}

/// Why an object stays on its target when nothing wants it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// It stands in the folder `crds` of a chart.
    Crds,
    /// It says so itself: with `helm.sh/resource-policy: keep`, or with `stratiform/keep: "true"`.
    Policy,
    /// Others have taken it over since we made it.
    TakenOver,
}

impl fmt::Display for Keep {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Crds => "stands in the chart's crds/",
            Self::Policy => "its annotations say keep",
            Self::TakenOver => "is somebody else's now",
        })
    }
}

/// One rendered object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What it is.
    pub key: ObjectKey,
    /// The whole object, a mapping. Clusters that render the same text share it.
    pub value: Arc<Value>,
    /// The Helm hook events that it is for; empty for an ordinary object.
    pub hooks: Vec<HookEvent>,
    /// Why it stays when nothing wants it any more; nothing when it goes.
    pub keep: Option<Keep>,
    /// Where it was rendered from, for messages: `manifests/web.yaml`.
    pub origin: Arc<str>,
}
