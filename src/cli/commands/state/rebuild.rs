//! `stratiform state rebuild`

use crate::cli::common::{Invocation, Locking, Selecting, runtime};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::{Diagnostic, causes, count};
use crate::engine::{LoadedProject, RebuildRequest, Rebuilt, RebuiltCluster, rebuild};

pub fn run(
    project: LoadedProject,
    selecting: &Selecting,
    locking: &Locking,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    if !project
        .has_key()
        .map_err(|error| invocation.failed(error))?
    {
        let failure =
            Failure::new("the key of the state is gone, and our marks on targets are made with it");
        return Err(failure.help(
            "put it back beside the state, or into STRATIFORM_KEY; without it, `apply --adopt` takes over what is there",
        ));
    }
    let session = invocation.lock(&project, "state rebuild", locking)?;
    let workspace = invocation.workspace(project)?;
    let request = RebuildRequest {
        selection: selecting.selection(invocation)?,
        adopt: false,
        command: "state rebuild".to_owned(),
    };
    let rebuilt = runtime()?
        .block_on(rebuild(&workspace, &session, &request))
        .map_err(|error| invocation.failed(error))?;
    told(&rebuilt, invocation)?;
    Ok(if rebuilt.left_out.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Says what came of it.
pub fn told(rebuilt: &Rebuilt, invocation: &Invocation) -> Result<(), Failure> {
    let left_out = rebuilt.left_out.iter().map(|one| {
        let why = causes(&one.why).join(": ");
        Diagnostic::warning(format!("cluster {} is left out: {why}", one.cluster))
    });
    let hidden = rebuilt.clusters.iter().filter(|one| one.hidden > 0).map(|one| {
        let summary = format!(
            "cluster {}: this user may not list {}; what we made of them is not found unless the documents want it",
            one.cluster,
            count(one.hidden, "kind")
        );
        Diagnostic::warning(summary).help("run it again as somebody who may list everything")
    });
    let warnings: Vec<Diagnostic> = left_out.chain(hidden).collect();
    invocation
        .output
        .diagnostics(&warnings, &invocation.sources);
    Ok(invocation.output.result(&human(rebuilt))?)
}

fn human(rebuilt: &Rebuilt) -> String {
    let line = |one: &RebuiltCluster| {
        let mut text = format!(
            "{}: {} as the documents want them, in {} that {} complete\n",
            one.cluster,
            count(one.recorded, "object"),
            count(one.whole, "layer"),
            if one.whole == 1 { "is" } else { "are" },
        );
        for object in &one.in_doubt {
            text.push_str(&format!("  ? {object}\n"));
        }
        text
    };
    let mut text: String = rebuilt.clusters.iter().map(line).collect();
    let doubts: usize = rebuilt.clusters.iter().map(|one| one.in_doubt.len()).sum();
    text.push_str(&match (rebuilt.clusters.is_empty(), doubts) {
        (true, _) => "Nothing of ours was found.\n".to_owned(),
        (false, 0) => "Nothing was touched.\n".to_owned(),
        (false, doubts) => format!(
            "Nothing was touched. {} not as the documents want, or not in them: `stratiform plan` says what becomes of that.\n",
            if doubts == 1 { "1 object is".to_owned() } else { format!("{doubts} objects are") }
        ),
    });
    text
}
