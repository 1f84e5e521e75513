//! `stratiform history`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::state::{Mode, Store};
use crate::ui;

#[derive(Args, Debug)]
pub struct Arguments {
    /// Only revisions that changed this cluster
    #[arg(value_name = "CLUSTER")]
    name: Option<String>,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project()?;
    let key = project.key().map_err(|error| invocation.failed(error))?;
    let mut store = project
        .store(Mode::Read, &key)
        .map_err(|error| invocation.failed(error))?;
    let mut revisions = store.revisions()?;
    if let Some(name) = &arguments.name {
        revisions.retain(|revision| {
            revision
                .clusters
                .iter()
                .any(|(cluster, _)| cluster.as_str() == name)
        });
    }
    let output = invocation.output;
    let text = if invocation.json {
        format!("{:#}\n", ui::history_json(&revisions))
    } else {
        ui::history_human(
            &revisions,
            &ui::View {
                colour: output.colour,
                width: output.width,
                expand: false,
            },
        )
    };
    output.result(&text)?;
    Ok(Exit::Done)
}
