//! `stratiform plan`

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::common::{Invocation, Readers, Selecting, runtime, write_whole};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::{Diagnostic, causes};
use crate::engine::{PlanRequest, Planned, Refresh, Want, Workspace, plan};
use crate::model::LayerName;
use crate::plan::{Plan, save};
use crate::ui;

#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    pub planning: Planning,
    #[command(flatten)]
    rotating: Rotating,
    /// Write the plan to a file, for `stratiform apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How plans are made and shown, for every command that makes one.
#[derive(Args, Clone, Debug, Default)]
pub struct Planning {
    #[command(flatten)]
    pub selecting: Selecting,
    /// How closely targets are looked at: what looks unchanged is believed, everything is read, or nothing is
    #[arg(long, value_enum, default_value_t)]
    refresh: RefreshArgument,
    /// Take over objects that are on a target already and are not ours
    #[arg(long)]
    adopt: bool,
    /// Take over fields that others own on a server
    #[arg(long)]
    pub force_conflicts: bool,
    /// Show every cluster by itself, and everything in full
    #[arg(long)]
    expand: bool,
    /// How many layers or clusters are worked on at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    parallelism: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum RefreshArgument {
    #[default]
    Auto,
    All,
    None,
}

/// Which layers get other random values.
#[derive(Args, Clone, Debug, Default)]
pub struct Rotating {
    /// Give a layer other random values (passwords, certificates) and another time, on the clusters that are looked at
    #[arg(long, value_name = "LAYER")]
    rotate: Vec<String>,
}

impl Rotating {
    /// The layers.
    ///
    /// # Errors
    /// When a name is not one.
    pub fn layers(&self) -> Result<Vec<LayerName>, Failure> {
        let name = |name: &String| {
            LayerName::new(name).map_err(|error| Failure::new(format!("--rotate {name}: {error}")))
        };
        self.rotate.iter().map(name).collect()
    }

    /// What a command that rotates is called in the history.
    pub fn command(&self, command: &str) -> String {
        let named = self.rotate.iter().map(|layer| format!(" --rotate {layer}"));
        command.to_owned() + &named.collect::<String>()
    }
}

/// How a plan is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Human,
    Json,
    Markdown,
}

impl Planning {
    /// What is asked of the engine.
    ///
    /// # Errors
    /// When the selection is wrong.
    pub fn request(&self, want: Want, invocation: &Invocation) -> Result<PlanRequest, Failure> {
        Ok(PlanRequest {
            want,
            selection: self.selecting.selection(invocation)?,
            refresh: match self.refresh {
                RefreshArgument::Auto => Refresh::Auto,
                RefreshArgument::All => Refresh::All,
                RefreshArgument::None => Refresh::None,
            },
            unmarked: false,
            adopt: self.adopt,
            force_conflicts: self.force_conflicts,
            rehearse_new: false,
            rotate: Vec::new(),
            parallelism: self.parallelism.map_or(0, usize::from),
        })
    }

    /// How many layers are applied at the same time.
    pub fn parallelism(&self) -> usize {
        const USUAL: usize = 64;
        self.parallelism.map_or(USUAL, usize::from)
    }

    /// How it is drawn.
    pub fn view(&self, invocation: &Invocation) -> ui::View {
        ui::View {
            colour: invocation.output.colour,
            width: invocation.output.width,
            expand: self.expand,
        }
    }
}

/// Makes a plan, and tells what is odd about it and which clusters had to be left out.
///
/// # Errors
/// When it cannot be made.
pub fn make(
    workspace: &Arc<Workspace>,
    request: PlanRequest,
    invocation: &Invocation,
) -> Result<Planned, Failure> {
    let planned = runtime()?
        .block_on(plan(workspace, request))
        .map_err(|error| invocation.failed(error))?;
    let left_out = planned.left_out.iter().map(|one| {
        let summary = format!(
            "cluster {}: the target cannot be looked at, and the cluster is left out",
            one.cluster
        );
        Diagnostic::error(summary).detail(causes(&one.why).join(": "))
    });
    let unverified = planned.unverified.iter().map(|one| {
        let summary = format!(
            "cluster {}: the server cannot be looked at, and what the state says of it is believed",
            one.cluster
        );
        Diagnostic::warning(summary).detail(causes(&one.why).join(": "))
    });
    let told: Vec<Diagnostic> = planned
        .warnings
        .iter()
        .cloned()
        .chain(left_out)
        .chain(unverified)
        .collect();
    invocation.output.diagnostics(&told, &invocation.sources);
    Ok(planned)
}

/// The plan as text.
pub fn text(plan: &Plan, format: Format, view: &ui::View) -> String {
    match format {
        Format::Human => ui::plan_human(plan, view),
        Format::Json => format!("{:#}\n", ui::plan_json(plan)),
        Format::Markdown => ui::plan_markdown(plan, view),
    }
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let mut request = arguments.planning.request(Want::Documents, invocation)?;
    request.rotate = arguments.rotating.layers()?;
    // Who applies at once hears it from that.
    request.rehearse_new = true;
    let workspace = invocation.workspace(invocation.project()?)?;
    let planned = make(&workspace, request, invocation)?;
    let format = if invocation.json {
        Format::Json
    } else {
        arguments.format
    };
    invocation.output.result(&text(
        &planned.plan,
        format,
        &arguments.planning.view(invocation),
    ))?;
    if let Some(path) = &arguments.out {
        write_whole(path, &save(&planned.plan)?, Readers::All)?;
        invocation.output.say(&format!(
            "Saved the plan. Apply just this with: stratiform apply {}",
            path.display()
        ));
    }
    if !planned.plan.refusals.is_empty() || !planned.is_whole() {
        // It was told already, with what would work.
        return Ok(Exit::Failed);
    }
    let changes = !planned.plan.clusters.is_empty();
    Ok(if changes && arguments.detailed_exitcode {
        Exit::Changes
    } else {
        Exit::Done
    })
}
