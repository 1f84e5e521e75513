//! `stratiform completions`

use clap::Args;
use clap_complete::Shell;

use crate::cli::args::command;
use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

#[derive(Args, Debug)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "stratiform", &mut text);
    invocation.output.result(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
