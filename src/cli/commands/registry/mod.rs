//! `stratiform registry`

mod add;
mod cache;
mod list;
mod login;
mod logout;
mod project;
pub(super) mod remote;
mod remove;
mod search;

use clap::Subcommand;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the registries of the project, and those that are built in
    List,
    /// Write a document for a registry
    Add(Box<add::Arguments>),
    /// Take the document of a registry away
    Remove(remove::Arguments),
    /// Try name and password of a registry, and keep them where Docker or Helm keeps theirs
    Login(login::Arguments),
    /// Forget what login has kept
    Logout(logout::Arguments),
    /// Look for packs and charts by name and description
    Search(search::Arguments),
    /// Look at what has come from registries, and make room
    #[command(subcommand)]
    Cache(cache::Command),
}

pub fn run(command: &Command, invocation: &Invocation) -> Result<Exit, Failure> {
    match command {
        Command::List => list::run(invocation),
        Command::Add(arguments) => add::run(arguments, invocation),
        Command::Remove(arguments) => remove::run(arguments, invocation),
        Command::Login(arguments) => login::run(arguments, invocation),
        Command::Logout(arguments) => logout::run(arguments, invocation),
        Command::Search(arguments) => search::run(arguments, invocation),
        Command::Cache(command) => cache::run(command, invocation),
    }
}
