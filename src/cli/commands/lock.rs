//! `stratiform lock`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::registry::{Lock, LockKey, Locked};

#[derive(Args, Debug)]
pub struct Arguments {}

pub fn run(_: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    // Building the workspace pins what is not pinned yet and drops what nobody asks for any more.
    let workspace = invocation.workspace(invocation.project()?)?;
    let lock = Lock::load(workspace.root(), &invocation.sources);
    let lock = lock
        .map_err(|problems| invocation.failed(crate::engine::EngineError::Documents(problems)))?;
    let text = if invocation.json {
        let all: Vec<_> = lock.iter().map(described).collect();
        format!("{:#}\n", serde_json::Value::from(all))
    } else {
        let line = |(key, locked): (&LockKey, &Locked)| {
            let (registry, name, asked) = (&key.registry, &key.name, &key.requirement);
            format!("{registry}/{name} {asked} -> {}\n", locked.version)
        };
        lock.iter().map(line).collect()
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

fn described((key, locked): (&LockKey, &Locked)) -> serde_json::Value {
    serde_json::json!({
        "kind": key.kind.as_str(),
        "registry": key.registry,
        "name": key.name,
        "requirement": key.requirement,
        "version": locked.version,
        "digest": locked.digest.to_string(),
        "archive": locked.fetched.as_ref().map(|fetched| fetched.archive.to_string()),
        "commit": locked.fetched.as_ref().and_then(|fetched| fetched.commit.clone()),
    })
}
