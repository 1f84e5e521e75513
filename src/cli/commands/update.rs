//! `stratiform update`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::{self, UpdateRequest};
use crate::registry::{Defaults, Supply, Update};
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
                .exit(Exit::Documents)
                .help("leave out `--locked`, or see what would move with `--dry-run`"),
        );
    }
    let project = invocation.project()?.checked();
    let project = project.map_err(|error| invocation.failed(error))?;
    invocation
        .output
        .diagnostics(&project.diagnostics, &invocation.sources);
    let moved = invocation.supplied(&project.documents.root, |supply| {
        let supply = Supply {
            locked: false,
            ..supply
        };
        let request = UpdateRequest {
            name: arguments.name.as_deref(),
            dry_run: arguments.dry_run,
        };
        engine::update(&project, supply, request).map_err(|error| invocation.failed(error))
    })?;
    invocation
        .output
        .result(&shown(arguments, invocation, &moved))?;
    Ok(Exit::Done)
}

fn shown(arguments: &Arguments, invocation: &Invocation, moved: &[(Update, Defaults)]) -> String {
    if invocation.json {
        return format!(
            "{:#}\n",
            ui::update_json(moved, !arguments.dry_run && !moved.is_empty())
        );
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
