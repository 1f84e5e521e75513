//! `stratiform pack`

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::has_errors;
use crate::engine::EngineError;
use crate::registry::{Registries, lint};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the packs of the project's registries
    List,
    /// Say what is wrong or doubtful about packs in folders
    Lint {
        /// The packs' folders
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
}

pub fn run(command: &Command, invocation: &Invocation) -> Result<Exit, Failure> {
    match command {
        Command::List => list(invocation),
        Command::Lint { folders } => {
            let mut wrong = 0;
            for folder in folders {
                let found = lint(folder, &invocation.sources);
                invocation.output.diagnostics(&found, &invocation.sources);
                let (errors, warnings) = (
                    found.iter().filter(|one| one.is_error()).count(),
                    found.len(),
                );
                let verdict = match (errors, warnings) {
                    (_, 0) => "fine".to_owned(),
                    (errors, all) => format!("{errors} errors, {} warnings", all - errors),
                };
                wrong += usize::from(has_errors(&found));
                invocation
                    .output
                    .result(&format!("{}: {verdict}\n", folder.display()))?;
            }
            Ok(if wrong > 0 {
                Exit::Documents
            } else {
                Exit::Done
            })
        }
    }
}

fn list(invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation
        .project()?
        .checked()
        .map_err(|error| invocation.failed(error))?;
    let documents = &project.documents;
    let registries = Registries::open(&documents.root, &documents.registries, &invocation.sources);
    let listed = registries
        .map_err(|problems| invocation.failed(EngineError::Documents(problems)))?
        .list();
    let text = if invocation.json {
        let one = |pack: &crate::registry::Listed| {
            serde_json::json!({
                "registry": pack.registry,
                "name": pack.name,
                "displayName": pack.display_name,
                "category": pack.category,
                "versions": pack.versions,
            })
        };
        format!(
            "{:#}\n",
            serde_json::Value::from(listed.iter().map(one).collect::<Vec<_>>())
        )
    } else {
        let line = |pack: &crate::registry::Listed| {
            let versions: Vec<&str> = pack
                .versions
                .iter()
                .map(crate::model::Version::as_str)
                .collect();
            let (registry, name, category) = (&pack.registry, &pack.name, &pack.category);
            format!(
                "{registry:<16} {name:<32} {category:<14} {}\n",
                versions.join(", ")
            )
        };
        listed.iter().map(line).collect()
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
