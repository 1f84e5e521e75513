//! `presets.yaml`.

use std::sync::Arc;

use crate::diag::Span;
use crate::model::Preset;
use crate::yaml::{Node, NodeKind};

use super::fields::{Fields, wrong_type};
use super::yaml_text::{Reader, Text};

/// The presets, in file order; those with something wrong are left out.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Vec<Preset> {
    if node.kind == NodeKind::Null {
        return Vec::new();
    }
    let Some(fields) = Fields::of(node, "presets.yaml", &mut reader.problems) else {
        return Vec::new();
    };
    fields
        .list("presets", &mut reader.problems)
        .iter()
        .filter_map(|node| preset(node, reader))
        .collect()
}

/// Where each preset stands, in file order.
pub(super) fn spans(node: &Node) -> Vec<Span> {
    let list = node.get("presets").and_then(Node::as_list);
    list.unwrap_or_default()
        .iter()
        .map(|preset| preset.get("name").unwrap_or(preset).span)
        .collect()
}

fn preset(node: &Node, reader: &mut Reader<'_>) -> Option<Preset> {
    let fields = Fields::of(node, "a preset", &mut reader.problems)?;
    let name = fields.required_text("name", &mut reader.problems);
    let group = fields.text("group", &mut reader.problems);
    let display_name = fields.text("displayName", &mut reader.problems);
    let remove = fields.texts("remove", &mut reader.problems);
    let group: Arc<str> = group.map_or("", |text| text.value).into();
    let shown = match (&*group, &name) {
        (_, None) => "a preset without a name".to_owned(),
        ("", Some(name)) => format!("the preset `{}`", name.value),
        (group, Some(name)) => format!("the preset `{group}:{}`", name.value),
    };
    let add = match fields.get("add") {
        None => Node {
            span: node.span,
            kind: NodeKind::Null,
        },
        Some(add) => values(add, &shown, reader)?,
    };
    Some(Preset {
        name: name?.value.into(),
        display_name: display_name
            .filter(|text| !text.value.is_empty())
            .map(|text| text.value.into()),
        group,
        remove: remove.into_iter().map(|path| path.value).collect(),
        add: Arc::new(add),
    })
}

/// What a preset adds: YAML in a string, or just a mapping.
fn values(add: &Node, preset: &str, reader: &mut Reader<'_>) -> Option<Node> {
    let what = format!("`add` of {preset}");
    let node = match &add.kind {
        NodeKind::String(text, _) => {
            let name = format!("{}: {what}", reader.files.shown("presets.yaml"));
            let text = Text {
                source: reader.sources.add(name, text.as_str()),
                text: text.as_str().into(),
            };
            reader.document(&text, &what)?
        }
        _ => add.clone(),
    };
    if !matches!(node.kind, NodeKind::Map(_) | NodeKind::Null) {
        reader.problems.push(wrong_type(
            &node,
            &what,
            "a mapping, or YAML text that is one",
        ));
        return None;
    }
    Some(node)
}
