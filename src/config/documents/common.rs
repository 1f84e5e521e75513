//! What several kinds of documents have: names, labels, selectors, moves, fields left to others.

use std::collections::HashMap;
use std::hash::Hash;

use crate::diag::{Diagnostic, Span};
use crate::model::{
    Expression, FieldPath, IgnoreFields, Labels, Moved, Operator, Selector, WaitingWish, duration,
};
use crate::yaml::Node;

use super::check::Check;
use super::fields::Fields;
use super::shape::{Choice, Field, Shape, Type, may, must};

/// The API version of all documents.
pub(super) const API_VERSION: &str = "stratiform/v1";

/// What a document begins with, but for its kind.
pub(super) const API: &[Field] = &[must(
    "apiVersion",
    Type::Choice(&Choice {
        words: &[(API_VERSION, "the version of this format")],
        ..Choice::PLAIN
    }),
    "the version of this format, `stratiform/v1`",
)];

pub(super) const NAME: &[Field] = &[
    must(
        "name",
        Type::Name,
        "the name: lower case letters, digits, `-` and `.`",
    ),
    may("description", Type::Text, "what it is for"),
];

pub(super) const LABELS: &[Field] = &[may(
    "labels",
    Type::Map(&Type::Text),
    "labels, which selectors and `--selector` look at",
)];

pub(super) const NAMED: Shape = Shape {
    name: "metadata",
    doc: "The name of the document",
    fields: &[NAME],
    ..Shape::PLAIN
};

pub(super) const LABELLED: Shape = Shape {
    name: "metadata with labels",
    doc: "The name of the document, and its labels",
    fields: &[NAME, LABELS],
    ..Shape::PLAIN
};

pub(super) const MOVED: Shape = Shape {
    name: "move",
    doc: "A rename, so that it is not taken for a removal and something new",
    fields: &[&[
        must("from", Type::Name, "the old name"),
        must("to", Type::Name, "the new name"),
    ]],
    ..Shape::PLAIN
};

pub(super) const IGNORE_FIELDS: Shape = Shape {
    name: "entry of ignoreFields",
    doc: "Fields of objects that are left to others, in drift and apply",
    fields: &[&[
        may(
            "kind",
            Type::Text,
            "the kind of the objects; any when left out",
        ),
        may(
            "name",
            Type::Text,
            "the name of the objects; any when left out",
        ),
        must(
            "paths",
            Type::List(&Type::Text),
            "paths of the fields, such as `spec.replicas` or `spec.ports[*].nodePort`",
        ),
    ]],
    hints: &[("path", "the field is called `paths`, and is a list")],
    ..Shape::PLAIN
};

const OPERATORS: Choice = Choice {
    words: &[
        ("In", "the label is there and has one of the values"),
        ("NotIn", "the label is absent or has none of the values"),
        ("Exists", "the label is there"),
        ("DoesNotExist", "the label is absent"),
    ],
    ..Choice::PLAIN
};

const EXPRESSION: Shape = Shape {
    name: "match expression",
    doc: "A condition on one label",
    fields: &[&[
        must("key", Type::Text, "the label"),
        must(
            "operator",
            Type::Choice(&OPERATORS),
            "what must hold of the label",
        ),
        may(
            "values",
            Type::List(&Type::Text),
            "the values that `In` and `NotIn` speak of",
        ),
    ]],
    ..Shape::PLAIN
};

pub(super) const SELECTOR: Shape = Shape {
    name: "selector",
    doc: "A condition on labels, as Kubernetes has it: all parts must hold",
    fields: &[&[
        may(
            "matchLabels",
            Type::Map(&Type::Text),
            "labels that must have these values",
        ),
        may(
            "matchExpressions",
            Type::List(&Type::Shape(&EXPRESSION)),
            "further conditions",
        ),
    ]],
    ..Shape::PLAIN
};

/// The labels under `labels`.
pub(super) fn labels(fields: Fields<'_>) -> Labels {
    fields
        .texts("labels")
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

/// Decodes a selector.
pub(super) fn selector(node: &Node, check: &mut Check<'_>) -> Selector {
    let fields = Fields::of(node);
    let mut match_expressions = Vec::new();
    for node in fields.list("matchExpressions") {
        let fields = Fields::of(node);
        let values: Vec<_> = fields
            .list("values")
            .iter()
            .filter_map(|node| node.as_str().map(Into::into))
            .collect();
        let operator = match fields.text("operator") {
            Some("In") => Operator::In,
            Some("NotIn") => Operator::NotIn,
            Some("Exists") => Operator::Exists,
            Some("DoesNotExist") => Operator::DoesNotExist,
            _ => continue,
        };
        let wants_values = matches!(operator, Operator::In | Operator::NotIn);
        let wrong = match (wants_values, fields.get("values").is_some()) {
            (true, _) if fields.list("values").is_empty() => Some("needs `values`"),
            (false, true) => Some("takes no `values`"),
            _ => None,
        };
        if let (Some(wrong), Some(word)) = (wrong, fields.spanned("operator")) {
            check.report(
                Diagnostic::error(format!("the operator `{}` {wrong}", word.value)).at(word.span),
            );
        }
        if let Some(key) = fields.shared("key") {
            match_expressions.push(Expression {
                key,
                operator,
                values,
            });
        }
    }
    if fields.map("matchLabels").is_empty() && fields.list("matchExpressions").is_empty() {
        check.report(
            Diagnostic::error("the selector is empty, so every cluster would match")
                .at(node.span)
                .help("to mean every cluster, say so: `matchExpressions: [{key: ..., operator: Exists}]` on a label that all have"),
        );
    }
    Selector {
        match_labels: fields
            .texts("matchLabels")
            .map(|(key, value)| (key.into(), value.into()))
            .collect(),
        match_expressions,
    }
}

/// Decodes `ignoreFields`.
pub(super) fn ignore_fields(fields: Fields<'_>, check: &mut Check<'_>) -> Vec<IgnoreFields> {
    let mut all = Vec::new();
    for node in fields.list("ignoreFields") {
        let fields = Fields::of(node);
        let mut paths = Vec::new();
        for node in fields.list("paths") {
            let Some(text) = node.as_str().filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            match text.parse::<FieldPath>() {
                Ok(path) => paths.push(path),
                Err(wrong) => check.report(
                    Diagnostic::error(wrong.to_string()).at(node.span).help(
                        "write it as `spec.replicas`, `spec.containers[0].image` or `metadata.annotations[\"a.b/c\"]`",
                    ),
                ),
            }
        }
        all.push(IgnoreFields {
            kind: fields.shared("kind"),
            name: fields.shared("name"),
            paths,
        });
    }
    all
}

/// How long a layer is waited for, in profiles and in the overrides of clusters.
pub(super) const WAITING: &[Field] = &[
    may(
        "timeout",
        Type::Duration,
        "how long an apply waits for the layer to become ready, and for each of its hooks, such as `10m`; `5m` when left out",
    ),
    may(
        "wait",
        Type::Bool,
        "whether an apply waits until the layer is ready before it goes on; `true` when left out",
    ),
];

/// Decodes the fields of [`WAITING`].
pub(super) fn waiting(fields: Fields<'_>) -> WaitingWish {
    WaitingWish {
        wait: fields.get("wait").map(|_| fields.flag("wait")),
        timeout: fields.text("timeout").and_then(|text| duration(text).ok()),
    }
}

/// Decodes `moved`; `name` makes a name of a text.
pub(super) fn moved<T: Clone + Eq + Hash>(
    fields: Fields<'_>,
    name: impl Fn(&str) -> Option<T>,
    check: &mut Check<'_>,
) -> Vec<Moved<T>> {
    let mut all = Vec::new();
    let mut seen: HashMap<T, Span> = HashMap::new();
    for node in fields.list("moved") {
        let fields = Fields::of(node);
        let (Some(from), Some(to)) = (fields.spanned("from"), fields.spanned("to")) else {
            continue;
        };
        if from.value == to.value {
            check.report(
                Diagnostic::error(format!("`{}` is moved to itself", from.value))
                    .at(node.span)
                    .help("`from` is the old name, `to` the new one"),
            );
            continue;
        }
        let (Some(old), Some(new)) = (name(from.value), name(to.value)) else {
            continue;
        };
        if let Some(first) = seen.get(&old) {
            check.report(
                Diagnostic::error(format!("`{}` is moved twice", from.value))
                    .at(from.span)
                    .label("the second move")
                    .also(*first, "the first move"),
            );
            continue;
        }
        seen.insert(old.clone(), from.span);
        all.push(Moved {
            from: old,
            to: new,
            span: node.span,
        });
    }
    all
}
