//! The `Cluster` document.

use crate::model::{Cluster, ClusterName};
use crate::yaml::Node;

use super::check::Check;
use super::common::{API, LABELLED};
use super::fields::Fields;
use super::parts::{self, HINTS, PARTS, Shared};
use super::shape::{Choice, Shape, Type, must};
use super::target::WHOLE_TARGET;

const SPEC: Shape = Shape {
    name: "cluster",
    doc: "What the cluster is made of, and where its objects go",
    fields: &[PARTS, WHOLE_TARGET],
    hints: HINTS,
    ..Shape::PLAIN
};

pub(super) const CLUSTER: Shape = Shape {
    name: "Cluster document",
    doc: "A cluster with its profiles, variables, overrides and target",
    fields: &[
        API,
        &[
            must(
                "kind",
                Type::Choice(&Choice {
                    words: &[("Cluster", "a cluster")],
                    ..Choice::PLAIN
                }),
                "the kind of the document",
            ),
            must(
                "metadata",
                Type::Shape(&LABELLED),
                "the cluster's name and labels",
            ),
            must("spec", Type::Shape(&SPEC), "what the cluster is made of"),
        ],
    ],
    ..Shape::PLAIN
};

/// Decodes a cluster. Nothing comes back when it cannot be used.
pub(super) fn decode(node: &Node, shared: &mut Shared, check: &mut Check<'_>) -> Option<Cluster> {
    let document = Fields::of(node);
    let metadata = document.below("metadata");
    let parts = parts::decode(document.below("spec"), shared, check);
    let name = metadata.spanned("name")?;
    let labels = shared.labels(metadata);
    parts.cluster(ClusterName::new(name.value).ok()?, labels, name.span, None)
}
