//! Texts of the state, for rooms that plan.

use std::sync::{Arc, Mutex, PoisonError};

use crate::model::Digest;
use crate::plan::Texts;
use crate::state::{StateError, Store};

/// A store that many readers take texts from.
pub(super) struct StoredTexts(Mutex<Box<dyn Store>>);

impl StoredTexts {
    /// Takes texts from this store.
    pub(super) fn new(store: Box<dyn Store>) -> Self {
        Self(Mutex::new(store))
    }
}

impl Texts for StoredTexts {
    fn text(&self, digest: &Digest) -> Result<Arc<str>, StateError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blob(digest)
    }
}
