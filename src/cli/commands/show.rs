//! `stratiform show`

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::{Workspace, load_project};
use crate::model::{ClusterName, Stack};
use crate::plan::load;
use crate::ui;

use super::plan::{Format, text};

#[derive(Args, Debug)]
pub struct Arguments {
    /// The file of a saved plan, or the name of a cluster
    #[arg(value_name = "PLANFILE|CLUSTER")]
    what: String,
    /// How a plan is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show every cluster by itself, and everything in full
    #[arg(long)]
    expand: bool,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let output = invocation.output;
    let view = ui::View {
        colour: output.colour,
        width: output.width,
        expand: arguments.expand,
    };
    let path = PathBuf::from(&arguments.what);
    if path.is_file() {
        let cannot =
            |error| Failure::new(format!("cannot read the plan {}: {error}", path.display()));
        let plan = load(&std::fs::read_to_string(&path).map_err(cannot)?)?;
        let format = if invocation.json {
            Format::Json
        } else {
            arguments.format
        };
        output.result(&text(&plan, format, &view))?;
        return Ok(Exit::Done);
    }
    let project = load_project(
        &invocation.folder,
        std::sync::Arc::clone(&invocation.sources),
    );
    let workspace = invocation.workspace(project.map_err(|error| invocation.failed(error))?)?;
    let stack = ClusterName::new(&arguments.what)
        .ok()
        .and_then(|name| stack(&workspace, &name));
    let Some(stack) = stack else {
        let failure = Failure::new(format!(
            "`{}` is neither a plan's file nor a cluster",
            arguments.what
        ));
        return Err(
            failure.help("`stratiform profile list` and `stratiform state list` say what there is")
        );
    };
    let text = if invocation.json {
        format!("{:#}\n", json(stack))
    } else {
        human(stack)
    };
    output.result(&text)?;
    Ok(Exit::Done)
}

fn stack<'a>(workspace: &'a Workspace, name: &ClusterName) -> Option<&'a Stack> {
    workspace.stack(name)
}

/// The stack of a cluster, a layer a line.
fn human(stack: &Stack) -> String {
    let cluster = &stack.cluster;
    let mut out = format!(
        "{}  (cloud {}, {})\n",
        cluster.name, cluster.cloud, cluster.target
    );
    for layer in stack.layers.iter() {
        let made_of = layer.pack.as_ref().map_or_else(
            || "manifests".to_owned(),
            |pack| format!("{} {}", pack.name, pack.version),
        );
        let needs: Vec<&str> = layer
            .depends_on
            .iter()
            .map(crate::model::LayerName::as_str)
            .collect();
        let after = if needs.is_empty() {
            String::new()
        } else {
            format!("  after {}", needs.join(", "))
        };
        out += &format!(
            "  {:<14} {:<24} {:<28} {}{after}\n",
            layer.category, layer.name, made_of, layer.profile.name
        );
    }
    out
}

fn json(stack: &Stack) -> serde_json::Value {
    let layer = |layer: &std::sync::Arc<crate::model::StackLayer>| {
        serde_json::json!({
            "name": layer.name,
            "category": layer.category,
            "profile": { "name": layer.profile.name, "version": layer.profile.version },
            "pack": layer.pack.as_ref().map(|pack| serde_json::json!({ "name": pack.name, "version": pack.version })),
            "dependsOn": layer.depends_on,
        })
    };
    serde_json::json!({
        "format_version": 1,
        "cluster": stack.cluster.name,
        "cloud": stack.cluster.cloud,
        "target": stack.cluster.target,
        "layers": stack.layers.iter().map(layer).collect::<Vec<_>>(),
    })
}
