//! The arguments of the program.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use crate::diag::Sources;

use super::commands::{
    apply, completions, destroy, drift, graph, history, import, init, lock, pack, plan, profile,
    registry, render, rollback, schema, show, state, update, validate, vendor,
};
use super::common::Invocation;
use super::exit::Exit;
use super::failure::Failure;
use super::output::Output;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Plan and apply for Kubernetes cluster profiles.
#[derive(Debug, Parser)]
#[command(name = "stratiform", version, about, styles = STYLES, max_term_width = 100)]
#[command(after_help = "\
Exit codes: 0 done or nothing to do, 1 failed, 2 there are changes or drift, 3 the documents are wrong,
4 the state is locked or a plan is stale, 130 interrupted")]
pub struct Arguments {
    /// The project's folder, or one below it
    #[arg(
        short = 'C',
        long,
        value_name = "DIR",
        global = true,
        default_value = "."
    )]
    chdir: PathBuf,
    /// Write the result as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Write no colours
    #[arg(long, global = true)]
    no_color: bool,
    /// Leave the network alone: what is missing in the cache is an error
    #[arg(long, global = true, env = "STRATIFORM_OFFLINE", value_parser = clap::builder::FalseyValueParser::new())]
    offline: bool,
    /// Fail when stratiform.lock would change, or something is not what is locked there
    #[arg(long, global = true)]
    locked: bool,
    /// Tell more of what is done; twice for still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a small working project
    Init(init::Arguments),
    /// Check all documents, packs and stacks
    Validate(validate::Arguments),
    /// Show what apply would change, and why
    Plan(plan::Arguments),
    /// Change the targets to what the documents say
    Apply(apply::Arguments),
    /// Delete everything that was applied, and nothing else
    Destroy(destroy::Arguments),
    /// Show what has changed on the targets behind our back
    Drift(drift::Arguments),
    /// Print the objects of clusters, of a pack, or of a Helm chart as `helm template` prints them
    Render(Box<render::Arguments>),
    /// Show a saved plan, or a cluster's stack
    Show(show::Arguments),
    /// Draw the layers of clusters and what they depend on
    Graph(graph::Arguments),
    /// List what was applied, and when
    History(history::Arguments),
    /// Bring a cluster back to what an earlier revision applied
    Rollback(rollback::Arguments),
    /// Take over what Helm installed on a cluster, without changing anything there
    Import(import::Arguments),
    /// Look into the state, and mend it
    #[command(subcommand)]
    State(state::Command),
    /// List and show cluster profiles
    #[command(subcommand)]
    Profile(profile::Command),
    /// List, show, pull and check packs
    #[command(subcommand)]
    Pack(pack::Command),
    /// List registries, search them, add and remove them
    #[command(subcommand)]
    Registry(registry::Command),
    /// Pin the version of every pack and chart in stratiform.lock
    Lock(lock::Arguments),
    /// Move pinned versions to the newest that match, and show what that changes
    Update(update::Arguments),
    /// Copy all pinned packs and charts into the project, with the list of container images, for air gaps
    Vendor(vendor::Arguments),
    /// Print the JSON Schema of the documents, of a plan or of a drift report
    Schema(schema::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

/// Reads the arguments, does what they say, and gives the exit code.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap writes help and versions to standard output, mistakes to standard error.
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Failed
            } else {
                Exit::Done
            };
            return exit.into();
        }
    };
    let output = Output::detect(arguments.no_color);
    trace(arguments.verbose, &output);
    let invocation = Invocation {
        folder: arguments.chdir,
        json: arguments.json,
        offline: arguments.offline,
        locked: arguments.locked,
        output,
        sources: Arc::new(Sources::default()),
    };
    let exit = dispatch(arguments.command, &invocation)
        .unwrap_or_else(|failure| failure.report(&invocation.output));
    exit.into()
}

fn dispatch(command: Command, invocation: &Invocation) -> Result<Exit, Failure> {
    match command {
        Command::Init(arguments) => init::run(&arguments, invocation),
        Command::Validate(arguments) => validate::run(&arguments, invocation),
        Command::Plan(arguments) => plan::run(&arguments, invocation),
        Command::Apply(arguments) => apply::run(&arguments, invocation),
        Command::Destroy(arguments) => destroy::run(&arguments, invocation),
        Command::Drift(arguments) => drift::run(&arguments, invocation),
        Command::Render(arguments) => render::run(&arguments, invocation),
        Command::Show(arguments) => show::run(&arguments, invocation),
        Command::Graph(arguments) => graph::run(&arguments, invocation),
        Command::History(arguments) => history::run(&arguments, invocation),
        Command::Rollback(arguments) => rollback::run(&arguments, invocation),
        Command::Import(arguments) => import::run(&arguments, invocation),
        Command::State(command) => state::run(&command, invocation),
        Command::Profile(command) => profile::run(&command, invocation),
        Command::Pack(command) => pack::run(&command, invocation),
        Command::Registry(command) => registry::run(&command, invocation),
        Command::Lock(arguments) => lock::run(&arguments, invocation),
        Command::Update(arguments) => update::run(&arguments, invocation),
        Command::Vendor(arguments) => vendor::run(&arguments, invocation),
        Command::Schema(arguments) => schema::run(&arguments, invocation),
        Command::Completions(arguments) => completions::run(&arguments, invocation),
    }
}

/// Sends what rooms trace to standard error: warnings, and with `-v` and `-vv` more.
fn trace(verbose: u8, output: &Output) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(output.error_colour)
        .with_target(false)
        .without_time()
        .with_writer(std::io::stderr)
        .init();
}

/// The whole command line, for completions.
pub fn command() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_holds_together() {
        super::command().debug_assert();
    }
}
