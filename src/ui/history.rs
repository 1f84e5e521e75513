//! Revisions: what was applied, when, by whom.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::state::{Outcome, Revision};

use super::View;
use super::page::{Ink, Page};
use super::words::{count, middle, names, width};

/// The format that this program writes.
const FORMAT: u32 = 1;

/// With fewer columns nobody is told who it was.
const WIDE: usize = 110;

/// Revisions for people at a terminal, in the order given: one line each, and with `expand` the clusters that changed.
/// Times are UTC.
pub fn history_human(revisions: &[Revision], view: &View) -> String {
    let mut page = Page::new(view);
    if revisions.is_empty() {
        page.line(0, Ink::Plain, "No revisions yet.");
        return page.text();
    }
    let titles = [
        "rev",
        "began (UTC)",
        "took",
        "outcome",
        "who",
        "changed",
        "command",
    ];
    let rows: Vec<[String; 7]> = revisions.iter().map(row).collect();
    let mut widths = titles.map(width);
    for row in &rows {
        for (room, cell) in widths.iter_mut().zip(row) {
            *room = (*room).max(width(cell));
        }
    }
    widths[4] = if view.width < WIDE {
        0
    } else {
        widths[4].min(20)
    };
    draw(&mut page, &titles.map(str::to_owned), widths, None);
    for (revision, row) in revisions.iter().zip(&rows) {
        draw(&mut page, row, widths, Some(outcome_ink(revision)));
        if view.expand {
            let layers = |many: u32| count(usize::try_from(many).unwrap_or(usize::MAX), "layer");
            for (cluster, many) in &revision.clusters {
                page.item(
                    widths[0] + 2,
                    Ink::Faint,
                    "~",
                    cluster.as_str(),
                    &layers(*many),
                );
            }
        } else if !revision.clusters.is_empty() && revision.clusters.len() <= 3 {
            let all: Vec<&str> = revision
                .clusters
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            let room = page.room(widths[0] + 2);
            page.line(widths[0] + 2, Ink::Faint, &names(&all, room));
        }
    }
    page.text()
}

fn draw(page: &mut Page<'_>, row: &[String; 7], widths: [usize; 7], outcome: Option<Ink>) {
    let mut column = 0;
    for (at, (cell, room)) in row.iter().zip(widths).enumerate() {
        if room == 0 {
            continue;
        }
        let ink = match (outcome, at) {
            (None, _) => Ink::Strong,
            (Some(ink), 3) => ink,
            _ => Ink::Plain,
        };
        if at == 6 {
            let left = page.view.width.saturating_sub(column).max(8);
            page.write(ink, &middle(cell, left));
            break;
        }
        let cell = middle(cell, room);
        let padding = room - width(&cell);
        // Numbers stand to the right.
        if at == 0 || at == 2 {
            page.indent(padding);
        }
        page.write(ink, &cell);
        if at != 0 && at != 2 {
            page.indent(padding);
        }
        page.indent(2);
        column += room + 2;
    }
    page.end();
}

fn row(revision: &Revision) -> [String; 7] {
    let layers: usize = revision
        .clusters
        .iter()
        .map(|(_, many)| *many as usize)
        .sum();
    let changed = match revision.clusters.len() {
        0 => "nothing".to_owned(),
        many => format!("{}, {}", count(many, "cluster"), count(layers, "layer")),
    };
    [
        revision.id.to_string(),
        time(revision.started),
        revision.finished.map_or_else(
            || "-".to_owned(),
            |finished| {
                took(
                    (finished - revision.started)
                        .total(jiff::Unit::Second)
                        .unwrap_or_default(),
                )
            },
        ),
        outcome(revision).to_owned(),
        revision.who.clone(),
        changed,
        revision.command.clone(),
    ]
}

/// `2026-01-31 12:00:00`, in UTC.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time in seconds as people read it: `0.2s`, `3m 20s`, `2h 05m`.
pub(super) fn took(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1}s");
    }
    let minutes = (seconds / 60.0).floor();
    if minutes < 60.0 {
        return format!("{minutes}m {:02.0}s", (seconds - minutes * 60.0).floor());
    }
    let hours = (minutes / 60.0).floor();
    format!("{hours}h {:02.0}m", minutes - hours * 60.0)
}

fn outcome(revision: &Revision) -> &'static str {
    match revision.outcome {
        Some(Outcome::Done) => "done",
        Some(Outcome::Failed) => "failed",
        Some(Outcome::Interrupted) => "interrupted",
        None => "unfinished",
    }
}

fn outcome_ink(revision: &Revision) -> Ink {
    match revision.outcome {
        Some(Outcome::Done) => Ink::Create,
        Some(Outcome::Failed) => Ink::Delete,
        Some(Outcome::Interrupted) | None => Ink::Update,
    }
}

/// Revisions for programs, in the order given.
pub fn history_json(revisions: &[Revision]) -> Value {
    let one = |revision: &Revision| {
        let clusters: Vec<Value> = revision
            .clusters
            .iter()
            .map(|(cluster, layers)| json!({"cluster": cluster, "layers": layers}))
            .collect();
        json!({
            "revision": revision.id,
            "started": revision.started,
            "finished": revision.finished,
            "outcome": revision.outcome,
            "command": revision.command,
            "who": revision.who,
            "clusters": clusters,
        })
    };
    json!({
        "format_version": FORMAT,
        "revisions": revisions.iter().map(one).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::plan::fixture::cluster_name;
    use super::*;

    fn revisions() -> Vec<Revision> {
        let fleet = (0..412).map(|at| (cluster_name(&format!("prod-{at}")), 2));
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        vec![
            Revision {
                id: 9,
                started: time("2026-01-31T12:00:00Z"),
                finished: Some(time("2026-01-31T12:03:20.5Z")),
                outcome: Some(Outcome::Done),
                command: "apply".to_owned(),
                who: "anna@workstation".to_owned(),
                clusters: fleet.collect(),
            },
            Revision {
                id: 10,
                started: time("2026-02-01T08:00:00Z"),
                finished: None,
                outcome: None,
                command: "rollback prod-1 --to 3 with a very long line of arguments".to_owned(),
                who: "somebody-with-a-long-name@a-host-with-a-long-name".to_owned(),
                clusters: vec![(cluster_name("prod-1"), 1)],
            },
        ]
    }

    #[test]
    fn for_people() {
        insta::assert_snapshot!(history_human(
            &revisions(),
            &View {
                width: 120,
                ..View::default()
            }
        ));
        let narrow = history_human(&revisions(), &View::default());
        assert!(
            narrow.lines().all(|line| line.chars().count() <= 80),
            "{narrow}"
        );
        insta::assert_snapshot!("narrow", narrow);
        insta::assert_snapshot!(history_human(&[], &View::default()), @"No revisions yet.");
    }

    #[test]
    fn for_programs() {
        let json = history_json(&revisions());
        assert_eq!(json["revisions"][0]["started"], "2026-01-31T12:00:00Z");
        assert_eq!(json["revisions"][1]["outcome"], Value::Null);
        assert_eq!(json["revisions"][1]["clusters"][0]["layers"], 1);
    }

    #[test]
    fn times() {
        for (seconds, expected) in [
            (0.21, "0.2s"),
            (59.0, "59.0s"),
            (200.9, "3m 20s"),
            (7500.0, "2h 05m"),
        ] {
            assert_eq!(took(seconds), expected);
        }
    }
}
