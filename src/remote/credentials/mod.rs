//! Names, passwords and tokens: where they come from when no document has them, and where `registry login` puts them.
//!
//! They are kept where Docker and Helm keep theirs, so that whoever has logged in with those programs has with ours:
//! those of OCI registries in `config.json`, or in the program that it names; those of Helm repositories in
//! `repositories.yaml`.

mod credential;
mod docker;
mod environment;
mod error;
mod file;
mod given;
mod helm;
mod helper;

use std::sync::Arc;

use url::Url;

use crate::model::RegistryName;

pub use credential::{Credential, Known, Secret};
pub use environment::Environment;
pub use error::CredentialsError;
pub use given::given;

use docker::DockerConfig;
use helm::HelmRepositories;

/// What credentials are kept for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An OCI registry.
    Oci {
        /// Its host, with a port when it is not the usual one.
        host: String,
        /// What stands after the host, without slashes around it.
        path: String,
    },
    /// A Helm repository.
    Helm {
        /// Its address.
        url: Url,
    },
}

impl Place {
    /// The OCI registry at an address.
    pub fn oci(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        Self::Oci {
            host: match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            },
            path: url.path().trim_matches('/').to_owned(),
        }
    }

    /// The Helm repository at an address.
    pub fn helm(url: &Url) -> Self {
        Self::Helm { url: url.clone() }
    }
}

/// Where credentials come from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Credentials(Arc<Kept>);

#[derive(Debug)]
enum Kept {
    /// Where an environment says.
    Environment(Environment),
    /// Nowhere: this one is tried.
    Only(Option<Known>),
}

impl Credentials {
    /// Those that the process's environment leads to.
    pub fn of_process() -> Self {
        Self::new(Environment::of_process())
    }

    /// Those that an environment leads to.
    pub fn new(environment: Environment) -> Self {
        Self(Arc::new(Kept::Environment(environment)))
    }

    /// Only this one, for every registry: to try it before it is kept.
    pub fn only(credential: Option<Credential>) -> Self {
        Self(Arc::new(Kept::Only(credential.map(Known::from))))
    }

    /// Those that are not a registry's own: without what its environment variables say.
    #[must_use]
    pub fn of_others(&self, registry: &RegistryName) -> Self {
        match &*self.0 {
            Kept::Environment(environment) => {
                Self::new(environment.without(&format!("{}_", variable(registry))))
            }
            Kept::Only(_) => Self::only(None),
        }
    }

    /// What is known for a registry: from its environment variables, and then from where Helm and Docker keep it.
    ///
    /// # Errors
    /// When a file that should tell cannot be read.
    pub fn find(
        &self,
        registry: &RegistryName,
        place: &Place,
    ) -> Result<Option<Known>, CredentialsError> {
        let environment = match &*self.0 {
            Kept::Environment(environment) => environment,
            Kept::Only(known) => return Ok(known.clone()),
        };
        if let Some(credential) = in_variables(environment, registry)? {
            return Ok(Some(credential.into()));
        }
        match place {
            Place::Oci { host, path } => {
                let files = [environment.helm_registries(), environment.docker_config()];
                for file in files.into_iter().flatten() {
                    let config = DockerConfig::read(file, environment)?;
                    if let Some(found) = config.find(host, path)? {
                        return Ok(Some(found.into()));
                    }
                }
                Ok(None)
            }
            Place::Helm { url } => match environment.helm_repositories() {
                Some(file) => Ok(HelmRepositories::read(file)?.find(url)),
                None => Ok(None),
            },
        }
    }

    /// Keeps a credential: for an OCI registry where Docker keeps it, for a Helm repository where Helm does. Says where.
    ///
    /// # Errors
    /// When that place does not take it.
    pub fn store(
        &self,
        registry: &RegistryName,
        place: &Place,
        credential: &Credential,
    ) -> Result<String, CredentialsError> {
        let environment = self.environment()?;
        match place {
            Place::Oci { host, .. } => {
                let file = environment.docker_config();
                let file = file.ok_or(CredentialsError::NoHome)?;
                let place = DockerConfig::read(file, environment)?.store(host, credential)?;
                let Some(file) = environment.helm_registries() else {
                    return Ok(place);
                };
                // What Helm's login has kept comes first, so that it must not stay what it was.
                let helm = DockerConfig::read(file, environment)?;
                if helm.find(host, "")?.is_none() {
                    return Ok(place);
                }
                Ok(format!("{place} and {}", helm.store(host, credential)?))
            }
            Place::Helm { url } => {
                let file = environment.helm_repositories();
                HelmRepositories::read(file.ok_or(CredentialsError::NoHome)?)?
                    .store(registry, url, credential)
            }
        }
    }

    /// Forgets the credential that was kept for a registry. Says where it was; nothing when none was.
    ///
    /// # Errors
    /// When the place cannot be read or written.
    pub fn erase(&self, place: &Place) -> Result<Option<String>, CredentialsError> {
        let environment = self.environment()?;
        match place {
            Place::Oci { host, .. } => {
                let mut from = Vec::new();
                let files = [environment.helm_registries(), environment.docker_config()];
                for file in files.into_iter().flatten() {
                    from.extend(DockerConfig::read(file, environment)?.erase(host)?);
                }
                Ok((!from.is_empty()).then(|| from.join(" and ")))
            }
            Place::Helm { url } => match environment.helm_repositories() {
                Some(file) => HelmRepositories::read(file)?.erase(url),
                None => Ok(None),
            },
        }
    }

    /// What the environment variables of a registry say, for those whose credentials others keep.
    ///
    /// # Errors
    /// When one of name and password is missing.
    pub fn in_environment(
        &self,
        registry: &RegistryName,
    ) -> Result<Option<Credential>, CredentialsError> {
        match &*self.0 {
            Kept::Environment(environment) => in_variables(environment, registry),
            Kept::Only(_) => Ok(None),
        }
    }

    fn environment(&self) -> Result<&Environment, CredentialsError> {
        match &*self.0 {
            Kept::Environment(environment) => Ok(environment),
            Kept::Only(_) => Err(CredentialsError::NoHome),
        }
    }
}

/// How the environment variables of a registry begin.
pub fn variable(registry: &RegistryName) -> String {
    let name = registry.to_string().to_uppercase().replace(['-', '.'], "_");
    format!("STRATIFORM_REGISTRY_{name}")
}

fn in_variables(
    environment: &Environment,
    registry: &RegistryName,
) -> Result<Option<Credential>, CredentialsError> {
    let prefix = variable(registry);
    let get = |end: &str| environment.text(&format!("{prefix}_{end}"));
    if let Some(token) = get("TOKEN") {
        return Ok(Some(Credential::Bearer(Secret::new(token))));
    }
    match (get("USERNAME"), get("PASSWORD")) {
        (Some(username), Some(password)) => Ok(Some(Credential::basic(username, password))),
        (None, None) => Ok(None),
        (username, _) => Err(CredentialsError::HalfSet {
            given: format!(
                "{prefix}_{}",
                if username.is_some() {
                    "USERNAME"
                } else {
                    "PASSWORD"
                }
            ),
            missing: format!(
                "{prefix}_{}",
                if username.is_some() {
                    "PASSWORD"
                } else {
                    "USERNAME"
                }
            ),
        }),
    }
}

#[cfg(test)]
mod tests;
