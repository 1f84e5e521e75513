//! `values.yaml`: the `pack` key, and keys that nothing reads.

use std::collections::HashSet;

use crate::diag::{Diagnostic, Span};
use crate::yaml::{Entry, Node, NodeKind};

use super::super::fields::wrong_type;
use super::super::pack::Parts;
use super::super::words::{join, nearest};
use super::run::Chart;

const PACK_KEYS: [&str; 8] = [
    "additionalNamespaces",
    "content",
    "namespace",
    "namespaceAnnotations",
    "namespaceLabels",
    "releaseNameOverride",
    "spectrocloud.com/display-name",
    "spectrocloud.com/install-priority",
];

const CONTENT_KEYS: [&str; 2] = ["charts", "images"];

pub(super) fn check(parts: &Parts, charts: Option<&[Chart]>, problems: &mut Vec<Diagnostic>) {
    doubles(&parts.values, problems);
    namespace(parts, problems);
    if let Some(pack) = parts.values.get("pack") {
        pack_keys(pack, problems);
    }
    if let Some(charts) = charts {
        chart_keys(parts, charts, problems);
    }
    manifest_keys(parts, problems);
}

/// A key that stands twice in one mapping: for Helm the last one wins, which nobody expects.
fn doubles(node: &Node, problems: &mut Vec<Diagnostic>) {
    match &node.kind {
        NodeKind::List(list) => list.iter().for_each(|node| doubles(node, problems)),
        NodeKind::Map(entries) => {
            let mut seen: HashSet<&str> = HashSet::with_capacity(entries.len());
            for entry in entries {
                if !seen.insert(&entry.key)
                    && let Some(first) = entries.iter().find(|first| first.key == entry.key)
                {
                    problems.push(
                        Diagnostic::warning(format!("`{}` stands twice", entry.key))
                            .at(entry.key_span)
                            .label("this one wins")
                            .also(first.key_span, "this one is not looked at")
                            .help("remove one of them"),
                    );
                }
                doubles(&entry.value, problems);
            }
        }
        _ => {}
    }
}

fn namespace(parts: &Parts, problems: &mut Vec<Diagnostic>) {
    let renders = !parts.charts.is_empty() || !parts.manifests.is_empty();
    let pack = parts.values.get("pack");
    let found = pack.and_then(|pack| pack.get("namespace"));
    match found.map(|node| (&node.kind, node.span)) {
        None | Some((NodeKind::Null, _)) => {
            if renders {
                let first = parts.values.as_map().and_then(<[Entry]>::first);
                let span = found
                    .map(|node| node.span)
                    .or_else(|| key_span(&parts.values, "pack"))
                    .or_else(|| first.map(|entry| entry.key_span));
                let problem =
                    Diagnostic::warning("no namespace: what names none itself goes to `default`")
                        .help("say where it goes under `pack.namespace` in values.yaml");
                problems.push(problem.at(span.unwrap_or(parts.values.span)));
            }
        }
        Some((NodeKind::String(name, _), span)) => {
            if !name.contains("{{") && !is_label(name) {
                problems.push(
                    Diagnostic::error(format!("`{name}` cannot be the name of a namespace"))
                        .at(span)
                        .help("lower case letters, digits and `-`, at most 63"),
                );
            }
        }
        Some(_) => {
            if let Some(node) = found {
                problems.push(wrong_type(node, "`pack.namespace`", "a string"));
            }
        }
    }
}

/// RFC 1123 label.
fn is_label(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= 63
        && bytes.iter().all(|byte| word(*byte) || *byte == b'-')
        && word(bytes[0])
        && word(bytes[bytes.len() - 1])
}

fn pack_keys(pack: &Node, problems: &mut Vec<Diagnostic>) {
    let Some(entries) = pack.as_map() else {
        if pack.kind != NodeKind::Null {
            problems.push(wrong_type(pack, "`pack`", "a mapping"));
        }
        return;
    };
    for entry in entries {
        // Packs for os and k8s have many more keys than these, so only slips of the pen are worth a word.
        if !PACK_KEYS.contains(&entry.key.as_str())
            && let Some(near) = nearest(&entry.key, PACK_KEYS)
        {
            problems.push(
                Diagnostic::warning(format!("unknown key `pack.{}`", entry.key))
                    .at(entry.key_span)
                    .help(format!("did you mean `{near}`?")),
            );
        }
    }
    let content = pack.get("content").and_then(Node::as_map);
    for entry in content.unwrap_or_default() {
        let key = entry.key.as_str();
        if CONTENT_KEYS.contains(&key) {
            continue;
        }
        let problem =
            Diagnostic::warning(format!("nothing reads `pack.content.{key}`")).at(entry.key_span);
        problems.push(if PACK_KEYS.contains(&key) {
            problem.help(format!("move it up, to `pack.{key}`"))
        } else {
            problem.help("it knows `images` and `charts`")
        });
    }
    for key in ["namespaceLabels", "namespaceAnnotations"] {
        if let Some(node) = pack.get(key) {
            pairs(key, node, problems);
        }
    }
    if let Some(priority) = pack.get("spectrocloud.com/install-priority") {
        let fine = match &priority.kind {
            NodeKind::Int(_) | NodeKind::Null => true,
            NodeKind::String(text, _) => text.contains("{{") || text.trim().parse::<i64>().is_ok(),
            _ => false,
        };
        if !fine {
            problems.push(
                wrong_type(
                    priority,
                    "`spectrocloud.com/install-priority`",
                    "a whole number",
                )
                .help("lower numbers are installed first; 0 is the default"),
            );
        }
    }
}

/// `namespace: "k=v,k2=v2"`.
fn pairs(key: &str, node: &Node, problems: &mut Vec<Diagnostic>) {
    let Some(entries) = node.as_map() else {
        if node.kind != NodeKind::Null {
            problems.push(wrong_type(node, &format!("`pack.{key}`"), "a mapping"));
        }
        return;
    };
    for entry in entries {
        let Some(text) = entry.value.as_str() else {
            let what = format!("`pack.{key}.{}`", entry.key);
            problems.push(
                wrong_type(&entry.value, &what, "a string").help("write \"key=value,other=value\""),
            );
            continue;
        };
        let pair = |pair: &str| pair.trim().is_empty() || pair.contains('=');
        if !text.contains("{{") && !text.split(',').all(pair) {
            problems.push(
                Diagnostic::error(format!("`pack.{key}` wants pairs for a namespace"))
                    .at(entry.value.span)
                    .label("a part of it has no `=`")
                    .help("write \"key=value,other=value\""),
            );
        }
    }
}

fn chart_keys(parts: &Parts, charts: &[Chart], problems: &mut Vec<Diagnostic>) {
    for entry in parts.values.as_map().unwrap_or_default() {
        if charts.iter().any(|chart| chart.name == entry.key) {
            problems.push(
                Diagnostic::warning(format!(
                    "the chart `{0}` does not see the key `{0}`",
                    entry.key
                ))
                .at(entry.key_span)
                .help(format!("move it to `charts.{}`", entry.key)),
            );
        }
    }
    let Some(node) = parts.values.get("charts") else {
        return;
    };
    if node.kind == NodeKind::Null {
        return;
    }
    let Some(entries) = node.as_map() else {
        problems.push(wrong_type(node, "`charts`", "a mapping"));
        return;
    };
    if let [chart] = charts
        && !entries.is_empty()
        && !entries
            .iter()
            .any(|entry| entry.key == chart.name || entry.key == chart.archive)
    {
        let problem = Diagnostic::warning(format!(
            "no key of `charts` is the name of the chart, so all of it is taken for values of `{}`",
            chart.name
        ));
        problems.push(
            problem
                .at(key_span(&parts.values, "charts").unwrap_or(node.span))
                .help(format!("put them under `charts.{}`", chart.name)),
        );
        return;
    }
    for entry in entries {
        chart_key(entry, entries, charts, problems);
    }
}

fn chart_key(entry: &Entry, entries: &[Entry], charts: &[Chart], problems: &mut Vec<Diagnostic>) {
    if charts.iter().any(|chart| chart.name == entry.key) {
        return;
    }
    let named_by_archive = charts.iter().find(|chart| {
        chart.archive == entry.key && !entries.iter().any(|other| other.key == chart.name)
    });
    problems.push(match named_by_archive {
        Some(chart) => Diagnostic::warning(format!(
            "`charts.{}` is called after the archive, not after the chart",
            entry.key
        ))
        .at(entry.key_span)
        .help(format!("call it `{}`, as Chart.yaml does", chart.name)),
        None => {
            let names = || charts.iter().map(|chart| chart.name.as_str());
            stray("charts", "chart", entry, names().collect())
        }
    });
}

/// A key that belongs to nothing.
fn stray(parent: &str, what: &str, entry: &Entry, names: Vec<&str>) -> Diagnostic {
    let problem = Diagnostic::warning(format!("nothing reads `{parent}.{}`", entry.key))
        .at(entry.key_span)
        .label(format!("the pack has no {what} of this name"));
    match nearest(&entry.key, names.iter().copied()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => problem.help("remove it"),
        None => problem.help(format!("it has {}", join(names, "and"))),
    }
}

fn manifest_keys(parts: &Parts, problems: &mut Vec<Diagnostic>) {
    for (at, manifest) in parts.manifests.iter().enumerate() {
        let same = parts.manifests[..at]
            .iter()
            .find(|other| other.name == manifest.name);
        if let Some(first) = same {
            let text = format!(
                "two manifests share the values `manifests.{}`",
                manifest.name
            );
            problems.push(
                Diagnostic::warning(text)
                    .detail(format!("they are `{}` and `{}`", first.path, manifest.path))
                    .help("rename one of the files"),
            );
        }
    }
    // A file that could not be read still has its name; what is wrong with it is said elsewhere.
    if parts.named.manifests.len() != parts.manifests.len() {
        return;
    }
    let Some(node) = parts.values.get("manifests") else {
        return;
    };
    if node.kind == NodeKind::Null {
        return;
    }
    let Some(entries) = node.as_map() else {
        problems.push(wrong_type(node, "`manifests`", "a mapping"));
        return;
    };
    for entry in entries {
        let names = parts.manifests.iter().map(|manifest| &*manifest.name);
        if !names.clone().any(|name| name == entry.key) {
            problems.push(stray("manifests", "manifest", entry, names.collect()));
        }
    }
}

/// Where a key of a mapping stands.
pub(super) fn key_span(node: &Node, key: &str) -> Option<Span> {
    let entries = node.as_map()?;
    let entry = entries.iter().rev().find(|entry| entry.key == key)?;
    Some(entry.key_span)
}
