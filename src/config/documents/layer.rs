//! Layers of a profile.

use std::sync::Arc;

use crate::diag::{Diagnostic, Spanned};
use crate::model::{Category, Layer, LayerName, ValuesMode};
use crate::yaml::Node;

use super::check::Check;
use super::common::{IGNORE_FIELDS, WAITING, ignore_fields, waiting};
use super::digest::feed;
use super::fields::Fields;
use super::shape::{Choice, Shape, Type, may, must};
use super::source::{self, Around, CHART, MANIFEST, PACK};

const VALUES_MODE: Choice = Choice {
    words: &[
        ("merge", "the values are laid over the pack's own"),
        (
            "replace",
            "the values are all there is, as in Palette's exports",
        ),
    ],
    ..Choice::PLAIN
};

pub(super) const LAYER: Shape = Shape {
    name: "layer",
    doc: "One layer: a pack, a Helm chart or manifests, with values",
    fields: &[
        &[
            must("name", Type::Name, "the name, unique in a cluster's stack"),
            must(
                "category",
                Type::Text,
                "what the layer is: `os`, `k8s`, `cni`, `csi`, or an add-on category such as `ingress`",
            ),
            may("pack", Type::Shape(&PACK), "the pack that it is made of"),
            may(
                "chart",
                Type::Shape(&CHART),
                "the Helm chart that it is made of",
            ),
            may(
                "manifests",
                Type::List(&Type::Shape(&MANIFEST)),
                "the manifests that it is made of",
            ),
            may(
                "presets",
                Type::List(&Type::Text),
                "presets of the pack that are chosen, as `group:name`",
            ),
            may(
                "values",
                Type::Values,
                "values that are laid over the pack's own",
            ),
            may(
                "valuesFile",
                Type::Text,
                "a file of values, relative to the project's root; `values` are laid over it",
            ),
            may(
                "valuesMode",
                Type::Choice(&VALUES_MODE),
                "how the values meet the pack's own; `merge` when left out",
            ),
            may(
                "dependsOn",
                Type::List(&Type::Name),
                "layers that must be there before",
            ),
            may(
                "ignoreFields",
                Type::List(&Type::Shape(&IGNORE_FIELDS)),
                "fields of the layer's objects that are left to others",
            ),
            may(
                "namespace",
                Type::Text,
                "the namespace of a chart or of manifests, for objects that name none",
            ),
        ],
        WAITING,
    ],
    one_of: &["pack", "chart", "manifests"],
    hints: &[
        ("version", "the version stands under `pack` or `chart`"),
        ("registry", "the registry stands under `pack` or `chart`"),
        ("layer", "what the layer is stands under `category`"),
        ("type", "what the layer is stands under `category`"),
    ],
};

/// Decodes a layer. Nothing comes back for one that cannot be used.
pub(super) fn decode(node: &Node, around: &mut Around<'_, '_, '_>) -> Option<Layer> {
    let fields = Fields::of(node);
    let name = fields.spanned("name");
    let category = fields.spanned("category").and_then(|category| {
        category
            .value
            .parse::<Category>()
            .map_err(|wrong| {
                let problem = Diagnostic::error(wrong.to_string()).at(category.span);
                let lower = category.value.to_lowercase().replace('_', "-");
                around.check.report(match lower.parse::<Category>() {
                    Ok(better) => problem.help(format!("did you mean `{better}`?")),
                    Err(_) => problem,
                });
            })
            .ok()
    });
    let source = source::decode(fields, around);
    let values = values(fields, around);
    let namespace = namespace(fields, around.check);
    if let (Some(presets), None) = (fields.get("presets"), fields.get("pack"))
        && presets.as_list().is_some_and(|list| !list.is_empty())
    {
        around.check.report(
            Diagnostic::error("only a pack has presets")
                .at(fields.key_span("presets"))
                .help("remove `presets`, or make the layer of a pack"),
        );
    }
    let ignore_fields = ignore_fields(fields, around.check);
    let name = name?;
    Some(Layer {
        name: LayerName::new(name.value).ok()?,
        category: category?,
        source: source?,
        presets: texts(fields.list("presets")),
        values,
        values_mode: match fields.text("valuesMode") {
            Some("replace") => ValuesMode::Replace,
            _ => ValuesMode::Merge,
        },
        depends_on: fields
            .list("dependsOn")
            .iter()
            .filter_map(|node| {
                let name = LayerName::new(node.as_str()?).ok()?;
                Some(Spanned::new(name, node.span))
            })
            .collect(),
        waiting: waiting(fields),
        ignore_fields,
        namespace,
        span: name.span,
    })
}

/// A list of texts with their places.
pub(super) fn texts(nodes: &[Node]) -> Vec<Spanned<Arc<str>>> {
    nodes
        .iter()
        .filter_map(|node| Some(Spanned::new(node.as_str()?.into(), node.span)))
        .collect()
}

fn values(fields: Fields<'_>, around: &mut Around<'_, '_, '_>) -> Vec<Arc<Node>> {
    let mut all = Vec::new();
    if let Some(text) = fields.spanned("valuesFile")
        && let Some(path) = around.check.inside(&text)
        && let Some(values) = around
            .files
            .values(&Spanned::new(path, text.span), around.check)
    {
        feed(&values, around.hash);
        all.push(values);
    }
    if let Some(values) = fields.get("values").filter(|node| node.as_map().is_some()) {
        all.push(Arc::new(values.clone()));
    }
    all
}

fn namespace(fields: Fields<'_>, check: &mut Check<'_>) -> Option<Arc<str>> {
    let outer = fields.spanned("namespace");
    let inner = fields.below("chart").spanned("namespace");
    for namespace in outer.iter().chain(&inner) {
        let fine = namespace.value.len() <= 63
            && LayerName::new(namespace.value).is_ok()
            && !namespace.value.contains('.');
        if !fine && !namespace.value.is_empty() {
            check.report(
                Diagnostic::error(format!("`{}` is not a namespace", namespace.value))
                    .at(namespace.span)
                    .help("a namespace has at most 63 lower case letters, digits and `-`, with a letter or digit at both ends"),
            );
        }
    }
    if let (Some(outer), Some(inner)) = (&outer, &inner)
        && outer.value != inner.value
    {
        check.report(
            Diagnostic::error("the layer has two namespaces")
                .at(outer.span)
                .also(inner.span, "the other one")
                .help("remove one of them"),
        );
    }
    if let Some(outer) = &outer
        && fields.get("pack").is_some()
    {
        check.report(
            Diagnostic::error("`namespace` is not for packs")
                .at(fields.key_span("namespace"))
                .help(format!(
                    "a pack's namespace stands in its values: `values: {{pack: {{namespace: {}}}}}`",
                    outer.value
                )),
        );
    }
    outer.or(inner).map(|namespace| namespace.value.into())
}
