//! `stratiform lock`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::registry::Lock;

#[derive(Args, Debug)]
pub struct Arguments {}

pub fn run(_: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    // Building the workspace pins what is not pinned yet and drops what nobody asks for any more.
    let workspace = invocation.workspace(invocation.project()?)?;
    let lock = Lock::load(workspace.root(), &invocation.sources);
    let lock = lock
        .map_err(|problems| invocation.failed(crate::engine::EngineError::Documents(problems)))?;
    let mut text = String::new();
    for (key, locked) in lock.iter() {
        text += &format!(
            "{}/{} {} -> {}\n",
            key.registry, key.name, key.requirement, locked.version
        );
    }
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
