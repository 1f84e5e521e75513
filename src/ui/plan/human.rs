//! A plan for people at a terminal.

use crate::plan::{
    Action, ClusterAction, ClusterPlan, LayerPlan, ObjectAction, ObjectChange, Plan, Purpose,
    Reason,
};

use super::super::View;
use super::super::difference;
use super::super::group::{Group, apart, both_texts, group, is_new, kinds, shows_difference};
use super::super::page::{Ink, Page};
use super::super::words::{count, names, number};
use super::foot;
use super::layer::{
    RUNS, hook_note, object_reasons, of_cluster, of_hook, of_layer, of_object, reasons, title,
};
use super::totals::summary;

/// So many objects of a layer that are made or deleted are named one by one.
const NAMED: usize = 20;

/// A plan for people at a terminal: what changes where, why, and what apply must be allowed.
pub fn plan_human(plan: &Plan, view: &View) -> String {
    let mut page = Page::new(view);
    purpose(&mut page, plan);
    let groups = if view.expand {
        apart(&plan.clusters)
    } else {
        group(&plan.clusters)
    };
    for group in &groups {
        if !is_silent(plan, group, view) {
            page.blank();
            draw_group(&mut page, plan, group);
        }
    }
    if !page.is_empty() {
        page.blank();
    }
    foot::draw(&mut page, plan);
    let sentence = summary(plan);
    let lead = sentence.split_inclusive(' ').next().unwrap_or_default();
    page.prose(0, Ink::Strong, lead, &sentence[lead.len()..]);
    page.text()
}

fn purpose(page: &mut Page<'_>, plan: &Plan) {
    if plan.clusters.is_empty() {
        return;
    }
    match &plan.purpose {
        Purpose::Apply => {}
        Purpose::Destroy => page.prose(
            0,
            Ink::Delete,
            "Destroy: ",
            "everything that was made on these clusters is deleted.",
        ),
        Purpose::Rollback { cluster, to } => page.prose(
            0,
            Ink::Update,
            "Rollback: ",
            &format!("{cluster} becomes what it was after revision {to}."),
        ),
    }
}

/// Whether nothing of a layer changes but what the state knows of its making. The last line counts such layers.
fn is_only_recorded(layer: &LayerPlan) -> bool {
    let renamed = |reason: &Reason| matches!(reason, Reason::Renamed { .. });
    layer.action == Action::Record
        && layer.objects.is_empty()
        && layer.hooks.is_empty()
        && layer.values.is_none()
        && !layer.reasons.iter().any(renamed)
}

/// Whether a group has nothing to say.
fn is_silent(plan: &Plan, group: &Group, view: &View) -> bool {
    let first = &plan.clusters[group.members[0]];
    let mut layers = group.layers.iter().map(|at| &first.layers[*at]);
    first.action == ClusterAction::Update
        && !first.index_drifted
        && first.unverified.is_none()
        && !group.layers.is_empty()
        && !view.expand
        && layers.all(is_only_recorded)
}

fn draw_group(page: &mut Page<'_>, plan: &Plan, group: &Group) {
    let first = &plan.clusters[group.members[0]];
    let members: Vec<&str> = group
        .members
        .iter()
        .map(|at| plan.clusters[*at].cluster.as_str())
        .collect();
    let plain = first.action == ClusterAction::Update && cluster_note(first).is_empty();
    if let ([_, _, ..], [only], true) = (&*members, &*group.layers, plain) {
        let layer = &first.layers[*only];
        let (symbol, ink) = of_layer(layer);
        let on = format!("on {}", count(members.len(), "cluster"));
        let tail = format!("{on} {}", reasons(first, layer));
        page.item(0, ink, symbol, &title(layer), tail.trim_end());
        let room = page.room(2);
        page.line(2, Ink::Faint, &names(&members, room));
        draw_inside(page, 2, first, layer, true);
        return;
    }
    let (symbol, ink) = of_cluster(&first.action);
    let note = cluster_note(first);
    if let [only] = &*members {
        page.item(0, ink, symbol, only, &note);
    } else {
        page.item(0, ink, symbol, &count(members.len(), "cluster"), &note);
        let room = page.room(2);
        page.line(2, Ink::Faint, &names(&members, room));
    }
    for layer in group.layers.iter().map(|at| &first.layers[*at]) {
        if is_only_recorded(layer) && !page.view.expand {
            continue;
        }
        let (symbol, ink) = of_layer(layer);
        page.item(2, ink, symbol, &title(layer), &reasons(first, layer));
        draw_inside(page, 4, first, layer, members.len() > 1);
    }
}

/// What is said of a cluster behind its name.
pub(super) fn cluster_note(cluster: &ClusterPlan) -> String {
    let mut notes = Vec::new();
    match &cluster.action {
        ClusterAction::Create => notes.push("new".to_owned()),
        ClusterAction::Update if cluster.layers.is_empty() && !cluster.index_drifted => {
            notes.push("only what is known of the cluster changes".to_owned());
        }
        ClusterAction::Update => {}
        ClusterAction::Rename { from } => notes.push(format!("renamed from {from}")),
        ClusterAction::Retarget { from, .. } => {
            notes.push(format!("{from} -> {}", cluster.target));
        }
        ClusterAction::Delete => {
            let why = cluster.layers.iter().flat_map(|layer| &layer.reasons);
            let mut why =
                why.filter(|why| matches!(why, Reason::ClusterRemoved | Reason::Destroyed));
            notes.push(why.next().map_or("deleted".to_owned(), ToString::to_string));
        }
        ClusterAction::Forget => notes.push("forgotten; its objects stay".to_owned()),
    }
    if cluster.index_drifted {
        notes.push("the target's index drifted".to_owned());
    }
    if cluster.unverified.is_some() {
        notes.push("not verified".to_owned());
    }
    if notes.is_empty() {
        String::new()
    } else {
        format!("({})", notes.join(", "))
    }
}

/// Values and objects of a layer.
fn draw_inside(
    page: &mut Page<'_>,
    indent: usize,
    cluster: &ClusterPlan,
    layer: &LayerPlan,
    grouped: bool,
) {
    if let Some(values) = &layer.values {
        page.line(indent, Ink::Strong, "values");
        difference::draw(page, indent + 2, &values.before, &values.after);
    }
    if grouped && is_new(cluster, layer) && !layer.objects.is_empty() {
        draw_kinds(page, indent, layer);
        draw_hooks(page, indent, layer);
        return;
    }
    let mut made = Tally::default();
    let mut gone = Tally::default();
    let mut kept = Tally::default();
    let (mut recorded, mut forgotten) = (0, 0);
    for object in &layer.objects {
        let tally = match object.action {
            ObjectAction::Record if !page.view.expand => {
                recorded += 1;
                continue;
            }
            ObjectAction::Forget if !page.view.expand => {
                forgotten += 1;
                continue;
            }
            ObjectAction::Create => Some(&mut made),
            ObjectAction::Delete => Some(&mut gone),
            ObjectAction::Keep { .. } => Some(&mut kept),
            _ => None,
        };
        if tally.is_none_or(|tally| tally.takes(page.view.expand)) {
            draw_object(page, indent, layer, object);
        }
    }
    for (tally, symbol, ink, what) in [
        (made, "+", Ink::Create, ""),
        (gone, "-", Ink::Delete, ""),
        (kept, ".", Ink::Faint, "that stays, "),
    ] {
        if tally.left > 0 {
            let text = count(tally.left, "more object");
            let tail = format!("({what}--expand names them)");
            page.item(indent, ink, symbol, &text, &tail);
        }
    }
    for (many, what) in [
        (recorded, "only recorded"),
        (forgotten, "gone already, forgotten"),
    ] {
        if many > 0 {
            page.item(
                indent,
                Ink::Faint,
                ".",
                &count(many, "object"),
                &format!("({what})"),
            );
        }
    }
    draw_hooks(page, indent, layer);
}

/// The hooks that run with a layer, in their order.
fn draw_hooks(page: &mut Page<'_>, indent: usize, layer: &LayerPlan) {
    let mut tally = Tally::default();
    for hook in &layer.hooks {
        if tally.takes(page.view.expand) {
            page.item(indent, Ink::Plain, RUNS, &of_hook(hook), hook_note(hook));
        }
    }
    if tally.left > 0 {
        let text = count(tally.left, "more hook");
        page.item(indent, Ink::Plain, RUNS, &text, "(--expand names them)");
    }
}

#[derive(Default)]
struct Tally {
    named: usize,
    left: usize,
}

impl Tally {
    fn takes(&mut self, all: bool) -> bool {
        let takes = all || self.named < NAMED;
        *(if takes {
            &mut self.named
        } else {
            &mut self.left
        }) += 1;
        takes
    }
}

fn draw_kinds(page: &mut Page<'_>, indent: usize, layer: &LayerPlan) {
    let all: Vec<String> = kinds(&layer.objects)
        .into_iter()
        .map(|(kind, many)| format!("{} {kind}", number(many)))
        .collect();
    let lead = format!("+ {}: ", count(layer.objects.len(), "object"));
    page.prose(indent, Ink::Create, &lead, &all.join(", "));
}

fn draw_object(page: &mut Page<'_>, indent: usize, layer: &LayerPlan, object: &ObjectChange) {
    let (symbol, ink) = of_object(&object.action);
    let tail = object_reasons(layer, object);
    page.item(indent, ink, symbol, &object.key.to_string(), &tail);
    match (both_texts(object), &object.after) {
        (Some((before, after)), _) if shows_difference(&object.action) => {
            difference::draw(page, indent + 2, before, after);
        }
        (_, Some(after)) if page.view.expand && is_made(&object.action) => {
            difference::draw_new(page, indent + 2, &after.text);
        }
        _ => {}
    }
}

fn is_made(action: &ObjectAction) -> bool {
    matches!(action, ObjectAction::Create | ObjectAction::Recreate)
}
