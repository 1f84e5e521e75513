//! What is done with clusters, layers and objects.

use serde::{Deserialize, Serialize};

use crate::model::{ClusterName, Keep, LayerName, TargetSpec};

/// What is done with a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    tag = "type"
)]
pub enum ClusterAction {
    /// It is new in the state.
    Create,
    /// Some of its layers change.
    Update,
    /// It has another name; its layers may change as well.
    Rename {
        /// The old name.
        from: ClusterName,
    },
    /// Its objects go to another place; those at the old one are deleted.
    Retarget {
        /// The old place.
        from: TargetSpec,
        /// The name that the state knows it by.
        was: ClusterName,
        /// The name under which what is at the old place is kept until it is deleted.
        retired: ClusterName,
    },
    /// Its objects are deleted, and the state forgets it.
    Delete,
    /// The state forgets it; its objects stay.
    Forget,
}

/// What is done with a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is new.
    Create,
    /// Something in it changes.
    Update,
    /// It changes so that nodes are replaced.
    Repave,
    /// Some of its objects are deleted and made anew.
    Replace,
    /// It goes, with its objects.
    Delete,
    /// Only what the state knows of it changes; nothing is touched.
    Record,
}

/// What is done with an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    tag = "type"
)]
pub enum ObjectAction {
    /// It is made for the first time.
    Create,
    /// It was deleted behind our back and is made again.
    Recreate,
    /// It is changed to what is wanted now.
    Update,
    /// It was changed behind our back and is put right.
    Repair,
    /// It is deleted and made anew.
    Replace,
    /// It goes from one layer to another; nothing is lost on the way.
    Move {
        /// The layer that held it.
        from: LayerName,
        /// Whether it was kept there as a Helm hook.
        hook: bool,
    },
    /// It is there already and is taken over on the user's word.
    Adopt,
    /// It is deleted.
    Delete,
    /// It is as it should be; only the state changes.
    Record,
    /// It is gone already; the state forgets it.
    Forget,
    /// Nothing wants it any more; it stays on the target as Helm keeps it, and the state forgets it.
    Keep {
        /// Why it stays.
        because: Keep,
    },
    /// It is there, is not ours, and is wanted: an error until it is adopted.
    Conflict,
}

impl ObjectAction {
    /// Whether the target is touched.
    pub fn touches(&self) -> bool {
        !matches!(
            self,
            Self::Record | Self::Forget | Self::Keep { .. } | Self::Conflict
        )
    }

    /// Whether something on the target goes for good.
    pub fn deletes(&self) -> bool {
        matches!(self, Self::Delete)
    }
}
