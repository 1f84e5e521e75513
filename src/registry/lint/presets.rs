//! `presets.yaml`.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Span};
use crate::yaml::NodeKind;

use super::super::pack::Parts;
use super::super::presets::spans;

pub(super) fn check(parts: &Parts, problems: &mut Vec<Diagnostic>) {
    let Some(node) = &parts.presets_node else {
        return;
    };
    let spans = spans(node);
    if spans.is_empty() && node.kind == NodeKind::Null {
        problems.push(
            Diagnostic::warning("presets.yaml is empty")
                .at(node.span)
                .help("remove the file, or write presets into it"),
        );
        return;
    }
    if spans.len() != parts.presets.len() {
        // Some could not be read, and have said so.
        return;
    }
    let mut seen: HashMap<(&str, &str), Span> = HashMap::new();
    for (preset, span) in parts.presets.iter().zip(spans) {
        let shown = match &*preset.group {
            "" => preset.name.to_string(),
            group => format!("{group}:{}", preset.name),
        };
        if let Some(first) = seen.insert((&preset.group, &preset.name), span) {
            problems.push(
                Diagnostic::error(format!("two presets are called `{shown}`"))
                    .at(span)
                    .also(first, "the first one")
                    .help("give one of them another name or group"),
            );
        }
        if preset.remove.is_empty() && preset.add.kind == NodeKind::Null {
            problems.push(
                Diagnostic::warning(format!("the preset `{shown}` does nothing"))
                    .at(span)
                    .label("neither `add` nor `remove` has anything in it")
                    .help("remove it, or say what it changes"),
            );
        }
    }
}
