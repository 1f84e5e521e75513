//! The project: where documents, state and packs are, and what holds for all of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::yaml::Value;

use super::{ClusterName, IgnoreFields, Moved};

/// The `Project` document.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name.
    pub name: Arc<str>,
    /// Files and folders with documents, relative to the root; the root itself when empty.
    pub documents: Vec<PathBuf>,
    /// The state file, relative to the root.
    pub state: PathBuf,
    /// Named values that macros read as `.spectro.macro.<name>`.
    pub macros: BTreeMap<Arc<str>, Value>,
    /// Fields of objects that are left to others, everywhere.
    pub ignore_fields: Vec<IgnoreFields>,
    /// Whether a profile's version may be edited in place.
    pub versions: VersionPolicy,
    /// Clusters that had other names before.
    pub moved: Vec<Moved<ClusterName>>,
    /// How many deletes one plan may have before it wants an approval.
    pub delete_limit: usize,
    /// Which servers a plan looks at when nobody says so.
    pub refresh: RefreshPolicy,
}

/// Which servers a plan looks at when nobody says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshPolicy {
    /// In fleets of up to so many servers, at all.
    pub clusters: usize,
    /// In larger ones at those that nobody has looked at for so long, beside those with something to do.
    pub after: SignedDuration,
}

impl Default for RefreshPolicy {
    fn default() -> Self {
        Self {
            clusters: 100,
            after: SignedDuration::from_hours(1),
        }
    }
}

/// Whether a profile's version may be edited in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionPolicy {
    /// An edit plans, with the reason "same version edited".
    #[default]
    Mutable,
    /// An edit is an error.
    Immutable,
}
