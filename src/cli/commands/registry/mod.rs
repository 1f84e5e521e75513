//! `stratiform registry`

use clap::Subcommand;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::model::RegistryKind;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the registries of the project
    List,
}

pub fn run(command: &Command, invocation: &Invocation) -> Result<Exit, Failure> {
    let Command::List = command;
    let project = invocation
        .project()?
        .checked()
        .map_err(|error| invocation.failed(error))?;
    let mut text = String::new();
    let mut all = Vec::new();
    for registry in &project.documents.registries {
        let RegistryKind::Directory { path } = &registry.kind else {
            continue;
        };
        text += &format!("{:<24} directory {}\n", registry.name, path.display());
        all.push(serde_json::json!({ "name": registry.name, "type": "directory", "path": path }));
    }
    if invocation.json {
        text = format!("{:#}\n", serde_json::Value::from(all));
    }
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
