//! The project: where documents, state and packs are, and what holds for all of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

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
