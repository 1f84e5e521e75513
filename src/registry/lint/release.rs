//! Names of Helm releases.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Span};
use crate::yaml::{Node, NodeKind};

use super::super::fields::wrong_type;
use super::super::pack::Parts;
use super::super::words::{join, nearest};
use super::run::Chart;

/// Helm's limit: it derives names of up to 63 characters from them.
const LONGEST: usize = 53;

pub(super) fn check(parts: &Parts, charts: &[Chart], problems: &mut Vec<Diagnostic>) {
    let overrides = parts
        .values
        .get("pack")
        .and_then(|pack| pack.get("releaseNameOverride"));
    if let Some(node) = overrides {
        known_charts(node, charts, problems);
    }
    let Some(metadata) = &parts.metadata else {
        return;
    };
    let mut seen: HashMap<String, Span> = HashMap::new();
    for chart in charts {
        let given = overrides.and_then(|node| node.get(&chart.name));
        let (name, span) = match given.map(|node| (&node.kind, node.span)) {
            None | Some((NodeKind::Null, _)) => (
                format!("{}-{}", metadata.name.value, chart.name),
                chart.path.span,
            ),
            Some((NodeKind::String(name, _), span)) => (name.clone(), span),
            // Its type has been complained of already.
            Some(_) => continue,
        };
        if name.contains("{{") {
            continue;
        }
        if let Some(problem) = wrong(&name, &chart.name) {
            problems.push(problem.at(span));
        }
        if let Some(first) = seen.insert(name.clone(), span) {
            problems.push(
                Diagnostic::error(format!("two charts make the release `{name}`"))
                    .at(span)
                    .also(first, "the first one")
                    .help("give them different names under `pack.releaseNameOverride`"),
            );
        }
    }
}

/// RFC 1123 subdomain, and short enough for Helm.
fn wrong(name: &str, chart: &str) -> Option<Diagnostic> {
    let help =
        format!("give it another name under `pack.releaseNameOverride.{chart}` in values.yaml");
    let length = name.chars().count();
    if length > LONGEST {
        let text = format!("the release name `{name}` is {length} characters long");
        return Some(
            Diagnostic::error(text)
                .label(format!("at most {LONGEST} are possible"))
                .help(help),
        );
    }
    let word = |part: &str| {
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(fine) && part.ends_with(fine) && part.chars().all(|c| fine(c) || c == '-')
    };
    if name.split('.').all(word) {
        return None;
    }
    Some(
        Diagnostic::error(format!("`{name}` cannot be the name of a release"))
            .label("lower case letters, digits, `-` and `.` may stand in it")
            .help(help),
    )
}

fn known_charts(node: &Node, charts: &[Chart], problems: &mut Vec<Diagnostic>) {
    let Some(entries) = node.as_map() else {
        if node.kind != NodeKind::Null {
            problems.push(wrong_type(node, "`pack.releaseNameOverride`", "a mapping"));
        }
        return;
    };
    for entry in entries {
        if !matches!(entry.value.kind, NodeKind::String(..) | NodeKind::Null) {
            let what = format!("`pack.releaseNameOverride.{}`", entry.key);
            problems.push(wrong_type(&entry.value, &what, "a string"));
        }
        let names = || charts.iter().map(|chart| chart.name.as_str());
        if charts.is_empty() || names().any(|name| name == entry.key) {
            continue;
        }
        let text = format!(
            "`pack.releaseNameOverride` names `{}`, which is no chart",
            entry.key
        );
        let problem = Diagnostic::warning(text).at(entry.key_span);
        problems.push(match nearest(&entry.key, names()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("the pack has {}", join(names(), "and"))),
        });
    }
}
