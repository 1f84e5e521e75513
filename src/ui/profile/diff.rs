//! Two profiles side by side.

use crate::diff::{Change, LayerDifference, ProfileDifference, VariableDifference};
use crate::ui::View;
use crate::ui::difference::draw;
use crate::ui::page::{Ink, Page};
use crate::ui::words::count;

/// What two profiles differ in, layer by layer, for people.
pub fn profile_diff_human(difference: &ProfileDifference, view: &View) -> String {
    let mut page = Page::new(view);
    let name = |profile: &crate::model::Profile| format!("{} {}", profile.name, profile.version);
    let (before, after) = (name(&difference.before), name(&difference.after));
    if difference.is_empty() {
        let text = format!("{before} and {after} are the same.");
        page.prose(0, Ink::Plain, "", &text);
        return page.text();
    }
    page.line(0, Ink::Strong, &format!("{before} -> {after}"));
    for fact in &difference.facts {
        one_fact(&mut page, 2, fact);
    }
    for layer in &difference.layers {
        one_layer(&mut page, layer);
    }
    for variable in &difference.variables {
        one_variable(&mut page, variable);
    }
    page.blank();
    page.prose(0, Ink::Plain, "", &sum(difference));
    page.text()
}

fn one_layer(page: &mut Page<'_>, layer: &LayerDifference) {
    let mut tail = match (&layer.before, &layer.after) {
        (Some(before), Some(after)) if before != after => vec![format!("{before} -> {after}")],
        (_, Some(after)) => vec![after.clone()],
        (before, None) => before.iter().cloned().collect(),
    };
    if let Some((before, after)) = layer.moved {
        tail.push(format!("moved from {before} to {after}"));
    }
    let (symbol, ink) = match (&layer.before, &layer.after) {
        (None, _) => ("+", Ink::Create),
        (_, None) => ("-", Ink::Delete),
        _ => ("~", Ink::Update),
    };
    page.item(2, ink, symbol, layer.name.as_str(), &tail.join(", "));
    for fact in &layer.facts {
        one_fact(page, 4, fact);
    }
    for text in layer.values.iter().chain(&layer.manifests) {
        one_text(page, text);
    }
}

/// A text that differs, such as values or a manifest.
fn one_text(page: &mut Page<'_>, text: &Change) {
    let (symbol, ink) = match (&text.before, &text.after) {
        (None, _) => ("+", Ink::Create),
        (_, None) => ("-", Ink::Delete),
        _ => ("~", Ink::Update),
    };
    page.item(4, ink, symbol, &text.what, "");
    let before = text.before.as_deref().unwrap_or_default();
    let after = text.after.as_deref().unwrap_or_default();
    draw(page, 6, before, after);
}

fn one_variable(page: &mut Page<'_>, variable: &VariableDifference) {
    let (symbol, ink) = match (variable.before, variable.after) {
        (false, _) => ("+", Ink::Create),
        (_, false) => ("-", Ink::Delete),
        _ => ("~", Ink::Update),
    };
    page.item(2, ink, symbol, &variable.name, "variable");
    for fact in &variable.facts {
        one_fact(page, 4, fact);
    }
}

fn one_fact(page: &mut Page<'_>, indent: usize, fact: &Change) {
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "(none)".to_owned());
    let text = format!("{} -> {}", side(&fact.before), side(&fact.after));
    page.prose(indent, Ink::Update, "~ ", &format!("{}: {text}", fact.what));
}

fn sum(difference: &ProfileDifference) -> String {
    let layers = &difference.layers;
    let of = |is_so: fn(&LayerDifference) -> bool| layers.iter().filter(|one| is_so(one)).count();
    let mut parts = Vec::new();
    for (many, word) in [
        (of(|layer| layer.before.is_none()), "added"),
        (of(|layer| layer.after.is_none()), "removed"),
        (
            of(|layer| layer.before.is_some() && layer.after.is_some()),
            "changed",
        ),
    ] {
        if many > 0 {
            parts.push(format!("{} {word}", count(many, "layer")));
        }
    }
    if !difference.variables.is_empty() {
        parts.push(format!(
            "{} changed",
            count(difference.variables.len(), "variable")
        ));
    }
    if parts.is_empty() {
        return "No layer differs.".to_owned();
    }
    format!("{}.", parts.join(", "))
}
