//! What can go wrong with credentials.

use crate::model::RegistryName;

/// Why credentials could not be read or kept. No message holds one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// What a document refers to is not there.
    #[error("the {field} of registry `{registry}` cannot be had: {why}")]
    Binding {
        /// The field.
        field: &'static str,
        /// The registry.
        registry: RegistryName,
        /// Why.
        why: String,
    },
}
