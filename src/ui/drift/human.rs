//! Drift for people at a terminal.

use crate::diff::{Manager, is_masked};
use crate::model::LayerName;
use crate::plan::{ClusterDrift, DriftKind, DriftReport, FieldDrift, ObjectDrift};
use crate::yaml::{Value, to_json};

use super::super::View;
use super::super::page::{Ink, Page};
use super::super::words::{count, middle, number, width};
use super::json::checked;

/// So many fields of an object, and things of a cluster that are not ours, are shown one by one.
const SHOWN: usize = 10;

/// Drift for people at a terminal: what is not as it was left, on which cluster, in which layer and field.
pub fn drift_human(report: &DriftReport, view: &View) -> String {
    let mut page = Page::new(view);
    for cluster in &report.clusters {
        draw_cluster(&mut page, cluster);
    }
    page.blank();
    let sentence = summary(report);
    let lead = sentence.split_inclusive(' ').next().unwrap_or_default();
    let ink = if report.clusters.iter().any(ClusterDrift::has_drift) {
        Ink::Update
    } else {
        Ink::Strong
    };
    page.prose(0, ink, lead, &sentence[lead.len()..]);
    page.text()
}

/// The report in one sentence.
pub(super) fn summary(report: &DriftReport) -> String {
    let clusters = report.clusters.len();
    let sum = |of: fn(&ClusterDrift) -> usize| report.clusters.iter().map(of).sum::<usize>();
    let drifted = sum(|cluster| usize::from(cluster.has_drift()));
    let checked = sum(checked);
    let mut text = if drifted == 0 {
        format!(
            "No drift. {} on {} looked at",
            count(checked, "object"),
            count(clusters, "cluster")
        )
    } else {
        format!(
            "Drift: {} on {} (of {}); {} looked at",
            count(sum(|cluster| cluster.objects.len()), "object"),
            count(drifted, "cluster"),
            number(clusters),
            count(checked, "object")
        )
    };
    let unmanaged = sum(|cluster| cluster.unmanaged.len());
    if unmanaged > 0 {
        text.push_str(&format!("; {} not ours", number(unmanaged)));
    }
    let unreachable = sum(|cluster| usize::from(cluster.unreachable.is_some()));
    if unreachable > 0 {
        text.push_str(&format!(
            "; {} could not be looked at",
            count(unreachable, "cluster")
        ));
    }
    text + "."
}

fn draw_cluster(page: &mut Page<'_>, cluster: &ClusterDrift) {
    let name = cluster.cluster.as_str();
    if let Some(why) = &cluster.unreachable {
        page.blank();
        page.prose(
            0,
            Ink::Delete,
            "! ",
            &format!("{name} could not be looked at: {why}"),
        );
        return;
    }
    if !cluster.has_drift() && cluster.unmanaged.is_empty() {
        return;
    }
    page.blank();
    let (symbol, ink) = if cluster.has_drift() {
        ("~", Ink::Update)
    } else {
        (".", Ink::Faint)
    };
    page.item(0, ink, symbol, name, "");
    let mut last: Option<&LayerName> = None;
    for object in &cluster.objects {
        if last != Some(&object.layer) {
            page.line(2, Ink::Strong, object.layer.as_str());
            last = Some(&object.layer);
        }
        draw_object(page, object);
    }
    if cluster.index_drifted {
        page.item(
            2,
            Ink::Update,
            "~",
            "the target's index",
            "(not as it was left)",
        );
    }
    draw_unmanaged(page, &cluster.unmanaged);
}

/// So many things that are not ours are named one by one.
const NAMED: usize = 10;

fn draw_unmanaged(page: &mut Page<'_>, unmanaged: &[String]) {
    let named = if page.view.expand {
        unmanaged.len()
    } else {
        NAMED
    };
    for path in unmanaged.iter().take(named) {
        page.item(2, Ink::Faint, "?", path, "(not ours)");
    }
    if unmanaged.len() > named {
        let text = format!("{} more not ours", number(unmanaged.len() - named));
        page.item(2, Ink::Faint, "?", &text, "(--expand names them)");
    }
}

fn draw_object(page: &mut Page<'_>, drift: &ObjectDrift) {
    let name = drift.object.to_string();
    match &drift.kind {
        DriftKind::Deleted => page.item(4, Ink::Delete, "-", &name, "(deleted)"),
        DriftKind::Formatting => page.item(4, Ink::Update, "~", &name, "(only the formatting)"),
        DriftKind::Unreadable { why } => {
            page.item(
                4,
                Ink::Delete,
                "!",
                &name,
                &format!("(cannot be read: {why})"),
            );
        }
        DriftKind::InFlight => {
            page.item(
                4,
                Ink::Update,
                "?",
                &name,
                "(an interrupted apply meant to touch it)",
            );
        }
        DriftKind::TakenOver { by, fields } => {
            page.item(4, Ink::Delete, "!", &name, &format!("(taken over by {by})"));
            draw_fields(page, fields);
        }
        DriftKind::Changed { fields } => {
            page.item(4, Ink::Update, "~", &name, "");
            draw_fields(page, fields);
        }
    }
}

/// Fields, with who wrote them; of several in a row that one has written at one time, below the last.
fn draw_fields(page: &mut Page<'_>, fields: &[FieldDrift]) {
    let shown = if page.view.expand || fields.len() <= SHOWN + 1 {
        fields.len()
    } else {
        SHOWN
    };
    for (at, field) in fields[..shown].iter().enumerate() {
        draw_field(page, field);
        if let Some(by) = &field.by
            && fields[..shown]
                .get(at + 1)
                .is_none_or(|next| next.by.as_ref() != Some(by))
        {
            page.prose(8, Ink::Faint, "by ", &manager(by));
        }
    }
    if shown < fields.len() {
        let left = count(fields.len() - shown, "more field");
        page.line(6, Ink::Faint, &format!("... {left}; --expand shows them"));
    }
}

/// `kubectl-edit, 2026-01-02T03:04:05Z`
fn manager(by: &Manager) -> String {
    match by.time {
        Some(time) => format!("{}, {time}", by.name),
        None => by.name.clone(),
    }
}

fn draw_field(page: &mut Page<'_>, field: &FieldDrift) {
    let path = field.path.to_string();
    let (symbol, ink) = match (&field.before, &field.after) {
        (None, _) => ("+", Ink::Create),
        (_, None) => ("-", Ink::Delete),
        _ => ("~", Ink::Update),
    };
    let text = match (&field.before, &field.after) {
        (Some(before), Some(after)) if is_masked(before) && is_masked(after) => {
            "(sensitive, changed)".to_owned()
        }
        (Some(before), Some(after)) => format!("{} -> {}", value(before), value(after)),
        (Some(only), None) | (None, Some(only)) => value(only),
        (None, None) => String::new(),
    };
    page.indent(6);
    page.write(ink, symbol);
    let room = page.room(8);
    let whole = width(&path) + 2 + width(&text) <= room;
    page.write(Ink::Plain, &format!(" {}:", middle(&path, room - 1)));
    if whole {
        page.write(ink, &format!(" {text}"));
        page.end();
        return;
    }
    page.end();
    let room = page.room(10);
    let text = if page.view.expand {
        text
    } else {
        middle(&text, 3 * room)
    };
    let all: Vec<char> = text.chars().collect();
    for line in all.chunks(room) {
        page.line(10, ink, &line.iter().collect::<String>());
    }
}

/// A value in one line.
fn value(value: &Value) -> String {
    if is_masked(value) {
        "(sensitive)".to_owned()
    } else {
        to_json(value)
    }
}
