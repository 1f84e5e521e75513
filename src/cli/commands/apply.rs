//! `stratiform apply`

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::Want;
use crate::plan::load;

use super::plan::{Planning, Rotating, make};
use super::run::{Approving, How, shown_and_applied};

#[derive(Args, Debug)]
pub struct Arguments {
    /// A plan that `stratiform plan --out FILE` saved; without it a new one is made
    #[arg(value_name = "PLANFILE")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    rotating: Rotating,
    #[command(flatten)]
    approving: Approving,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project()?;
    let command = arguments.rotating.command("apply");
    let session = invocation.lock(&project, &command, &arguments.approving.locking)?;
    let mut request = arguments.planning.request(Want::Documents, invocation)?;
    request.rotate = arguments.rotating.layers()?;
    let workspace = invocation.workspace(project)?;
    let mut approving = arguments.approving.clone();
    let mut whole = true;
    let plan = match &arguments.plan {
        Some(_) if !request.is_plain() => {
            let failure = Failure::new("a saved plan is applied as it is, whole");
            return Err(
                failure.help("make a new plan with these options: `stratiform plan --out FILE`")
            );
        }
        Some(path) => {
            let cannot =
                |error| Failure::new(format!("cannot read the plan {}: {error}", path.display()));
            // Who names a plan has looked at it.
            approving.auto_approve = true;
            load(&std::fs::read_to_string(path).map_err(cannot)?)?
        }
        None => {
            let planned = make(&workspace, request, invocation)?;
            whole = planned.is_whole();
            planned.plan
        }
    };
    let how = How {
        approving: &approving,
        view: arguments.planning.view(invocation),
        parallelism: arguments.planning.parallelism(),
        command,
        question: "\nApply this plan? Only `yes` is taken as a yes:",
        whole,
        force_conflicts: arguments.planning.force_conflicts,
    };
    shown_and_applied(&workspace, &session, plan, &how, invocation)
}
