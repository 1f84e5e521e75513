//! `stratiform show`

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::{Workspace, load_project};
use crate::model::{ClusterName, Stack};
use crate::plan::load;
use crate::render::Prepared;
use crate::render::chart::Metadata;
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
    let project = load_project(&invocation.folder, Arc::clone(&invocation.sources));
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
    let layers = workspace
        .prepared(stack)
        .map_err(|problems| Failure::rendering(problems, Arc::clone(&invocation.sources)))?;
    let text = if invocation.json {
        format!("{:#}\n", json(stack, &layers))
    } else {
        human(stack, &layers)
    };
    output.result(&text)?;
    Ok(Exit::Done)
}

fn stack<'a>(workspace: &'a Workspace, name: &ClusterName) -> Option<&'a Stack> {
    workspace.stack(name)
}

/// The stack of a cluster, a layer a line.
fn human(stack: &Stack, layers: &[Arc<Prepared>]) -> String {
    let cluster = &stack.cluster;
    let mut out = format!(
        "{}  (cloud {}, {})\n",
        cluster.name, cluster.cloud, cluster.target
    );
    for prepared in layers {
        let layer = prepared.layer();
        let made_of = match (&layer.pack, chart(prepared)) {
            (Some(pack), _) => format!("{} {}", pack.name, pack.version),
            (None, Some(chart)) => format!("{} {}", chart.name, chart.version),
            (None, None) => "manifests".to_owned(),
        };
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

/// The chart that a layer is made of, if it is.
fn chart(prepared: &Prepared) -> Option<&Metadata> {
    prepared.chart().ok().flatten()
}

fn json(stack: &Stack, layers: &[Arc<Prepared>]) -> serde_json::Value {
    let layer = |prepared: &Arc<Prepared>| {
        let layer = prepared.layer();
        serde_json::json!({
            "name": layer.name,
            "category": layer.category,
            "profile": { "name": layer.profile.name, "version": layer.profile.version },
            "pack": layer.pack.as_ref().map(|pack| serde_json::json!({ "name": pack.name, "version": pack.version })),
            "chart": chart(prepared).map(|chart| serde_json::json!({ "name": chart.name, "version": chart.version })),
            "dependsOn": layer.depends_on,
        })
    };
    serde_json::json!({
        "format_version": 1,
        "cluster": stack.cluster.name,
        "cloud": stack.cluster.cloud,
        "target": stack.cluster.target,
        "layers": layers.iter().map(layer).collect::<Vec<_>>(),
    })
}
