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

/// The field manager of a project: what servers call us.
pub fn field_manager(project: Uuid) -> String {
    let digits = project.simple().to_string();
    format!("stratiform-{}", &digits[..8])
}
