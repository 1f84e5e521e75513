//! `stratiform rollback`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::Want;
use crate::model::ClusterName;

use super::plan::{Planning, make};
use super::run::{Approving, How, shown_and_applied};

#[derive(Args, Debug)]
pub struct Arguments {
    /// The cluster
    #[arg(value_name = "CLUSTER")]
    name: String,
    /// The revision that it goes back to; `stratiform history` lists them
    #[arg(long, value_name = "REVISION")]
    to: u64,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    approving: Approving,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let cluster =
        ClusterName::new(&arguments.name).map_err(|error| Failure::new(error.to_string()))?;
    let project = invocation.project()?;
    let command = format!("rollback {cluster} --to {}", arguments.to);
    let session = invocation.lock(&project, &command, &arguments.approving.locking)?;
    let want = Want::Revision {
        cluster,
        to: arguments.to,
    };
    let request = arguments.planning.request(want, invocation)?;
    let workspace = invocation.workspace(project)?;
    let planned = make(&workspace, request, invocation)?;
    let how = How {
        approving: &arguments.approving,
        view: arguments.planning.view(invocation),
        parallelism: arguments.planning.parallelism(),
        command,
        question: "\nGo back to this? The documents stay as they are. Only `yes` is taken as a yes:",
        whole: planned.is_whole(),
        force_conflicts: arguments.planning.force_conflicts,
    };
    shown_and_applied(&workspace, &session, planned.plan, &how, invocation)
}
