//! `stratiform registry cache`

use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::HumanBytes;
use serde_json::json;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::remote::RemoteError;
use crate::remote::cache::{Cache, Pruned, Pruning};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell where the cache is, and how much is in it
    Show,
    /// Remove what no project has used for a while; what is needed again is fetched again
    Prune(Prune),
}

#[derive(Args, Debug)]
pub struct Prune {
    /// Remove what was not used for so long, such as 30d or 12h
    #[arg(long, value_name = "TIME", value_parser = crate::model::duration, default_value = "30d")]
    unused_for: Duration,
    /// Remove everything, however lately it was used
    #[arg(long, conflicts_with = "unused_for")]
    all: bool,
    /// Tell what would be removed, and leave it there
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(command: &Command, invocation: &Invocation) -> Result<Exit, Failure> {
    let folder = Cache::default_folder().map_err(RemoteError::from)?;
    let cache = Cache::open(&folder).map_err(RemoteError::from)?;
    let text = match command {
        Command::Show => show(&cache, invocation)?,
        Command::Prune(arguments) => prune(&cache, arguments, invocation)?,
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

fn show(cache: &Cache, invocation: &Invocation) -> Result<String, Failure> {
    let held = cache.holdings().map_err(RemoteError::from)?;
    let folder = cache.folder();
    Ok(if invocation.json {
        let told = json!({ "folder": folder, "entries": held.entries, "bytes": held.bytes });
        format!("{told:#}\n")
    } else {
        format!(
            "{}: {} in {}\n",
            folder.display(),
            HumanBytes(held.bytes),
            counted(held.entries, "archive or index", "archives and indexes")
        )
    })
}

fn prune(cache: &Cache, arguments: &Prune, invocation: &Invocation) -> Result<String, Failure> {
    let (unused_for, pruning) = (
        if arguments.all {
            Duration::ZERO
        } else {
            arguments.unused_for
        },
        if arguments.dry_run {
            Pruning::Count
        } else {
            Pruning::Remove
        },
    );
    let pruned = cache.prune(unused_for, pruning);
    let Pruned { files, bytes } = pruned.map_err(RemoteError::from)?;
    let folder = cache.folder();
    Ok(if invocation.json {
        let dry_run = arguments.dry_run;
        let told = json!({ "folder": folder, "files": files, "bytes": bytes, "dryRun": dry_run });
        format!("{told:#}\n")
    } else {
        let done = match pruning {
            Pruning::Remove => "Removed",
            Pruning::Count => "Would remove",
        };
        let files = counted(files, "file", "files");
        let bytes = HumanBytes(bytes);
        format!("{done} {files} with {bytes} from {}.\n", folder.display())
    })
}

fn counted(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
