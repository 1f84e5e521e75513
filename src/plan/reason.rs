//! Why something changes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{LayerName, Version};

/// Why a layer or an object changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    tag = "type"
)]
pub enum Reason {
    /// The cluster is new.
    NewCluster,
    /// The layer is new in the profile.
    NewLayer,
    /// The pack or chart has another version.
    Version {
        /// The version before.
        from: Version,
        /// The version now.
        to: Version,
    },
    /// The pack or chart is another one.
    Source {
        /// What it was made of.
        from: String,
        /// What it is made of now.
        to: String,
    },
    /// The profile has another version; the layer itself stays as it is.
    Profile {
        /// The version before.
        from: semver::Version,
        /// The version now.
        to: semver::Version,
    },
    /// The content of the same version has changed.
    SameVersionEdited,
    /// Values, presets, variables or macros have changed.
    Values,
    /// The layer has another place in the stack.
    Order,
    /// Nothing that the user wrote has changed, but it renders differently.
    Rendering,
    /// What its templates look up on the server is not what it was.
    LookedUp,
    /// The server has another version of Kubernetes, for which it renders differently.
    Capabilities {
        /// The version before.
        from: Version,
        /// The version now.
        to: Version,
    },
    /// The target was changed behind our back.
    Drifted,
    /// Others have taken over what we made.
    TakenOver {
        /// Who.
        by: String,
    },
    /// A field cannot change while the object is there.
    Immutable {
        /// The server's words.
        message: String,
    },
    /// Only the formatting on the target was changed.
    Formatting,
    /// An earlier apply was interrupted or failed here.
    Interrupted,
    /// The layer is no longer in a profile of the cluster.
    RemovedFromProfile,
    /// The layer no longer renders the object.
    NoLongerRendered,
    /// The cluster is no longer in the documents.
    ClusterRemoved,
    /// The user asked for it to be destroyed.
    Destroyed,
    /// The layer had another name.
    Renamed {
        /// The old name.
        from: LayerName,
    },
    /// The user asked for an earlier revision.
    RolledBack {
        /// The revision.
        to: u64,
    },
    /// The cluster's target is another one.
    Retargeted,
    /// The user asked for other random values.
    Rotated,
}

impl Reason {
    /// Whether something has happened on the target behind our back.
    pub fn is_drift(&self) -> bool {
        matches!(
            self,
            Self::Drifted | Self::TakenOver { .. } | Self::Formatting
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewCluster => out.write_str("new cluster"),
            Self::NewLayer => out.write_str("new layer"),
            Self::Version { from, to } => write!(out, "version {from} -> {to}"),
            Self::Source { from, to } => write!(out, "{from} -> {to}"),
            Self::Profile { from, to } => write!(out, "profile {from} -> {to}"),
            Self::SameVersionEdited => out.write_str("same version edited"),
            Self::Values => out.write_str("values changed"),
            Self::Order => out.write_str("order changed"),
            Self::Rendering => out.write_str("renders differently"),
            Self::LookedUp => out.write_str("what it looks up on the server has changed"),
            Self::Capabilities { from, to } => {
                write!(out, "the server's version {from} -> {to}")
            }
            Self::Drifted => out.write_str("drifted"),
            Self::TakenOver { by } => write!(out, "taken over by {by}"),
            Self::Immutable { message } => write!(out, "cannot be changed in place: {message}"),
            Self::Formatting => out.write_str("only the formatting drifted"),
            Self::Interrupted => out.write_str("interrupted last time"),
            Self::RemovedFromProfile => out.write_str("removed from profile"),
            Self::NoLongerRendered => out.write_str("no longer rendered"),
            Self::ClusterRemoved => out.write_str("cluster removed from the documents"),
            Self::Destroyed => out.write_str("destroyed on request"),
            Self::Renamed { from } => write!(out, "renamed from {from}"),
            Self::RolledBack { to } => write!(out, "rolled back to revision {to}"),
            Self::Retargeted => out.write_str("target changed"),
            Self::Rotated => out.write_str("rotated on request"),
        }
    }
}
