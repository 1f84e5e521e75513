//! How a run went, and what happened in it, in words.

use crate::apply::{Event, Summary};
use crate::diag::causes;
use crate::plan::Action;
use crate::state::Outcome;
use crate::target::Awaiting;

use super::super::View;
use super::super::counts::objects;
use super::super::page::{Ink, Page};
use super::super::words::{count, number};

/// How a run went, in one sentence, and what to do when it did not go well.
pub fn summary_human(summary: &Summary, view: &View) -> String {
    let mut page = Page::new(view);
    let (lead, ink) = match summary.outcome {
        Outcome::Done => ("Applied: ", Ink::Create),
        Outcome::Failed => ("Failed: ", Ink::Delete),
        Outcome::Interrupted => ("Interrupted: ", Ink::Update),
    };
    let mut text = format!("{} done", count(summary.layers_done, "layer"));
    for (many, what) in [
        (summary.layers_failed, "failed"),
        (summary.layers_skipped, "skipped"),
        (summary.layers_left, "not begun"),
    ] {
        if many > 0 {
            text.push_str(&format!(", {} {what}", number(many)));
        }
    }
    text.push_str(&format!(
        "; {}. Recorded as revision {}.",
        objects(summary.objects),
        summary.revision
    ));
    page.prose(0, ink, lead, &text);
    if summary.outcome != Outcome::Done {
        let advice = "What was done is recorded; apply again to go on from there.";
        page.prose(0, Ink::Plain, "", advice);
    }
    page.text()
}

/// How a run went, for programs.
pub fn summary_json(summary: &Summary) -> serde_json::Value {
    serde_json::json!({
        "format_version": 1,
        "revision": summary.revision,
        "outcome": summary.outcome,
        "layers": {
            "done": summary.layers_done,
            "failed": summary.layers_failed,
            "skipped": summary.layers_skipped,
            "notBegun": summary.layers_left,
        },
        "objects": {
            "created": summary.objects.created,
            "updated": summary.objects.updated,
            "replaced": summary.objects.replaced,
            "deleted": summary.objects.deleted,
        },
    })
}

/// What was done with a layer.
pub(super) fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Repave => "repaved",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
        Action::Record => "recorded",
    }
}

/// Where something happened: `prod-1/ingress`.
pub(super) fn place(event: &Event) -> String {
    match event {
        Event::Started { cluster, layer, .. }
        | Event::HookStarted { cluster, layer, .. }
        | Event::HookDone { cluster, layer, .. }
        | Event::HookPrinted { cluster, layer, .. }
        | Event::HookLeftOut { cluster, layer, .. }
        | Event::Kept { cluster, layer, .. }
        | Event::Awaiting { cluster, layer, .. }
        | Event::Finished { cluster, layer, .. }
        | Event::Skipped { cluster, layer, .. }
        | Event::Failed {
            cluster,
            layer: Some(layer),
            ..
        } => format!("{cluster}/{layer}"),
        Event::Failed {
            cluster,
            layer: None,
            ..
        } => format!("{cluster}, the target's index"),
        Event::Began { .. } | Event::Draining { .. } | Event::Ended(_) => String::new(),
    }
}

/// What a layer waits for: `waits, 3 of 5 are ready: Deployment.apps web/front: 1 of 2 replicas are available`.
pub(super) fn awaited(awaiting: &Awaiting) -> String {
    let (ready, total) = (number(awaiting.ready), number(awaiting.total));
    let first = awaiting.object.as_ref();
    let first = first.map_or_else(String::new, |object| {
        format!(": {object}: {}", awaiting.why)
    });
    if awaiting.total == 1 {
        return format!("waits{first}");
    }
    format!("waits, {ready} of {total} are ready{first}")
}

/// What is told of a failure or of a layer that was left out; nothing of other events.
pub(super) fn trouble(event: &Event, view: &View) -> Option<String> {
    let mut page = Page::new(view);
    match event {
        Event::Failed { error, .. } => {
            let causes = causes(error.as_ref());
            page.prose(
                0,
                Ink::Delete,
                &format!("{}: failed: ", place(event)),
                &causes[0],
            );
            for cause in &causes[1..] {
                let mut lines = cause.lines();
                page.prose(2, Ink::Faint, "because ", lines.next().unwrap_or_default());
                for line in lines {
                    page.prose(4, Ink::Plain, "", line.trim());
                }
            }
        }
        Event::HookLeftOut {
            event: of, hook, ..
        } => {
            let text = format!(
                "the {of} hook {hook} holds sensitive values, and its layer is not in the documents any more to make them"
            );
            page.prose(
                0,
                Ink::Update,
                &format!("{}: left out: ", place(event)),
                &text,
            );
        }
        Event::HookPrinted {
            event: of,
            hook,
            log,
            ..
        } => {
            let lead = format!("{}: ", place(event));
            let from = match &*log.container {
                "" => String::new(),
                container => format!(" (Pod {}, container {container})", log.pod),
            };
            match &log.text {
                Ok(text) => {
                    let what = format!("the {of} hook {hook}{from} has printed:");
                    page.prose(0, Ink::Plain, &lead, &what);
                    for line in text.lines() {
                        page.line(4, Ink::Plain, &plain(line));
                    }
                }
                Err(why) => {
                    let what =
                        format!("what the {of} hook {hook}{from} has printed cannot be had: {why}");
                    page.prose(0, Ink::Update, &lead, &what);
                }
            }
        }
        Event::Kept { object, why, .. } => {
            page.prose(
                0,
                Ink::Update,
                &format!("{}: {object} stays: ", place(event)),
                why,
            );
        }
        Event::Skipped { because, .. } => {
            let text = format!("{because} failed");
            page.prose(
                0,
                Ink::Update,
                &format!("{}: skipped, ", place(event)),
                &text,
            );
        }
        _ => return None,
    }
    Some(page.text())
}

/// A line without what would do something to a terminal.
fn plain(line: &str) -> String {
    let shown = |c: char| if c == '\t' { ' ' } else { c };
    line.chars()
        .map(shown)
        .filter(|c| !c.is_control())
        .collect()
}
