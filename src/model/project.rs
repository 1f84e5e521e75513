//! The project: where documents, state and packs are, and what holds for all of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diag::Span;
use crate::yaml::Value;

use super::{ClusterName, IgnoreFields, Moved, RegistryName};

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

/// The `Registry` document: where packs and charts come from.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Its name.
    pub name: RegistryName,
    /// What it is and where.
    pub kind: RegistryKind,
    /// Where its name stands.
    pub span: Span,
}

/// What a registry is and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryKind {
    /// A folder that holds packs, relative to the project's root.
    Directory {
        /// The folder.
        path: PathBuf,
    },
}
