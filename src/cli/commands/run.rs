//! A plan shown, asked for and applied: what `apply`, `destroy` and `rollback` share.

use std::sync::Arc;

use clap::Args;
use tokio::sync::{mpsc, watch};

use crate::apply::{Event, Stop, Summary};
use crate::cli::ask;
use crate::cli::common::{Invocation, Locking, runtime};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::{ApplyRequest, EngineError, Session, Workspace, apply};
use crate::plan::{ApprovalKind, Plan};
use crate::state::Outcome;
use crate::ui::{Progress, ProgressStyle, View, summary_human, summary_json};

use super::plan::{Format, text};

/// What an apply is allowed without a question.
#[derive(Args, Clone, Debug, Default)]
pub struct Approving {
    /// Apply without a question
    #[arg(long)]
    pub auto_approve: bool,
    /// Allow nodes to be replaced
    #[arg(long)]
    pub approve_repave: bool,
    /// Allow objects to be deleted and made anew where a field cannot change
    #[arg(long)]
    pub approve_replace: bool,
    /// Allow CRDs, volumes, namespaces and clusters to be deleted, and profiles to be detached
    #[arg(long)]
    pub approve_delete: bool,
    #[command(flatten)]
    pub locking: Locking,
}

impl Approving {
    /// Fails when the plan wants an approval that was not given.
    fn check(&self, plan: &Plan, force_conflicts: bool) -> Result<(), Failure> {
        let given = |kind: &ApprovalKind| match kind.flag() {
            "--approve-repave" => self.approve_repave,
            "--approve-replace" => self.approve_replace,
            "--force-conflicts" => force_conflicts,
            _ => self.approve_delete,
        };
        let missing: Vec<_> = plan
            .approvals
            .iter()
            .filter(|approval| !given(&approval.kind))
            .collect();
        let Some(first) = missing.first() else {
            return Ok(());
        };
        let mut flags: Vec<&str> = missing
            .iter()
            .map(|approval| approval.kind.flag())
            .collect();
        flags.sort_unstable();
        flags.dedup();
        let more = if missing.len() > 1 {
            format!(", and {} more", missing.len() - 1)
        } else {
            String::new()
        };
        let failure = Failure::new(format!(
            "the plan wants an approval: cluster {} {}{more}",
            first.cluster, first.kind
        ));
        Err(failure.help(format!("look at the plan, then pass {}", flags.join(" "))))
    }
}

/// Shows a plan, asks, and applies it.
///
/// # Errors
/// When it is refused, not approved, or cannot be applied.
pub fn shown_and_applied(
    workspace: &Arc<Workspace>,
    session: &Session,
    plan: Plan,
    how: &How<'_>,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    if !invocation.json {
        invocation
            .output
            .result(&text(&plan, Format::Human, &how.view))?;
    }
    if !plan.refusals.is_empty() {
        let failure = Failure::new("the plan breaks a rule and cannot be applied");
        return Err(if invocation.json {
            let refusals = plan.refusals.iter();
            let words =
                refusals.map(|one| format!("{}: {}; {}", one.cluster, one.what, one.instead));
            failure.help(words.collect::<Vec<_>>().join("\n"))
        } else {
            failure.help("see the refusals above: each says what would work")
        });
    }
    let well = if how.whole { Exit::Done } else { Exit::Failed };
    if plan.clusters.is_empty() {
        return Ok(well);
    }
    how.approving.check(&plan, how.force_conflicts)?;
    if !how.approving.auto_approve && !ask::yes(how.question, &invocation.output)? {
        invocation.output.say("Nothing was changed.");
        return Ok(Exit::Failed);
    }
    let request = ApplyRequest {
        plan: Arc::new(plan),
        command: how.command.clone(),
        parallelism: how.parallelism,
    };
    let style = match (invocation.json, invocation.output.bars) {
        (true, _) => ProgressStyle::Json,
        (false, true) => ProgressStyle::Bars,
        (false, false) => ProgressStyle::Lines,
    };
    let mut view = how.view;
    view.colour = invocation.output.error_colour;
    let runtime = runtime()?;
    let progress = Progress::new(style, view);
    let ended = runtime.block_on(interruptible(workspace, session, request, progress));
    let Some(summary) = ended.map_err(|error| invocation.failed(error))? else {
        let said = "Stopped at once. The next plan looks at what was in flight.";
        invocation.output.say(said);
        // Leaving through the door would give the lock back while the recorder may still write.
        std::process::exit(Exit::Interrupted as i32);
    };
    let text = if invocation.json {
        format!("{:#}\n", summary_json(&summary))
    } else {
        summary_human(&summary, &how.view)
    };
    invocation.output.result(&text)?;
    Ok(match summary.outcome {
        Outcome::Done => well,
        Outcome::Failed => Exit::Failed,
        Outcome::Interrupted => Exit::Interrupted,
    })
}

/// How a plan is applied.
pub struct How<'a> {
    /// What it may do.
    pub approving: &'a Approving,
    /// How it is drawn.
    pub view: View,
    /// How many layers are carried out at the same time.
    pub parallelism: usize,
    /// What was asked for, for the history.
    pub command: String,
    /// What the user is asked.
    pub question: &'a str,
    /// Whether every cluster could be looked at; otherwise the run cannot count as done.
    pub whole: bool,
    /// Whether fields that others own may be taken over.
    pub force_conflicts: bool,
}

/// Applies; the first interruption lets what is in flight finish, the second stops at once and gives no summary.
async fn interruptible(
    workspace: &Arc<Workspace>,
    session: &Session,
    request: ApplyRequest,
    mut progress: Progress,
) -> Result<Option<Summary>, EngineError> {
    let (events, mut inbox) = mpsc::unbounded_channel::<Event>();
    let (stopper, stop) = watch::channel(Stop::Go);
    let drawing = tokio::spawn(async move {
        while let Some(event) = inbox.recv().await {
            progress.event(&event);
        }
    });
    let mut interrupts = Interrupts::listen();
    let result = {
        let applying = apply(workspace, session, request, &events, stop);
        tokio::pin!(applying);
        let mut interrupted = false;
        loop {
            tokio::select! {
                result = &mut applying => break Some(result),
                () = interrupts.next() => {
                    if interrupted {
                        break None;
                    }
                    interrupted = true;
                    // The run ends by itself when nobody is left to be told.
                    let _ = stopper.send(Stop::Drain);
                }
            }
        }
    };
    drop(events);
    if result.is_some() {
        // What was drawn last stays on the screen.
        let _ = drawing.await;
    }
    result.transpose()
}

/// Ctrl-C, and what a service manager sends.
struct Interrupts {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Interrupts {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) {
        async fn one(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = one(&mut self.interrupt) => {}
            () = one(&mut self.terminate) => {}
        }
    }
}
