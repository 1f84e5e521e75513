//! How the program ends.

use std::process::ExitCode;

/// How the program ends. One table for all commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Something failed.
    Failed = 1,
    /// There are changes (`plan --detailed-exitcode`) or drift (`drift`).
    Changes = 2,
    /// The documents are wrong.
    Documents = 3,
    /// The state is locked, or a plan is stale.
    State = 4,
    /// The user interrupted it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
