//! `stratiform update`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::EngineError;
use crate::registry::{Defaults, Registries, Supply, Update};
use crate::ui;

#[derive(Args, Debug)]
pub struct Arguments {
    /// Only the pins of this pack or chart
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Only say what would move
    #[arg(long)]
    dry_run: bool,
    /// Show long differences to their end
    #[arg(long, visible_alias = "full")]
    expand: bool,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    if invocation.locked && !arguments.dry_run {
        return Err(
            Failure::new("an update changes the lock file, and `--locked` forbids that")
                .help("leave out `--locked`, or see what would move with `--dry-run`"),
        );
    }
    // Building the workspace pins what is not pinned yet.
    let workspace = invocation.workspace(invocation.project()?)?;
    let documents = &workspace.project.documents;
    invocation.supplied(&documents.root, |supply| {
        let supply = Supply {
            locked: false,
            ..supply
        };
        let wrong = |problems| invocation.failed(EngineError::Documents(problems));
        let (root, registries) = (&documents.root, &documents.registries);
        let registries = Registries::open(root, registries, supply, &invocation.sources);
        let registries = registries.map_err(wrong)?;
        let updates = registries
            .updates(arguments.name.as_deref())
            .map_err(wrong)?;
        let moved = registries.all_defaults(&updates).map_err(wrong)?;
        if !arguments.dry_run && !updates.is_empty() {
            registries.move_pins(&updates).map_err(wrong)?;
            registries.lock().save()?;
        }
        invocation
            .output
            .result(&shown(arguments, invocation, &moved))?;
        Ok(Exit::Done)
    })
}

fn shown(arguments: &Arguments, invocation: &Invocation, moved: &[(Update, Defaults)]) -> String {
    if invocation.json {
        return format!("{:#}\n", ui::update_json(moved, !arguments.dry_run));
    }
    if moved.is_empty() {
        return "Every pin is at the newest version that matches.\n".to_owned();
    }
    let view = invocation.output.view(arguments.expand);
    let mut text = ui::update_human(moved, &view);
    text += if arguments.dry_run {
        "\nNothing was moved.\n"
    } else {
        "\nMoved. See what that changes with: stratiform plan\n"
    };
    text
}
