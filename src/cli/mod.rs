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
    // Whoever has a pool of threads already keeps it.
    let _ = rayon::ThreadPoolBuilder::new()
        .stack_size(common::STACK)
        .build_global();
    let program = std::thread::Builder::new()
        .stack_size(common::STACK)
        .spawn(args::run);
    match program.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit,
        // What panicked has said so.
        Ok(Err(_)) => Exit::Failed.into(),
        Err(_) => args::run(),
    }
}
