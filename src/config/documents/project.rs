//! The `Project` document.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::diag::Spanned;
use crate::model::{ClusterName, Project, RefreshPolicy, VersionPolicy, duration};
use crate::yaml::Node;

use super::check::Check;
use super::common::{API, IGNORE_FIELDS, MOVED, NAMED, ignore_fields, moved};
use super::fields::Fields;
use super::shape::{Choice, Shape, Type, may, must};

const VERSIONS: Choice = Choice {
    words: &[
        (
            "mutable",
            "an edit of a profile plans, with the reason \"same version edited\"",
        ),
        (
            "immutable",
            "an edit of a profile without a new version is an error",
        ),
    ],
    ..Choice::PLAIN
};

const REFRESH: Shape = Shape {
    name: "refresh",
    doc: "Which servers a plan looks at when `--refresh` does not say so",
    fields: &[&[
        may(
            "clusters",
            Type::Count,
            "in fleets of up to so many servers, all of them; 100 when left out",
        ),
        may(
            "after",
            Type::Duration,
            "in larger fleets those that nobody has looked at for so long, beside those with something to do; `1h` when left out",
        ),
    ]],
    ..Shape::PLAIN
};

const SPEC: Shape = Shape {
    name: "project",
    doc: "Where documents and state are, and what holds for all clusters",
    fields: &[&[
        may(
            "documents",
            Type::List(&Type::Text),
            "files and folders with documents, relative to this file's folder; that folder itself when left out",
        ),
        may(
            "state",
            Type::Text,
            "the state file, `state/stratiform.db` when left out",
        ),
        may(
            "macros",
            Type::Map(&Type::Any),
            "named values, read in values as `{{ .spectro.macro.<name> }}`",
        ),
        may(
            "ignoreFields",
            Type::List(&Type::Shape(&IGNORE_FIELDS)),
            "fields of objects that are left to others, everywhere",
        ),
        may(
            "versions",
            Type::Choice(&VERSIONS),
            "whether a profile's version may be edited in place; `mutable` when left out",
        ),
        may(
            "deleteLimit",
            Type::Count,
            "how many objects one plan may delete before it wants an approval; 100 when left out",
        ),
        may(
            "refresh",
            Type::Shape(&REFRESH),
            "which servers a plan looks at when `--refresh` does not say so",
        ),
        may(
            "moved",
            Type::List(&Type::Shape(&MOVED)),
            "clusters that had other names before",
        ),
    ]],
    ..Shape::PLAIN
};

pub(super) const PROJECT: Shape = Shape {
    name: "Project document",
    doc: "A project: the folder that holds its `stratiform.yaml`, and everything below it",
    fields: &[
        API,
        &[
            must(
                "kind",
                Type::Choice(&Choice {
                    words: &[("Project", "a project")],
                    ..Choice::PLAIN
                }),
                "the kind of the document",
            ),
            must("metadata", Type::Shape(&NAMED), "the project's name"),
            may("spec", Type::Shape(&SPEC), "what holds in the project"),
        ],
    ],
    ..Shape::PLAIN
};

/// Decodes a project. `folder` is its name when it has none, so that the other documents can be checked all the same.
pub(super) fn decode(node: &Node, folder: &str, check: &mut Check<'_>) -> Project {
    let document = Fields::of(node);
    let spec = document.below("spec");
    Project {
        name: document
            .below("metadata")
            .text("name")
            .unwrap_or(folder)
            .into(),
        documents: documents(node, check)
            .into_iter()
            .map(|path| path.value)
            .collect(),
        state: spec
            .spanned("state")
            .and_then(|path| check.inside(&path))
            .unwrap_or_else(|| PathBuf::from("state/stratiform.db")),
        macros: spec
            .map("macros")
            .iter()
            .map(|entry| (entry.key.as_str().into(), entry.value.to_value()))
            .collect(),
        ignore_fields: ignore_fields(spec, check),
        versions: match spec.text("versions") {
            Some("immutable") => VersionPolicy::Immutable,
            _ => VersionPolicy::Mutable,
        },
        moved: moved(spec, |name| ClusterName::new(name).ok(), check),
        delete_limit: spec
            .count("deleteLimit")
            .map_or(100, |limit| limit as usize),
        refresh: refresh(spec.below("refresh")),
    }
}

fn refresh(fields: Fields<'_>) -> RefreshPolicy {
    let usual = RefreshPolicy::default();
    let after = fields.text("after").and_then(|text| duration(text).ok());
    RefreshPolicy {
        clusters: fields
            .count("clusters")
            .map_or(usual.clusters, |clusters| clusters as usize),
        after: after
            .and_then(|after| SignedDuration::try_from(after).ok())
            .unwrap_or(usual.after),
    }
}

/// The files and folders under `documents`.
pub(super) fn documents(node: &Node, check: &mut Check<'_>) -> Vec<Spanned<PathBuf>> {
    Fields::of(node)
        .below("spec")
        .list("documents")
        .iter()
        .filter_map(|node| {
            let text = Spanned::new(node.as_str()?, node.span);
            Some(Spanned::new(check.anywhere(&text)?, node.span))
        })
        .collect()
}
