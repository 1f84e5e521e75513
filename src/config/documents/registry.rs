//! The `Registry` document.

use crate::model::{Access, Registry, RegistryKind, RegistryName};
use crate::yaml::Node;

use super::check::Check;
use super::common::{API, NAMED};
use super::fields::Fields;
use super::shape::{Choice, Shape, Type, may, must};

const DIRECTORY: Shape = Shape {
    name: "directory registry",
    doc: "A folder that holds packs, each in a folder of its own",
    fields: &[&[must(
        "path",
        Type::Text,
        "the folder, relative to the project's root; it may lie outside the root",
    )]],
    ..Shape::PLAIN
};

const SPEC: Shape = Shape {
    name: "registry",
    doc: "What the registry is and where",
    fields: &[&[may(
        "directory",
        Type::Shape(&DIRECTORY),
        "a folder that holds packs",
    )]],
    one_of: &["directory"],
    later: &["helm", "oci", "git"],
    hints: &[
        (
            "path",
            "the path of a folder stands under `directory`: `directory: {path: ...}`",
        ),
        (
            "type",
            "the type is the field itself: `directory: {path: ...}`",
        ),
        (
            "url",
            "only folders are supported today: `directory: {path: ...}`",
        ),
    ],
};

pub(super) const REGISTRY: Shape = Shape {
    name: "Registry document",
    doc: "A place that packs come from",
    fields: &[
        API,
        &[
            must(
                "kind",
                Type::Choice(&Choice {
                    words: &[("Registry", "a registry")],
                    ..Choice::PLAIN
                }),
                "the kind of the document",
            ),
            must("metadata", Type::Shape(&NAMED), "the registry's name"),
            must("spec", Type::Shape(&SPEC), "what the registry is and where"),
        ],
    ],
    ..Shape::PLAIN
};

/// Decodes a registry.
pub(super) fn decode(node: &Node, check: &mut Check<'_>) -> Option<Registry> {
    let document = Fields::of(node);
    let path = document
        .below("spec")
        .below("directory")
        .spanned("path")
        .and_then(|path| check.anywhere(&path));
    let name = document.below("metadata").spanned("name")?;
    Some(Registry {
        name: RegistryName::new(name.value).ok()?,
        kind: RegistryKind::Directory { path: path? },
        access: Access::default(),
        span: name.span,
    })
}
