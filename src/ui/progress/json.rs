//! A run as JSON objects, one a line.

use serde_json::{Value, json};

use crate::apply::{Counts, Event};

use crate::diag::causes;

/// An event as a line of JSON. `event` says which one it is; times are in milliseconds.
pub(super) fn line(event: &Event) -> String {
    let mut text = value(event).to_string();
    text.push('\n');
    text
}

fn value(event: &Event) -> Value {
    match event {
        Event::Began {
            revision,
            layers,
            clusters,
        } => json!({
            "event": "began",
            "format_version": 1,
            "revision": revision,
            "layers": layers,
            "clusters": clusters,
        }),
        Event::Started {
            cluster,
            layer,
            action,
        } => json!({"event": "started", "cluster": cluster, "layer": layer, "action": action}),
        Event::HookStarted {
            cluster,
            layer,
            event,
            hook,
        } => json!({
            "event": "hook-started",
            "cluster": cluster,
            "layer": layer,
            "hookEvent": event,
            "hook": hook,
        }),
        Event::HookDone {
            cluster,
            layer,
            event,
            hook,
            took,
        } => json!({
            "event": "hook-done",
            "cluster": cluster,
            "layer": layer,
            "hookEvent": event,
            "hook": hook,
            "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }),
        Event::HookPrinted {
            cluster,
            layer,
            event,
            hook,
            log,
        } => json!({
            "event": "hook-printed",
            "cluster": cluster,
            "layer": layer,
            "hookEvent": event,
            "hook": hook,
            "pod": log.pod,
            "container": log.container,
            "text": log.text.as_ref().ok(),
            "error": log.text.as_ref().err(),
        }),
        Event::HookLeftOut {
            cluster,
            layer,
            event,
            hook,
        } => json!({
            "event": "hook-left-out",
            "cluster": cluster,
            "layer": layer,
            "hookEvent": event,
            "hook": hook,
        }),
        Event::Kept {
            cluster,
            layer,
            object,
            why,
        } => json!({
            "event": "kept",
            "cluster": cluster,
            "layer": layer,
            "object": object,
            "why": why,
        }),
        Event::Awaiting {
            cluster,
            layer,
            awaiting,
        } => json!({
            "event": "awaiting",
            "cluster": cluster,
            "layer": layer,
            "ready": awaiting.ready,
            "total": awaiting.total,
            "object": awaiting.object,
            "why": awaiting.why,
        }),
        Event::Finished {
            cluster,
            layer,
            action,
            counts,
            took,
        } => json!({
            "event": "finished",
            "cluster": cluster,
            "layer": layer,
            "action": action,
            "objects": objects(*counts),
            "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }),
        Event::Failed {
            cluster,
            layer,
            error,
        } => json!({
            "event": "failed",
            "cluster": cluster,
            "layer": layer,
            "causes": causes(error.as_ref()),
        }),
        Event::Skipped {
            cluster,
            layer,
            because,
        } => json!({"event": "skipped", "cluster": cluster, "layer": layer, "because": because}),
        Event::Draining { in_flight } => json!({"event": "draining", "inFlight": in_flight}),
        Event::Ended(summary) => json!({
            "event": "ended",
            "revision": summary.revision,
            "outcome": summary.outcome,
            "layers": {
                "done": summary.layers_done,
                "failed": summary.layers_failed,
                "skipped": summary.layers_skipped,
                "left": summary.layers_left,
            },
            "objects": objects(summary.objects),
        }),
    }
}

fn objects(counts: Counts) -> Value {
    json!({
        "create": counts.created,
        "update": counts.updated,
        "replace": counts.replaced,
        "delete": counts.deleted,
    })
}
