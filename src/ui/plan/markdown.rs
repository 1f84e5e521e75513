//! A plan as a comment on a pull request: GitHub, GitLab and others draw it.

use crate::apply::Counts;
use crate::plan::{
    ClusterAction, ClusterPlan, HookRun, LayerPlan, ObjectAction, ObjectChange, Plan, Purpose,
};

use super::super::View;
use super::super::counts::objects;
use super::super::difference::{DiffLine, Mark, difference};
use super::super::group::{Group, apart, both_texts, group, is_new, kinds, shows_difference};
use super::super::words::{count, names, number};
use super::foot;
use super::human::cluster_note;
use super::layer::{
    RUNS, content, hook_note, object_reasons, of_cluster, of_hook, of_layer, of_object, reasons,
};
use super::totals::summary;

/// Bytes. GitHub takes 65,536 characters in a comment; some are left to who posts it.
const LONGEST: usize = 60_000;

/// Bytes kept for what is said of what was cut.
const RESERVE: usize = 400;

/// The part that the lists above the table may take, and then the part that the table may end at.
const LISTS: usize = 12_000;
const TABLE: usize = 30_000;

/// Lines of one difference, unless everything is asked for.
const LINES: usize = 200;

/// Columns that a list of cluster names may take.
const NAMES: usize = 60;

/// A plan as a comment on a pull request, in GitHub's Markdown: a sentence, a table, and the differences folded away. At
/// most 60,000 bytes long; says what was cut. The view's width does not matter.
pub fn plan_markdown(plan: &Plan, view: &View) -> String {
    let mut out = String::new();
    match &plan.purpose {
        Purpose::Apply => {}
        Purpose::Destroy => {
            out.push_str("**Destroy: everything that was made here is deleted.**\n\n")
        }
        Purpose::Rollback { cluster, to } => {
            out.push_str(&format!(
                "**Rollback of `{cluster}` to revision {to}.**\n\n"
            ));
        }
    }
    out.push_str(&format!("**{}**\n", escaped(&summary(plan))));
    lists(&mut out, plan);
    if plan.clusters.is_empty() {
        return out;
    }
    let groups = if view.expand {
        apart(&plan.clusters)
    } else {
        group(&plan.clusters)
    };
    let rows: Vec<String> = groups.iter().flat_map(|group| rows(plan, group)).collect();
    out.push_str(
        "\n|   | Clusters | Layer | Content | Why | Objects |\n|---|---|---|---|---|---|\n",
    );
    let rows_cut = fill(&mut out, &rows, TABLE);
    let details: Vec<String> = groups
        .iter()
        .flat_map(|group| details(plan, group, view))
        .collect();
    let details_cut = fill(&mut out, &details, LONGEST - RESERVE);
    let cut: Vec<String> = [(rows_cut, "row"), (details_cut, "difference")]
        .into_iter()
        .filter(|(many, _)| *many > 0)
        .map(|(many, what)| count(many, what))
        .collect();
    if !cut.is_empty() {
        out.push_str(&format!(
            "\n_Too long for a comment: {} left out. `stratiform plan` shows everything._\n",
            cut.join(" and ")
        ));
    }
    out
}

/// Puts in what fits, and says how many did not.
fn fill(out: &mut String, parts: &[String], limit: usize) -> usize {
    let mut cut = 0;
    for part in parts {
        if out.len() + part.len() <= limit {
            out.push_str(part);
        } else {
            cut += 1;
        }
    }
    cut
}

fn lists(out: &mut String, plan: &Plan) {
    let refusals = foot::refusals(plan)
        .into_iter()
        .map(|(what, instead)| {
            format!(
                "- {}<br>What would work: {}\n",
                escaped(&what),
                escaped(&instead)
            )
        })
        .collect();
    let approvals = foot::approvals(plan)
        .into_iter()
        .map(|(flag, text)| format!("- `{flag}`: {}\n", escaped(&text)))
        .collect();
    let warnings = foot::warnings(plan)
        .iter()
        .map(|text| format!("- {}\n", escaped(text)))
        .collect();
    let all: [(&str, Vec<String>); 3] = [
        ("Refused: this plan cannot be applied", refusals),
        ("Apply wants to be allowed", approvals),
        ("Warnings", warnings),
    ];
    for (title, parts) in all {
        if parts.is_empty() {
            continue;
        }
        out.push_str(&format!("\n**{title}**\n\n"));
        let cut = fill(out, &parts, LISTS);
        if cut > 0 {
            out.push_str(&format!("- and {} more\n", number(cut)));
        }
    }
}

/// The clusters of a group.
fn members(plan: &Plan, group: &Group) -> String {
    let all: Vec<&str> = group
        .members
        .iter()
        .map(|at| plan.clusters[*at].cluster.as_str())
        .collect();
    match &*all {
        [only] => (*only).to_owned(),
        all => format!("{}: {}", count(all.len(), "cluster"), names(all, NAMES)),
    }
}

fn rows(plan: &Plan, group: &Group) -> Vec<String> {
    let first = &plan.clusters[group.members[0]];
    let members = escaped(&members(plan, group));
    let note = cluster_note(first);
    let (symbol, _) = of_cluster(&first.action);
    let of_its_own = !matches!(first.action, ClusterAction::Update) || !note.is_empty();
    let head = (of_its_own || group.layers.is_empty())
        .then(|| format!("| `{symbol}` | {members} |  |  | {} |  |\n", bare(&note)));
    let layers = group.layers.iter().map(|at| {
        let layer = &first.layers[*at];
        let (symbol, _) = of_layer(layer);
        let name = layer.layer.as_str();
        let counts = Counts::of(layer);
        let objects = if counts == Counts::default() {
            String::new()
        } else {
            objects(counts)
        };
        format!(
            "| `{symbol}` | {members} | {name} | {} | {} | {objects} |\n",
            escaped(&content(name, layer.before.as_ref(), layer.after.as_ref())),
            bare(&reasons(first, layer)),
        )
    });
    head.into_iter().chain(layers).collect()
}

/// A text in brackets without them.
fn bare(text: &str) -> String {
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    escaped(inner.unwrap_or(text))
}

/// A text in which nothing means anything to Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\r' => out.push(' '),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out
}

fn details(plan: &Plan, group: &Group, view: &View) -> Vec<String> {
    let first = &plan.clusters[group.members[0]];
    let on = match group.members.len() {
        1 => first.cluster.to_string(),
        many => format!("{}, as on {}", count(many, "cluster"), first.cluster),
    };
    let grouped = group.members.len() > 1;
    let one = |at: &usize| {
        let layer = &first.layers[*at];
        let lines = lines(first, layer, grouped, view.expand);
        if lines.is_empty() {
            return None;
        }
        let text = lines.join("\n");
        let fence = "`".repeat(longest_run(&text).max(2) + 1);
        let (symbol, _) = of_layer(layer);
        Some(format!(
            "\n<details><summary><code>{symbol} {}</code> on {}</summary>\n\n{fence}diff\n{text}\n{fence}\n\n</details>\n",
            layer.layer, on
        ))
    };
    group.layers.iter().filter_map(one).collect()
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

fn lines(cluster: &ClusterPlan, layer: &LayerPlan, grouped: bool, expand: bool) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(values) = &layer.values {
        out.push("! values".to_owned());
        put(&mut out, &difference(&values.before, &values.after), expand);
    }
    if grouped && is_new(cluster, layer) {
        let kinds = kinds(&layer.objects).into_iter();
        out.extend(kinds.map(|(kind, many)| format!("+ {} {kind}", number(many))));
        out.extend(layer.hooks.iter().map(hook_line));
        return out;
    }
    let told = |object: &&ObjectChange| {
        let kept = matches!(object.action, ObjectAction::Keep { .. });
        expand || kept || object.action.touches()
    };
    for object in layer.objects.iter().filter(told) {
        let (symbol, _) = of_object(&object.action);
        let lead = match symbol {
            "+" | "-" => symbol.to_owned(),
            other => format!("! {other}"),
        };
        let text = format!("{lead} {} {}", object.key, object_reasons(layer, object));
        out.push(text.trim_end().to_owned());
        if shows_difference(&object.action)
            && let Some((before, after)) = both_texts(object)
        {
            put(&mut out, &difference(before, after), expand);
        }
    }
    out.extend(layer.hooks.iter().map(hook_line));
    out
}

fn hook_line(hook: &HookRun) -> String {
    let line = format!("! {RUNS} {} {}", of_hook(hook), hook_note(hook));
    line.trim_end().to_owned()
}

fn put(out: &mut Vec<String>, lines: &[DiffLine], expand: bool) {
    let shown = if expand {
        lines.len()
    } else {
        lines.len().min(LINES)
    };
    for line in &lines[..shown] {
        let lead = match line.mark {
            Mark::Place => "",
            Mark::Context => "  ",
            Mark::Removed => "- ",
            Mark::Added => "+ ",
            Mark::Masked => "! ",
        };
        out.push(format!("{lead}{}", line.text()));
    }
    if shown < lines.len() {
        out.push(format!("# ... {}", count(lines.len() - shown, "more line")));
    }
}
