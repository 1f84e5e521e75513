//! By what we know our objects again.

use uuid::Uuid;

use crate::model::ClusterName;

/// Whose objects are: the marks that every object of ours carries on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The project's uid: the label `stratiform/project`, and the end of the field manager's name.
    pub project: Uuid,
    /// The cluster's name, for people: the annotation `stratiform/cluster-name`.
    pub cluster: ClusterName,
    /// The cluster's uid, which outlives a rename: the label `stratiform/cluster`.
    pub uid: Uuid,
}

impl Marks {
    /// As which field manager we write: `stratiform-` and the first 8 hex digits of the project's uid.
    pub(super) fn manager(&self) -> String {
        let digits = self.project.simple().to_string();
        format!("stratiform-{}", &digits[..8])
    }

    /// What selects all objects of the cluster that are ours.
    pub(super) fn selector(&self) -> String {
        format!(
            "stratiform/project={},stratiform/cluster={}",
            self.project, self.uid
        )
    }
}
