//! The command line: arguments, one file per command, exit codes, how errors look.
//!
//! Standard output carries the result, standard error the progress and what went wrong. The exit codes stand in
//! [`Exit`].

mod args;
mod ask;
mod commands;
mod common;
mod exit;
mod failure;
mod output;

use std::process::ExitCode;

pub use exit::Exit;

/// The program: reads the arguments, does what they say, and gives the exit code.
pub fn main() -> ExitCode {
    args::run()
}
