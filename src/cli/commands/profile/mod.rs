//! `stratiform profile`

mod diff;
mod export;
mod import;
mod list;
mod show;

use std::sync::Arc;

use clap::Subcommand;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::documents::Documents;
use crate::engine::{Profiles, profile_named};
use crate::model::Profile;
use crate::ui::View;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all profiles with their versions, and how many clusters use them
    List,
    /// Show the layers and variables of a profile
    Show(show::Arguments),
    /// Compare two profiles, or two versions of one, layer by layer
    Diff(diff::Arguments),
    /// Turn a profile that Palette exported into documents
    Import(import::Arguments),
    /// Print a profile as Palette imports it, with sensitive values masked
    Export(export::Arguments),
}

pub fn run(command: &Command, invocation: &Invocation) -> Result<Exit, Failure> {
    match command {
        Command::List => list::run(invocation),
        Command::Show(arguments) => show::run(arguments, invocation),
        Command::Diff(arguments) => diff::run(arguments, invocation),
        Command::Import(arguments) => import::run(arguments, invocation),
        Command::Export(arguments) => export::run(arguments, invocation),
    }
}

/// The profile that `NAME` or `NAME@VERSION` means.
fn named<'d>(documents: &'d Documents, reference: &str) -> Result<&'d Arc<Profile>, Failure> {
    profile_named(documents, reference).map_err(|(why, help)| Failure::new(why).help(help))
}

/// The profiles with what they are made of; what is odd about them is told.
fn profiles(invocation: &Invocation) -> Result<Profiles, Failure> {
    let project = invocation.project()?;
    let root = project.documents.root.clone();
    let profiles = invocation.supplied(&root, |supply| {
        Profiles::open(project, supply).map_err(|error| invocation.failed(error))
    })?;
    invocation
        .output
        .diagnostics(&profiles.warnings, &invocation.sources);
    Ok(profiles)
}

fn view(invocation: &Invocation, expand: bool) -> View {
    View {
        colour: invocation.output.colour,
        width: invocation.output.width,
        expand,
    }
}
