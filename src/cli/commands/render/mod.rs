//! `stratiform render`

mod chart;
mod pack;
mod project;

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::{Invocation, Selecting};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Three commands in one: a chart as `helm template` renders it, a pack as a layer would, or the project's clusters.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Render this chart, a folder or an archive, and print what `helm template` prints
    #[arg(long, value_name = "PATH", conflicts_with = "pack")]
    chart: Option<PathBuf>,
    /// Render the pack in this folder, as a layer would
    #[arg(long, value_name = "DIR")]
    pack: Option<PathBuf>,
    #[command(flatten)]
    alone: Alone,
    #[command(flatten)]
    only_chart: chart::ChartOptions,
    #[command(flatten)]
    only_pack: pack::PackOptions,
    #[command(flatten)]
    selecting: Selecting,
    /// Write files into this folder, one an object, in place of printing (without --chart)
    #[arg(long, value_name = "DIR", conflicts_with = "chart")]
    output_dir: Option<PathBuf>,
}

/// What is said of a chart or a pack that is rendered without a project.
#[derive(Args, Debug)]
pub struct Alone {
    /// A file with values; may come several times, `-` is standard input (with --chart or --pack)
    #[arg(long = "values", short = 'f', value_name = "FILE")]
    values: Vec<PathBuf>,
    /// The namespace of objects that name none; a pack's own `pack.namespace` wins (with --chart or --pack)
    #[arg(long, short = 'n', value_name = "NS")]
    namespace: Option<String>,
    /// The version of Kubernetes that templates see (with --chart or --pack)
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// Further API versions that templates see (with --chart or --pack)
    #[arg(long, short = 'a', value_name = "VERSION", value_delimiter = ',')]
    api_versions: Vec<String>,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    match (&arguments.chart, &arguments.pack) {
        (Some(chart), _) => chart::run(chart, &arguments.alone, &arguments.only_chart, invocation),
        (None, Some(folder)) => pack::run(
            folder,
            &arguments.alone,
            &arguments.only_pack,
            arguments.output_dir.as_deref(),
            invocation,
        ),
        (None, None) => project::run(
            &arguments.selecting,
            arguments.output_dir.as_deref(),
            invocation,
        ),
    }
}

impl Alone {
    /// The texts of the values files, with the names that messages call them by.
    ///
    /// # Errors
    /// When a file cannot be read.
    fn texts(&self) -> Result<Vec<(String, String)>, Failure> {
        let read = |path: &PathBuf| {
            let name = path.display().to_string();
            let text = if name == "-" {
                std::io::read_to_string(std::io::stdin())
            } else {
                std::fs::read_to_string(path)
            };
            let cannot = |error| Failure::new(format!("cannot read the values in {name}: {error}"));
            Ok((name.clone(), text.map_err(cannot)?))
        };
        self.values.iter().map(read).collect()
    }
}
