//! `stratiform state`

mod rebuild;

pub(super) use rebuild::told;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use globset::{Glob, GlobMatcher};

use crate::cli::common::{Invocation, Locking, Selecting};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::LoadedProject;
use crate::state::{
    Address, Depth, Entry, Filter, Holder, Lock, LockStatus, Mode, SqliteStore, Store, backup,
    find, forget, list, rename, verify,
};
use crate::ui;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List clusters, layers or objects
    List(Listing),
    /// Show what the state knows of a cluster, layer or object
    Show {
        /// `CLUSTER`, `CLUSTER/LAYER` or `CLUSTER/LAYER/KIND/NAMESPACE/NAME`
        address: String,
    },
    /// Rename a cluster in the state; the target is not touched
    Mv {
        /// The old name
        from: String,
        /// The new name
        to: String,
        #[command(flatten)]
        locking: Locking,
    },
    /// Forget a cluster, layer or object; the target is not touched
    Rm {
        /// `CLUSTER`, `CLUSTER/LAYER` or `CLUSTER/LAYER/KIND/NAMESPACE/NAME`
        address: String,
        #[command(flatten)]
        locking: Locking,
    },
    /// Copy the state to another file, as it is at one moment
    Backup {
        /// A file that is not there yet
        file: PathBuf,
    },
    /// Make a lost state anew from the documents and from our marks on the targets, which are not touched
    Rebuild {
        #[command(flatten)]
        selecting: Selecting,
        #[command(flatten)]
        locking: Locking,
    },
    /// Look for damage in the state
    Verify,
    /// Say who holds the lock of the state
    Unlock,
}

/// What is listed.
#[derive(Args, Debug)]
pub struct Listing {
    /// How far down the list goes
    #[arg(long, value_enum, default_value_t)]
    depth: DepthArgument,
    /// Only these clusters, by name or glob
    #[arg(long, value_name = "NAME|GLOB")]
    cluster: Option<Glob>,
    /// Only these layers, by name or glob
    #[arg(long, value_name = "NAME|GLOB")]
    layer: Option<Glob>,
    /// Only objects of these kinds, by name or glob
    #[arg(long, value_name = "KIND|GLOB")]
    kind: Option<Glob>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum DepthArgument {
    Clusters,
    #[default]
    Layers,
    Objects,
}

pub fn run(command: &Command, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project()?;
    let state = project.state_path();
    match command {
        Command::List(listing) => listed(listing, &project, invocation),
        Command::Show { address } => shown(address, &project, invocation),
        Command::Mv { from, to, locking } => {
            let _session = invocation.lock(&project, "state mv", locking)?;
            let (from, to) = (from.parse::<Address>()?, to.parse::<Address>()?);
            if let Address::Layer(..) = from {
                return Err(in_folders(&from));
            }
            let mut store = open(&project, Mode::Write, invocation)?;
            rename(&mut store, &from, &to, &Holder::here("state mv").who())?;
            done(
                &format!("The state calls {from} {to} now. Nothing was touched on the target."),
                invocation,
            )
        }
        Command::Rm { address, locking } => {
            let _session = invocation.lock(&project, "state rm", locking)?;
            let address = address.parse::<Address>()?;
            let mut store = open(&project, Mode::Write, invocation)?;
            forget(&mut store, &address, &Holder::here("state rm").who())?;
            done(
                &format!("The state has forgotten {address}. Nothing was touched on the target."),
                invocation,
            )
        }
        Command::Backup { file } => {
            let store = SqliteStore::open(&state, Mode::Read)?;
            backup(&store, file)?;
            done(
                &format!(
                    "Copied the state to {}. Its key is not in it.",
                    file.display()
                ),
                invocation,
            )
        }
        Command::Rebuild { selecting, locking } => {
            rebuild::run(project, selecting, locking, invocation)
        }
        Command::Verify => {
            let store = SqliteStore::open(&state, Mode::Read)?;
            let findings = verify(&store)?;
            if findings.is_empty() {
                return done("The state is sound.", invocation);
            }
            let text: String = findings
                .iter()
                .map(|finding| format!("{finding}\n"))
                .collect();
            invocation.output.result(&text)?;
            Ok(Exit::Failed)
        }
        Command::Unlock => {
            let text = match Lock::status(&state)? {
                LockStatus::Free { left_by: None } => "Nobody holds the lock.".to_owned(),
                LockStatus::Free {
                    left_by: Some(holder),
                } => {
                    format!(
                        "Nobody holds the lock. {holder}: that process has ended, and its lock went with it."
                    )
                }
                LockStatus::Held(holder) => {
                    let who = holder.map_or_else(
                        || "a process that has not said who it is".to_owned(),
                        |holder| holder.to_string(),
                    );
                    let failure = Failure::new(format!("the lock is held by {who}"));
                    return Err(failure.help(
                        "it is free as soon as that process ends; stop the process if it hangs",
                    ));
                }
            };
            done(&text, invocation)
        }
    }
}

/// In a directory a layer is a folder, so that its files have to move with its name.
fn in_folders(layer: &Address) -> Failure {
    let failure = Failure::new(format!(
        "the files of {layer} stand in a folder with its name, and `state mv` touches no target"
    ));
    failure
        .help("write `moved: [{from: OLD, to: NEW}]` in the profile's spec; apply then moves them")
}

fn done(text: &str, invocation: &Invocation) -> Result<Exit, Failure> {
    invocation.output.result(&format!("{text}\n"))?;
    Ok(Exit::Done)
}

fn open(
    project: &LoadedProject,
    mode: Mode,
    invocation: &Invocation,
) -> Result<SqliteStore, Failure> {
    let key = project.key().map_err(|error| invocation.failed(error))?;
    project
        .store(mode, &key)
        .map_err(|error| invocation.failed(error))
}

fn listed(
    listing: &Listing,
    project: &LoadedProject,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    let matcher =
        |glob: &Option<Glob>| glob.as_ref().map(Glob::compile_matcher) as Option<GlobMatcher>;
    let filter = Filter {
        cluster: matcher(&listing.cluster),
        layer: matcher(&listing.layer),
        kind: matcher(&listing.kind),
    };
    let depth = match listing.depth {
        DepthArgument::Clusters => Depth::Clusters,
        DepthArgument::Layers => Depth::Layers,
        DepthArgument::Objects => Depth::Objects,
    };
    let snapshot = open(project, Mode::Read, invocation)?.snapshot()?;
    let found: Vec<String> = list(&snapshot, depth, &filter)
        .iter()
        .map(ToString::to_string)
        .collect();
    let text = if invocation.json {
        format!("{:#}\n", serde_json::Value::from(found))
    } else {
        found.iter().map(|line| format!("{line}\n")).collect()
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

fn shown(address: &str, project: &LoadedProject, invocation: &Invocation) -> Result<Exit, Failure> {
    let address = address.parse::<Address>()?;
    let mut store = open(project, Mode::Read, invocation)?;
    let snapshot = store.snapshot()?;
    let output = invocation.output;
    let text = match find(&snapshot, &address)? {
        Entry::Cluster(record) => {
            let view = ui::View {
                colour: output.colour,
                width: output.width,
                expand: false,
            };
            ui::cluster_human(address.cluster(), record, &view)
        }
        Entry::Layer(record) => {
            let values = store.blob(&record.values)?;
            let json =
                serde_json::to_value(record).map_err(|error| Failure::new(error.to_string()))?;
            format!("{json:#}\n\n# values\n{values}")
        }
        Entry::Object(record) => store.blob(&record.blob)?.to_string(),
    };
    output.result(&text)?;
    Ok(Exit::Done)
}
