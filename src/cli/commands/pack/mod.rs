//! `stratiform pack`

mod check;
mod list;
mod pull;
mod push;
mod show;

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::common::{Invocation, own_registries};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::EngineError;
use crate::model::{RegistryName, VersionReq};
use crate::registry::{Registries, Shown};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the packs of the project's registries
    List {
        /// Also those of the registries that are built in
        #[arg(long)]
        all: bool,
    },
    /// Show a pack or chart of a registry: what it is, its versions, presets, needs and values
    Show {
        /// What to show, as REGISTRY/NAME or REGISTRY/NAME@VERSION
        #[arg(value_name = "REGISTRY/NAME[@VERSION]")]
        what: Wanted,
    },
    /// Fetch a pack's folder or a chart's archive from a registry
    Pull {
        /// What to fetch, as REGISTRY/NAME or REGISTRY/NAME@VERSION
        #[arg(value_name = "REGISTRY/NAME[@VERSION]")]
        what: Wanted,
        /// The folder that it is put in
        #[arg(long, short, value_name = "DIR", default_value = ".")]
        output: PathBuf,
    },
    /// Give a pack or a chart to an OCI registry
    Push(push::Arguments),
    /// Say what is wrong or doubtful about packs in folders
    Lint {
        /// The packs' folders
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
}

pub fn run(command: &Command, invocation: &Invocation) -> Result<Exit, Failure> {
    match command {
        Command::List { all } => list::run(*all, invocation),
        Command::Show { what } => show::run(what, invocation),
        Command::Pull { what, output } => pull::run(what, output, invocation),
        Command::Push(arguments) => push::run(arguments, invocation),
        Command::Lint { folders } => check::run(folders, invocation),
    }
}

/// A pack or chart that somebody names.
#[derive(Clone, Debug)]
pub struct Wanted {
    registry: RegistryName,
    name: String,
    version: VersionReq,
}

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, version) = text.split_once('@').unwrap_or((text, "*"));
        let (registry, name) = path
            .split_once('/')
            .filter(|(_, name)| !name.is_empty() && !name.contains('/'))
            .ok_or("write it as REGISTRY/NAME or REGISTRY/NAME@VERSION")?;
        Ok(Self {
            registry: RegistryName::new(registry).map_err(|error| error.to_string())?,
            name: name.to_owned(),
            version: VersionReq::new(version).map_err(|error| error.to_string())?,
        })
    }
}

/// Looks at what somebody names, in a project or without one, and does something with it.
fn with<T>(
    wanted: &Wanted,
    invocation: &Invocation,
    work: impl FnOnce(&Registries<'_>, &Shown) -> Result<T, EngineError>,
) -> Result<T, Failure> {
    let project = invocation.project_if_any()?;
    let (root, own) = own_registries(project.as_ref());
    invocation.supplied(root, |supply| {
        let done = Registries::open(root, own, supply, &invocation.sources)
            .and_then(|registries| {
                let shown = registries.look(&wanted.registry, &wanted.name, &wanted.version)?;
                Ok(work(&registries, &shown))
            })
            .map_err(EngineError::Documents);
        done.flatten().map_err(|error| invocation.failed(error))
    })
}
