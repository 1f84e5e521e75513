//! `stratiform pack push`

use std::path::PathBuf;

use clap::Args;

use crate::cli::commands::registry::remote::{endpoint, find};
use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::EngineError;
use crate::model::RegistryKind;
use crate::registry::artifact;
use crate::remote::credentials::Credentials;
use crate::remote::oci;

#[derive(Args, Debug)]
pub struct Arguments {
    /// A pack's folder or its archive, or the archive of a chart
    path: PathBuf,
    /// The OCI registry that it goes to
    registry: String,
    /// Replace the version when it is there with other content
    #[arg(long)]
    force: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let (root, registry) = find(&arguments.registry, invocation)?;
    let RegistryKind::Oci { packs, .. } = &registry.kind else {
        let name = &registry.name;
        return Err(Failure::new(format!(
            "registry `{name}` is not of the type `oci`, and only those can be pushed to"
        )));
    };
    let artifact = artifact(&arguments.path, &invocation.sources)
        .map_err(|problems| invocation.failed(EngineError::Documents(problems)))?;
    let credentials = Credentials::of_process();
    let endpoint = endpoint(&registry, &registry.access, &root, &credentials, invocation)?;
    let pushed = oci::push(&endpoint, packs, &artifact, arguments.force)?;
    let text = if invocation.json {
        let told = serde_json::json!({
            "kind": artifact.item.kind.as_str(),
            "reference": pushed.reference,
            "archive": pushed.archive,
            "manifest": pushed.manifest,
        });
        format!("{told:#}\n")
    } else {
        let done = match pushed.manifest {
            Some(_) => "Pushed",
            None => "Already there:",
        };
        let (kind, name) = (artifact.item.kind, &artifact.item.name);
        let (version, reference) = (&artifact.version, &pushed.reference);
        format!(
            "{done} {kind} {name} {version}, {reference}, {}.\n",
            pushed.archive
        )
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
