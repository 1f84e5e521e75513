//! A project as its documents describe it, before packs and stacks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::documents::{self, Documents};
use uuid::Uuid;

use crate::diag::{Diagnostic, Sources, has_errors};
use crate::model::Key;
use crate::registry::builtin_names;
use crate::state::{KEY_VARIABLE, Mode, SqliteStore, find_key, make_key};

use super::error::EngineError;

/// A project whose documents were read.
#[derive(Debug)]
pub struct LoadedProject {
    /// Its documents.
    pub documents: Documents,
    /// What is odd or wrong about them.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that diagnostics point to.
    pub sources: Arc<Sources>,
}

/// Reads the documents of the project that a folder lies in. Problems in them are no error yet: commands such as `drift`
/// and `state` need only the project's own document.
///
/// # Errors
/// When there is no project.
pub fn load_project(start: &Path, sources: Arc<Sources>) -> Result<LoadedProject, EngineError> {
    let (documents, diagnostics) = documents::load(start, &builtin_names(), &sources);
    match documents {
        Some(documents) => Ok(LoadedProject {
            documents,
            diagnostics,
            sources,
        }),
        None => Err(EngineError::Documents(diagnostics)),
    }
}

impl LoadedProject {
    /// The state file.
    pub fn state_path(&self) -> PathBuf {
        self.documents.root.join(&self.documents.project.state)
    }

    /// What macros read as `project.uid` and what marks objects on servers: made from the key, so that it is the same
    /// before and after the first apply.
    pub fn uid(&self, key: &Key) -> Uuid {
        uid(key, "project", &self.documents.project.name)
    }

    /// The project, if nothing in its documents is wrong.
    ///
    /// # Errors
    /// When something is, with everything that was found.
    pub fn checked(self) -> Result<Self, EngineError> {
        if has_errors(&self.diagnostics) {
            Err(EngineError::Documents(self.diagnostics))
        } else {
            Ok(self)
        }
    }

    /// The key of the state; made when there is neither key nor state.
    ///
    /// # Errors
    /// When the key is lost, is another state's, or cannot be written.
    pub fn key(&self) -> Result<Key, EngineError> {
        let path = self.state_path();
        let variable = std::env::var(KEY_VARIABLE).ok();
        let find = || find_key(&path, variable.as_deref());
        if let Some(key) = find()? {
            return Ok(key);
        }
        match make_key(&path) {
            Ok(key) => Ok(key),
            // Another command may have made it at the same moment.
            Err(error) => find().ok().flatten().ok_or_else(|| error.into()),
        }
    }

    /// Whether there is a key already; [`Self::key`] makes one where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn has_key(&self) -> Result<bool, EngineError> {
        let variable = std::env::var(KEY_VARIABLE).ok();
        Ok(find_key(&self.state_path(), variable.as_deref())?.is_some())
    }

    /// The state, opened with its key.
    ///
    /// # Errors
    /// When it cannot be opened, or the key is another state's.
    pub fn store(&self, mode: Mode, key: &Key) -> Result<SqliteStore, EngineError> {
        let mut store = SqliteStore::open(&self.state_path(), mode)?;
        store.check_key(key)?;
        Ok(store)
    }
}

/// A uid that a key and a name always give.
pub(super) fn uid(key: &Key, kind: &str, name: &str) -> Uuid {
    let digest = key.hash(format!("uid of {kind} {name}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
