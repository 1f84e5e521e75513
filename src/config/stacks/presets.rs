//! Presets: names resolved to positions.

use std::sync::Arc;

use crate::diag::{Diagnostic, Span, Spanned};
use crate::model::{Layer, LayerName, Pack, ValuesMode};

use super::words::suggestion;

/// The positions of chosen presets in the pack's list, in file order. What is wrong is reported and left out.
pub(super) fn resolve(
    layer: &LayerName,
    pack: &Pack,
    chosen: &[Spanned<Arc<str>>],
    problems: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let mut found: Vec<(usize, &Spanned<Arc<str>>)> = Vec::with_capacity(chosen.len());
    for name in chosen {
        let Some(at) = find(layer, pack, name, problems) else {
            continue;
        };
        let group = &pack.presets[at].group;
        let rival = found
            .iter()
            .find(|(other, _)| *other != at && pack.presets[*other].group == *group);
        if let Some((_, other)) = rival {
            problems.push(
                Diagnostic::error(format!(
                    "layer `{layer}` has two presets of the group `{group}`: `{}` and `{}`",
                    other.value, name.value
                ))
                .at(name.span)
                .label("the second one")
                .also(other.span, "the first one")
                .help("of one group, choose one"),
            );
        } else if found.iter().all(|(other, _)| *other != at) {
            found.push((at, name));
        }
    }
    let mut positions: Vec<usize> = found.into_iter().map(|(at, _)| at).collect();
    positions.sort_unstable();
    positions
}

/// The problem of a layer that has presets and no pack.
pub(super) fn without_pack(layer: &LayerName, span: Span) -> Diagnostic {
    Diagnostic::error(format!(
        "layer `{layer}` is not made of a pack, and only packs have presets"
    ))
    .at(span)
    .help("write what you want under `values`")
}

/// Says that presets do nothing where the values are all there is: they change a pack's own values.
pub(super) fn warn_of_replaced(
    layer: &Layer,
    chosen: &[Spanned<Arc<str>>],
    problems: &mut Vec<Diagnostic>,
) {
    if let (ValuesMode::Replace, Some(preset)) = (layer.values_mode, chosen.first()) {
        problems.push(
            Diagnostic::warning(format!(
                "presets of the layer `{}` have no effect, since it has `valuesMode: replace`",
                layer.name
            ))
            .at(preset.span)
            .help("write what you want under `values`"),
        );
    }
}

fn find(
    layer: &LayerName,
    pack: &Pack,
    name: &Spanned<Arc<str>>,
    problems: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let matches = |at: &usize| {
        let preset = &pack.presets[*at];
        match name.value.split_once(':') {
            Some((group, rest)) => *preset.group == *group && *preset.name == *rest,
            None => preset.name == name.value,
        }
    };
    let full = |at: usize| format!("{}:{}", pack.presets[at].group, pack.presets[at].name);
    let found: Vec<usize> = (0..pack.presets.len()).filter(matches).collect();
    match found.as_slice() {
        [only] => Some(*only),
        [] => {
            let all: Vec<String> = (0..pack.presets.len()).map(full).collect();
            let bare = pack.presets.iter().map(|preset| &*preset.name);
            let known: Vec<&str> = if name.value.contains(':') {
                all.iter().map(String::as_str).collect()
            } else {
                bare.collect()
            };
            let mut problem = Diagnostic::error(format!(
                "layer `{layer}`: the pack `{}` {} has no preset `{}`",
                pack.name, pack.version, name.value
            ))
            .at(name.span);
            problem.help = suggestion(&name.value, known);
            problems.push(problem);
            None
        }
        several => {
            let names: Vec<String> = several.iter().map(|at| full(*at)).collect();
            problems.push(
                Diagnostic::error(format!(
                    "layer `{layer}`: the pack `{}` {} has several presets `{}`",
                    pack.name, pack.version, name.value
                ))
                .at(name.span)
                .help(format!("write one of them in full: {}", names.join(", "))),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::config::stacks::fixture::{BASE, problems, project};

    const PACK: &str = "
pack dash 1.0.0 monitoring
  preset auth:none
  preset auth:token
  preset size:small
  preset store:small
";

    #[test]
    fn presets_come_in_file_order_and_overrides_replace_them() {
        let project = project(&format!(
            "{BASE}{PACK}
profile apps 1.0.0 add-on all
  layer dash monitoring dash:1.0.0 presets=size:small,token,auth:token
cluster a aws base apps
cluster b aws base apps
  override dash presets=none
"
        ));
        let (stacks, problems) = project.build();
        assert_eq!(project.render(&problems), "");
        assert_eq!(stacks[0].layers[4].presets, [1, 2]);
        assert_eq!(stacks[1].layers[4].presets, [0]);
    }

    #[test]
    fn what_cannot_be_chosen_is_told() {
        assert_snapshot!(problems(&format!("{PACK}
profile apps 1.0.0 add-on all
  layer near monitoring dash:1.0.0 presets=tokn
  layer far monitoring dash:1.0.0 presets=auth:everything-else
  layer two monitoring dash:1.0.0 presets=none,token
  layer vague monitoring dash:1.0.0 presets=small
  layer plain monitoring manifests presets=small
cluster a aws base apps
  override plain presets=none
")), @"
        error: layer `near`: the pack `dash` 1.0.0 has no preset `tokn`
          --> test:18:36
           |
        18 |   layer near monitoring dash:1.0.0 presets=tokn
           |                                    ^^^^^^^^^^^^
           |
           = help: did you mean `token`?
        error: layer `far`: the pack `dash` 1.0.0 has no preset `auth:everything-else`
          --> test:19:35
           |
        19 |   layer far monitoring dash:1.0.0 presets=auth:everything-else
           |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: there is `auth:none`, `auth:token`, `size:small` and `store:small`
        error: layer `two` has two presets of the group `auth`: `none` and `token`
          --> test:20:35
           |
        20 |   layer two monitoring dash:1.0.0 presets=none,token
           |                                   ^^^^^^^^^^^^^^^^^^
           |                                   |
           |                                   the second one
           |                                   the first one
           |
           = help: of one group, choose one
        error: layer `vague`: the pack `dash` 1.0.0 has several presets `small`
          --> test:21:37
           |
        21 |   layer vague monitoring dash:1.0.0 presets=small
           |                                     ^^^^^^^^^^^^^
           |
           = help: write one of them in full: size:small, store:small
        error: layer `plain` is not made of a pack, and only packs have presets
          --> test:22:36
           |
        22 |   layer plain monitoring manifests presets=small
           |                                    ^^^^^^^^^^^^^
        23 | cluster a aws base apps
        24 |   override plain presets=none
           |                  ------------ and here
           |
           = note: on cluster a
           = help: write what you want under `values`
        ");
    }
}
