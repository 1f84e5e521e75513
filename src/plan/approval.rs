//! What a plan wants to be allowed, and what it may not do at all.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{ClusterName, LayerName};
use crate::target::Contested;

/// Something that apply does only when it is explicitly allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Where.
    pub cluster: ClusterName,
    /// In which layer, if it is about one.
    pub layer: Option<LayerName>,
    /// What.
    pub kind: ApprovalKind,
}

/// What wants an approval.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    tag = "type"
)]
pub enum ApprovalKind {
    /// Nodes are replaced: `--approve-repave`.
    Repave {
        /// How many.
        nodes: u32,
    },
    /// Something is deleted that holds data or much else: `--approve-delete`.
    Delete {
        /// What, for people: `CustomResourceDefinition widgets.example.com`.
        what: String,
    },
    /// An object is deleted and made anew, since something of it cannot change while it is there: `--approve-replace`.
    Replace {
        /// What, for people: `Deployment.apps web/front`.
        what: String,
    },
    /// Fields that others own are taken over from them: `--force-conflicts`.
    TakeOver {
        /// The object, for people.
        object: String,
        /// The fields, and who owns them.
        fields: Vec<Contested>,
    },
    /// A selector no longer matches the cluster: `--approve-delete`.
    Detached {
        /// The profile.
        profile: String,
    },
    /// The cluster's objects go elsewhere: `--approve-delete`.
    Retarget,
    /// More is deleted than the project's limit allows: `--approve-delete`.
    DeleteLimit {
        /// How many objects are deleted by the whole plan.
        deletes: usize,
        /// The limit.
        limit: usize,
    },
}

impl ApprovalKind {
    /// The flag of `apply` that gives the approval.
    pub fn flag(&self) -> &'static str {
        match self {
            Self::Repave { .. } => "--approve-repave",
            Self::Replace { .. } => "--approve-replace",
            Self::TakeOver { .. } => "--force-conflicts",
            Self::Delete { .. }
            | Self::Detached { .. }
            | Self::Retarget
            | Self::DeleteLimit { .. } => "--approve-delete",
        }
    }
}

impl fmt::Display for ApprovalKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repave { nodes: 1 } => out.write_str("repaves 1 node"),
            Self::Repave { nodes } => write!(out, "repaves {nodes} nodes"),
            Self::Delete { what } => write!(out, "deletes {what}"),
            Self::Replace { what } => write!(out, "deletes {what} and makes it anew"),
            Self::TakeOver { object, fields } => {
                let words = fields
                    .iter()
                    .map(|one| format!("{} from {}", one.field, one.manager));
                let words: Vec<String> = words.collect();
                write!(out, "takes over {} on {object}", words.join(", "))
            }
            Self::Detached { profile } => write!(
                out,
                "detaches the profile {profile}, whose selector no longer matches"
            ),
            Self::Retarget => out.write_str("moves all objects to another target"),
            Self::DeleteLimit { deletes, limit } => write!(
                out,
                "deletes {deletes} objects, more than the limit of {limit}"
            ),
        }
    }
}

/// Something that a policy does not allow at all, with the path that would work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Where.
    pub cluster: ClusterName,
    /// In which layer.
    pub layer: Option<LayerName>,
    /// What is not allowed.
    pub what: String,
    /// What would work.
    pub instead: String,
}
