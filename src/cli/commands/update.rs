//! `stratiform update`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::EngineError;
use crate::registry::Registries;

#[derive(Args, Debug)]
pub struct Arguments {
    /// Only the pins of this pack
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Only say what would move
    #[arg(long)]
    dry_run: bool,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    // Building the workspace pins what is not pinned yet.
    let workspace = invocation.workspace(invocation.project()?)?;
    let documents = &workspace.project.documents;
    let wrong = |problems| invocation.failed(EngineError::Documents(problems));
    let registries = Registries::open(&documents.root, &documents.registries, &invocation.sources)
        .map_err(wrong)?;
    let updates = registries
        .updates(arguments.name.as_deref())
        .map_err(wrong)?;
    let mut text = String::new();
    for update in &updates {
        text += &format!(
            "{}/{} {}: {} -> {}\n",
            update.registry, update.name, update.requirement, update.from, update.to
        );
    }
    if updates.is_empty() {
        text += "Every pin is at the newest version that matches.\n";
    } else if arguments.dry_run {
        text += "Nothing was moved.\n";
    } else {
        registries.move_pins(&updates).map_err(wrong)?;
        registries.lock().save()?;
        text += "Moved. See what that changes with: stratiform plan\n";
    }
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
