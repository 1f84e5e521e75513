//! The `ClusterGroup` document: many clusters from one template.

use crate::diag::Diagnostic;
use crate::model::{Cluster, ClusterName, Labels};
use crate::yaml::Node;

use super::check::Check;
use super::common::{API, LABELS, NAMED};
use super::fields::Fields;
use super::parts::{self, HINTS, PARTS, Shared, merge_maps};
use super::shape::{Choice, Shape, Type, may, must};
use super::target::SHARED_TARGET;

const TEMPLATE: Shape = Shape {
    name: "template",
    doc: "What all clusters of the group have in common",
    fields: &[LABELS, PARTS, SHARED_TARGET],
    hints: HINTS,
    ..Shape::PLAIN
};

const ENTRY: Shape = Shape {
    name: "cluster of a group",
    doc: "One cluster of the group; its fields win over the template's, and its maps are laid over them",
    fields: &[
        &[must("name", Type::Name, "the name, unique in the project")],
        LABELS,
        PARTS,
        SHARED_TARGET,
    ],
    hints: HINTS,
    ..Shape::PLAIN
};

const SPEC: Shape = Shape {
    name: "cluster group",
    doc: "A template and the clusters that are made from it",
    fields: &[&[
        may(
            "template",
            Type::Shape(&TEMPLATE),
            "what all clusters of the group have in common",
        ),
        must("clusters", Type::List(&Type::Shape(&ENTRY)), "the clusters"),
    ]],
    ..Shape::PLAIN
};

pub(super) const GROUP: Shape = Shape {
    name: "ClusterGroup document",
    doc: "Many clusters from one template: a fleet",
    fields: &[
        API,
        &[
            must(
                "kind",
                Type::Choice(&Choice {
                    words: &[("ClusterGroup", "a group of clusters")],
                    ..Choice::PLAIN
                }),
                "the kind of the document",
            ),
            must("metadata", Type::Shape(&NAMED), "the group's name"),
            must("spec", Type::Shape(&SPEC), "a template and its clusters"),
        ],
    ],
    ..Shape::PLAIN
};

/// Decodes the clusters of a group. Those that cannot be used are left out.
pub(super) fn decode(node: &Node, shared: &mut Shared, check: &mut Check<'_>) -> Vec<Cluster> {
    let spec = Fields::of(node).below("spec");
    let template = spec.below("template");
    let labels = shared.labels(template);
    let template = parts::decode(template, shared, check);
    let entries = spec.list("clusters");
    if let Some(path) = template.target.shared_folder() {
        check.report(
            Diagnostic::error("all clusters of the group would write to the same folder")
                .at(path.span)
                .help(format!(
                    "put the cluster's name into the path: `{}/{{name}}`",
                    path.value.trim_end_matches('/')
                )),
        );
        return Vec::new();
    }
    let mut clusters = Vec::with_capacity(entries.len());
    for node in entries {
        let fields = Fields::of(node);
        let own_labels: Labels = shared.labels(fields);
        let parts = parts::decode(fields, shared, check);
        let Some(name) = fields.spanned("name") else {
            continue;
        };
        let Ok(known) = ClusterName::new(name.value) else {
            continue;
        };
        if parts.target.spec(&known, Some(&template.target)).is_none() {
            check.report(
                Diagnostic::error(format!("the cluster `{}` has no target", name.value))
                    .at(name.span)
                    .help("add it to the template: `target: {directory: {path: \"rendered/{name}\"}}`"),
            );
            continue;
        }
        let labels = merge_maps(Some(&labels), own_labels);
        clusters.extend(parts.cluster(known, labels, name.span, Some(&template)));
    }
    clusters
}
