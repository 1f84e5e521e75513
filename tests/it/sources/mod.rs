//! Helm repositories and git repositories as sources: served by real servers, and beside the real helm.

mod elsewhere;
mod git;
mod helm;

use std::path::Path;
use std::sync::Arc;

use stratiform::model::{Access, RegistryName};
use stratiform::remote::cache::Cache;
use stratiform::remote::credentials::{Credentials, Environment};
use stratiform::remote::{Item, ItemKind, Network};

use crate::support::Sandbox;

/// What a program has that has just been started.
struct Started {
    network: Arc<Network>,
    cache: Cache,
    credentials: Credentials,
    registry: RegistryName,
}

impl Started {
    /// With a cache in a folder of the sandbox.
    fn new(sandbox: &Sandbox, cache: &str) -> Self {
        Self {
            network: Network::new(false),
            cache: Cache::open(&sandbox.path(cache)).expect("a folder can be made"),
            credentials: Credentials::new(Environment::default()),
            registry: RegistryName::new("trial").expect("it is a name"),
        }
    }
}

/// Credentials for the registry, from the environment.
fn credentials((name, password): (&str, &str)) -> Credentials {
    let variables = [("USERNAME", name), ("PASSWORD", password)];
    let variables = variables.map(|(end, text)| (format!("STRATIFORM_REGISTRY_TRIAL_{end}"), text));
    Credentials::new(variables.into_iter().collect())
}

/// Access without encryption.
fn plain() -> Access {
    Access {
        plain_http: true,
        ..Access::default()
    }
}

fn item(kind: ItemKind, name: &str) -> Item {
    Item {
        kind,
        name: name.into(),
    }
}

/// Nothing is relative to it in these tests.
fn root() -> &'static Path {
    Path::new("/")
}
