//! `stratiform drift`

use clap::{Args, ValueEnum};

use crate::cli::common::{Invocation, Selecting, runtime};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::{DriftRequest, drift};
use crate::ui;

#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    selecting: Selecting,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Take what is not ours as drift as well
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Vec<FailOn>,
    /// Show everything in full
    #[arg(long)]
    expand: bool,
    /// How many clusters are looked at at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    parallelism: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Human,
    Json,
    Prometheus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Unmanaged,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project()?;
    let request = DriftRequest {
        selection: arguments.selecting.selection(invocation)?,
        parallelism: arguments.parallelism.map_or(0, usize::from),
    };
    let report = runtime()?
        .block_on(drift(&project, request))
        .map_err(|error| invocation.failed(error))?;
    let format = if invocation.json {
        Format::Json
    } else {
        arguments.format
    };
    let output = invocation.output;
    let text = match format {
        Format::Human => {
            let view = ui::View {
                colour: output.colour,
                width: output.width,
                expand: arguments.expand,
            };
            ui::drift_human(&report, &view)
        }
        Format::Json => format!("{:#}\n", ui::drift_json(&report)),
        Format::Prometheus => ui::drift_prometheus(&report),
    };
    output.result(&text)?;
    let fail_on_unmanaged = arguments.fail_on.contains(&FailOn::Unmanaged);
    let drifted = report
        .clusters
        .iter()
        .any(|cluster| cluster.has_drift() || (fail_on_unmanaged && !cluster.unmanaged.is_empty()));
    let unreachable = report
        .clusters
        .iter()
        .any(|cluster| cluster.unreachable.is_some());
    Ok(match (drifted, unreachable) {
        (true, _) => Exit::Changes,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Done,
    })
}
