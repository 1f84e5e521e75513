//! The registry that a command names, and how its requests are sent.

use std::path::{Path, PathBuf};

use crate::cli::common::Invocation;
use crate::cli::failure::Failure;
use crate::model::{Access, Registry, RegistryKind};
use crate::registry::builtin;
use crate::remote::Network;
use crate::remote::credentials::Credentials;
use crate::remote::http::Endpoint;

/// A registry of the project, or one that is built in, and the folder that its files are relative to.
///
/// # Errors
/// When there is none of that name.
pub(in crate::cli::commands) fn find(
    name: &str,
    invocation: &Invocation,
) -> Result<(PathBuf, Registry), Failure> {
    let project = invocation.project_if_any()?;
    let (root, own) = match project {
        Some(project) => {
            let documents = project.documents;
            (documents.root.clone(), documents.registries)
        }
        None => (invocation.folder.clone(), Vec::new()),
    };
    let mut all = own.into_iter().chain(builtin(&invocation.sources));
    let found = all.find(|registry| registry.name.as_str() == name);
    let found = found.ok_or_else(|| {
        Failure::new(format!("there is no registry `{name}`"))
            .help("`stratiform registry list` shows all of them")
    })?;
    Ok((root, found))
}

/// Where the requests to a registry go. `access` stands in place of the registry's own.
///
/// # Errors
/// When it is of a kind that no requests are sent to by us, or its address is none.
pub(in crate::cli::commands) fn endpoint(
    registry: &Registry,
    access: &Access,
    root: &Path,
    credentials: &Credentials,
    invocation: &Invocation,
) -> Result<Endpoint, Failure> {
    let name = &registry.name;
    let url = match &registry.kind {
        RegistryKind::Helm { url } | RegistryKind::Oci { url, .. } => url,
        RegistryKind::Directory { .. } => {
            return Err(Failure::new(format!(
                "registry `{name}` is a folder, which wants no credentials"
            )));
        }
        RegistryKind::Git { .. } => {
            let failure =
                format!("registry `{name}` is a git repository, and git keeps its credentials");
            return Err(Failure::new(failure).help("see `git help credentials`"));
        }
    };
    let network = Network::new(invocation.offline);
    Ok(Endpoint::new(
        &network,
        url,
        access,
        root,
        name,
        credentials,
    )?)
}
