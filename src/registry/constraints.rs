//! `constraints` of `pack.json`.

use std::sync::Arc;

use crate::diag::{Diagnostic, Spanned};
use crate::model::{
    Dependency, DependencyKind, Resource, ResourceComponent, ResourceKind, ScheduleType, Version,
};
use crate::yaml::{Node, NodeKind};

use super::fields::{Fields, wrong_type};
use super::metadata::version;
use super::words::{join, nearest};

const DEPENDENCY_KINDS: [(&str, DependencyKind); 4] = [
    ("required", DependencyKind::Required),
    ("optional", DependencyKind::Optional),
    ("notSupported", DependencyKind::NotSupported),
    ("upgrade", DependencyKind::Upgrade),
];

const RESOURCE_KINDS: [(&str, ResourceKind); 3] = [
    ("cpu", ResourceKind::Cpu),
    ("memory", ResourceKind::Memory),
    ("diskSize", ResourceKind::DiskSize),
];

const SCHEDULE_TYPES: [(&str, ScheduleType); 4] = [
    ("all", ScheduleType::All),
    ("master", ScheduleType::ControlPlane),
    ("control-plane", ScheduleType::ControlPlane),
    ("worker", ScheduleType::Worker),
];

/// The dependencies and resources; what is wrong is left out.
pub(super) fn read(
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<Dependency>, Vec<Resource>) {
    let Some(fields) = Fields::of(node, "`constraints`", problems) else {
        return Default::default();
    };
    let dependencies = fields
        .list("dependencies", problems)
        .iter()
        .filter_map(|node| dependency(node, problems))
        .collect();
    let resources = fields
        .list("resources", problems)
        .iter()
        .filter_map(|node| resource(node, problems))
        .collect();
    (dependencies, resources)
}

fn dependency(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Dependency> {
    let fields = Fields::of(node, "a dependency", problems)?;
    let pack = fields.required_text("packName", problems);
    let kind = match fields.text("type", problems) {
        Some(text) if !text.value.is_empty() => {
            choose(&text, "type of dependency", &DEPENDENCY_KINDS, problems)
        }
        _ => Some(DependencyKind::Optional),
    };
    let min = bound(fields, "minVersion", problems);
    let max = bound(fields, "maxVersion", problems);
    let layer = fields.text("layer", problems);
    Some(Dependency {
        pack: pack?.value.into(),
        layer: layer
            .filter(|text| !text.value.is_empty())
            .map(|text| text.value.into()),
        min,
        max,
        kind: kind?,
        span: node.span,
    })
}

fn bound(fields: Fields<'_>, key: &str, problems: &mut Vec<Diagnostic>) -> Option<Version> {
    let text = fields.text(key, problems)?;
    if text.value.trim().is_empty() {
        return None;
    }
    version(&text, problems).map(|version| version.value)
}

fn resource(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Resource> {
    let fields = Fields::of(node, "a resource constraint", problems)?;
    let kind = fields
        .required_text("type", problems)
        .and_then(|text| choose(&text, "type of resource", &RESOURCE_KINDS, problems));
    let min = fields
        .get("minLimit")
        .and_then(|node| whole_number(node, "`minLimit`", problems));
    let components = fields
        .list("components", problems)
        .iter()
        .filter_map(|node| component(node, problems))
        .collect();
    Some(Resource {
        kind: kind?,
        min,
        components,
        span: node.span,
    })
}

fn component(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<ResourceComponent> {
    let fields = Fields::of(node, "a component", problems)?;
    let request = fields.required_text("resourceRequestParamRef", problems);
    let replicas: Option<Arc<str>> = fields
        .text("replicaCountParamRef", problems)
        .filter(|text| !text.value.is_empty())
        .map(|text| text.value.into());
    let schedule = match fields.text("scheduleType", problems) {
        Some(text) if !text.value.is_empty() => {
            choose(&text, "schedule type", &SCHEDULE_TYPES, problems)
        }
        _ => Some(ScheduleType::All),
    };
    Some(ResourceComponent {
        request_path: request?.value.into(),
        replicas_path: replicas,
        schedule: schedule?,
    })
}

/// A number that is whole and not negative; packs also write it as a string.
fn whole_number(node: &Node, what: &str, problems: &mut Vec<Diagnostic>) -> Option<u64> {
    let number = match &node.kind {
        NodeKind::Int(number) => u64::try_from(*number).ok(),
        NodeKind::String(text, _) => text.trim().parse().ok(),
        _ => None,
    };
    if number.is_none() {
        problems.push(
            wrong_type(node, what, "a whole number")
                .help("it counts millicores (cpu), MiB (memory) or GB (diskSize)"),
        );
    }
    number
}

fn choose<T: Copy>(
    text: &Spanned<&str>,
    what: &str,
    words: &[(&'static str, T)],
    problems: &mut Vec<Diagnostic>,
) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text.value);
    if found.is_none() {
        let known = || words.iter().map(|(word, _)| *word);
        let problem = Diagnostic::error(format!("unknown {what} `{}`", text.value)).at(text.span);
        problems.push(match nearest(text.value, known()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("it is {}", join(known(), "or"))),
        });
    }
    found.map(|(_, value)| *value)
}
