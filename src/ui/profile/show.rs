//! One profile: its layers, its variables, and if wanted all values.

use crate::model::{Layer, Profile, Variable};
use crate::ui::View;
use crate::ui::page::{Ink, Page};
use crate::ui::words::count;

use super::source;

/// A profile for people. `values` has the values of each layer as text, in the order of the layers, when they are wanted.
pub fn profile_human(profile: &Profile, values: Option<&[String]>, view: &View) -> String {
    let mut page = Page::new(view);
    let facts = format!("{}, cloud {}", profile.kind.as_str(), profile.cloud);
    let title = format!("{} {}", profile.name, profile.version);
    page.item(0, Ink::Strong, "*", &title, &facts);
    if let Some(about) = &profile.description {
        page.prose(2, Ink::Plain, "", about);
    }
    if !profile.labels.is_empty() {
        let labels = profile.labels.iter();
        let labels: Vec<String> = labels
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        page.prose(2, Ink::Faint, "labels ", &labels.join(", "));
    }
    page.blank();
    page.line(0, Ink::Strong, &count(profile.layers.len(), "layer"));
    for (at, layer) in profile.layers.iter().enumerate() {
        one_layer(&mut page, layer);
        if let Some(text) = values.and_then(|values| values.get(at)) {
            for line in text.lines() {
                page.line(6, Ink::Plain, line);
            }
        }
    }
    if !profile.variables.is_empty() {
        page.blank();
        page.line(0, Ink::Strong, &count(profile.variables.len(), "variable"));
        for variable in &profile.variables {
            one_variable(&mut page, variable);
        }
    }
    page.text()
}

fn one_layer(page: &mut Page<'_>, layer: &Layer) {
    let tail = source(&layer.source);
    page.item(
        2,
        Ink::Plain,
        &format!("{:<12}", layer.category),
        layer.name.as_str(),
        &tail,
    );
    let mut facts = Vec::new();
    if let Some(namespace) = &layer.namespace {
        facts.push(format!("namespace {namespace}"));
    }
    if !layer.presets.is_empty() {
        let presets = layer.presets.iter().map(|preset| &*preset.value);
        facts.push(format!(
            "presets {}",
            presets.collect::<Vec<_>>().join(", ")
        ));
    }
    if !layer.depends_on.is_empty() {
        let needs = layer.depends_on.iter().map(|name| name.value.as_str());
        facts.push(format!("after {}", needs.collect::<Vec<_>>().join(", ")));
    }
    if !facts.is_empty() {
        page.prose(15, Ink::Faint, "", &facts.join("; "));
    }
}

fn one_variable(page: &mut Page<'_>, variable: &Variable) {
    let mut facts = vec![variable.format.as_str().to_owned()];
    if let Some(default) = &variable.default {
        facts.push(if variable.sensitive {
            "a default".to_owned()
        } else {
            format!("default {}", crate::yaml::write(default).trim_end())
        });
    }
    for (is_so, word) in [
        (variable.required, "required"),
        (variable.sensitive, "sensitive"),
        (variable.hidden, "hidden"),
        (variable.read_only, "read only"),
    ] {
        if is_so {
            facts.push(word.to_owned());
        }
    }
    page.item(2, Ink::Plain, "-", &variable.name, &facts.join(", "));
    if let Some(about) = &variable.description {
        page.prose(6, Ink::Faint, "", about);
    }
}
