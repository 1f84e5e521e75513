//! `stratiform destroy`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::Want;

use super::plan::{Planning, make};
use super::run::{Approving, How, shown_and_applied};

#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    approving: Approving,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project()?;
    let session = invocation.lock(&project, "destroy", &arguments.approving.locking)?;
    let request = arguments.planning.request(Want::Nothing, invocation)?;
    if request.selection.names_layers() {
        let failure = Failure::new("destroy is about whole clusters, not about layers");
        return Err(failure.help("take the layer out of its profile, and apply"));
    }
    let workspace = invocation.workspace(project)?;
    let planned = make(&workspace, request, invocation)?;
    let how = How {
        approving: &arguments.approving,
        view: arguments.planning.view(invocation),
        parallelism: arguments.planning.parallelism(),
        command: "destroy".to_owned(),
        question: "\nDelete all this? It cannot be undone. Only `yes` is taken as a yes:",
        whole: planned.is_whole(),
        force_conflicts: arguments.planning.force_conflicts,
    };
    shown_and_applied(&workspace, &session, planned.plan, &how, invocation)
}
