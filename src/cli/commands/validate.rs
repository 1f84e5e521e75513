//! `stratiform validate`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::count;
use crate::engine::validate;

#[derive(Args, Debug)]
pub struct Arguments {}

pub fn run(_: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let workspace = invocation.workspace(invocation.project()?)?;
    let warnings = validate(&workspace).map_err(|error| invocation.failed(error))?;
    invocation
        .output
        .diagnostics(&warnings, &invocation.sources);
    let documents = &workspace.project.documents;
    let (profiles, clusters) = (documents.profiles.len(), documents.clusters.len());
    let layers: usize = workspace
        .stacks
        .iter()
        .map(|stack| stack.layers.len())
        .sum();
    let text = if invocation.json {
        let json = serde_json::json!({ "valid": true, "profiles": profiles, "clusters": clusters, "layers": layers });
        format!("{json:#}\n")
    } else {
        let [profiles, clusters, layers] = [
            count(profiles, "profile"),
            count(clusters, "cluster"),
            count(layers, "layer"),
        ];
        format!("The documents are fine: {profiles}, {clusters}, {layers}.\n")
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
