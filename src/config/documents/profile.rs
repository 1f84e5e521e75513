//! The `ClusterProfile` document.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Span};
use crate::model::{Cloud, Digest, LayerName, Profile, ProfileKind, ProfileName};
use crate::yaml::{Node, NodeKind};

use super::check::Check;
use super::common::{
    API, IGNORE_FIELDS, LABELS, MOVED, NAME, SELECTOR, ignore_fields, labels, moved, selector,
};
use super::digest::feed;
use super::fields::Fields;
use super::file::Files;
use super::layer::{self, LAYER};
use super::shape::{Choice, Shape, Type, may, must};
use super::source::{Around, Declared};
use super::variable::{self, VARIABLE};

const METADATA: Shape = Shape {
    name: "metadata of a profile",
    doc: "The profile's name, version and labels",
    fields: &[
        NAME,
        &[may(
            "version",
            Type::Semver,
            "a semantic version such as 1.4.0; 1.0.0 when left out",
        )],
        LABELS,
    ],
    hints: &[
        ("layers", "`layers` belongs under `spec`"),
        ("type", "`type` belongs under `spec`"),
    ],
    ..Shape::PLAIN
};

const KINDS: Choice = Choice {
    words: &[
        ("infra", "exactly the four core layers: os, k8s, cni, csi"),
        ("add-on", "no core layer"),
        ("full", "the four core layers and any add-ons"),
    ],
    hints: &[
        (
            "cluster",
            "what Palette calls `cluster` is called `full` here",
        ),
        ("addon", "did you mean `add-on`?"),
        ("infrastructure", "did you mean `infra`?"),
    ],
    ..Choice::PLAIN
};

const SPEC: Shape = Shape {
    name: "profile",
    doc: "What the profile is made of",
    fields: &[&[
        must(
            "type",
            Type::Choice(&KINDS),
            "what the profile may hold: `infra`, `add-on` or `full`",
        ),
        may(
            "cloud",
            Type::Text,
            "the cloud that it is for (`aws`, `azure`, `vsphere`, `edge-native` ...); `all` when left out",
        ),
        may(
            "clusterSelector",
            Type::Shape(&SELECTOR),
            "clusters whose labels match get this add-on profile without naming it",
        ),
        may(
            "variables",
            Type::List(&Type::Shape(&VARIABLE)),
            "what clusters can set",
        ),
        must(
            "layers",
            Type::List(&Type::Shape(&LAYER)),
            "the layers, in the order in which they are laid",
        ),
        may(
            "moved",
            Type::List(&Type::Shape(&MOVED)),
            "layers that had other names before",
        ),
        may(
            "ignoreFields",
            Type::List(&Type::Shape(&IGNORE_FIELDS)),
            "fields of the profile's objects that are left to others",
        ),
    ]],
    hints: &[
        ("version", "the version stands under `metadata`"),
        (
            "packs",
            "the packs stand in `layers`: `- {name: ..., category: ..., pack: {name: ..., version: ...}}`",
        ),
        ("cloudType", "the cloud is called `cloud`"),
    ],
    ..Shape::PLAIN
};

pub(super) const PROFILE: Shape = Shape {
    name: "ClusterProfile document",
    doc: "A cluster profile in one version: a named list of layers",
    fields: &[
        API,
        &[
            must(
                "kind",
                Type::Choice(&Choice {
                    words: &[("ClusterProfile", "a cluster profile")],
                    ..Choice::PLAIN
                }),
                "the kind of the document",
            ),
            must(
                "metadata",
                Type::Shape(&METADATA),
                "the profile's name and version",
            ),
            must("spec", Type::Shape(&SPEC), "what the profile is made of"),
        ],
    ],
    ..Shape::PLAIN
};

/// What a version of a profile is. Which clusters it goes to is not part of that: a rollout widens the selector step by
/// step, and clusters that have the profile already have nothing to note.
fn without_selector(spec: &Node) -> Node {
    let mut spec = spec.clone();
    if let NodeKind::Map(entries) = &mut spec.kind {
        entries.retain(|entry| entry.key != "clusterSelector");
    }
    spec
}

/// Decodes a profile, and reads the files that its layers name. Nothing comes back when it cannot be used.
pub(super) fn decode(
    node: &Node,
    registries: &Declared<'_>,
    files: &mut Files<'_>,
    check: &mut Check<'_>,
) -> Option<Profile> {
    let document = Fields::of(node);
    let metadata = document.below("metadata");
    let spec = document.below("spec");
    let mut hash = blake3::Hasher::new();
    if let Some(metadata) = document.get("metadata") {
        feed(metadata, &mut hash);
    }
    if let Some(spec) = document.get("spec") {
        feed(&without_selector(spec), &mut hash);
    }
    let kind = match spec.text("type") {
        Some("infra") => Some(ProfileKind::Infra),
        Some("add-on") => Some(ProfileKind::AddOn),
        Some("full") => Some(ProfileKind::Full),
        _ => None,
    };
    let cluster_selector = spec
        .get("clusterSelector")
        .map(|node| selector(node, check));
    if let (Some(ProfileKind::Infra | ProfileKind::Full), Some(word), true) =
        (kind, spec.spanned("type"), cluster_selector.is_some())
    {
        check.report(
            Diagnostic::error("only an add-on profile can have a `clusterSelector`")
                .at(spec.key_span("clusterSelector"))
                .also(word.span, "its type")
                .help("remove it, and name the profile in the clusters"),
        );
    }
    let variables = variable::decode_all(spec.list("variables"), check);
    let nodes = spec.list("layers");
    unique_names(nodes, check);
    let mut around = Around {
        check: &mut *check,
        files,
        registries,
        hash: &mut hash,
    };
    let layers: Vec<_> = nodes
        .iter()
        .filter_map(|node| layer::decode(node, &mut around))
        .collect();
    if spec
        .get("layers")
        .is_some_and(|node| node.as_list().is_some_and(<[Node]>::is_empty))
    {
        check.report(
            Diagnostic::error("the profile has no layers")
                .at(spec.key_span("layers"))
                .help("add at least one"),
        );
    }
    let moved = moved(spec, |name| LayerName::new(name).ok(), check);
    let ignore_fields = ignore_fields(spec, check);
    let version = metadata.text("version").map_or_else(
        || {
            metadata
                .get("version")
                .is_none()
                .then(|| semver::Version::new(1, 0, 0))
        },
        |text| semver::Version::parse(text).ok(),
    );
    let name = metadata.spanned("name")?;
    let profile = Profile {
        name: ProfileName::new(name.value).ok()?,
        version: version?,
        description: metadata.shared("description"),
        labels: labels(metadata),
        kind: kind?,
        cloud: spec.text("cloud").map_or_else(Cloud::all, Cloud::new),
        cluster_selector,
        variables,
        layers,
        ignore_fields,
        moved,
        digest: Digest::from_bytes(hash.finalize().into()),
        span: name.span,
    };
    (profile.layers.len() == nodes.len()).then_some(profile)
}

fn unique_names(layers: &[Node], check: &mut Check<'_>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for node in layers {
        let Some(name) = Fields::of(node).spanned("name") else {
            continue;
        };
        if let Some(first) = seen.get(name.value) {
            check.report(
                Diagnostic::error(format!("two layers have the name `{}`", name.value))
                    .at(name.span)
                    .label("the second one")
                    .also(*first, "the first one")
                    .help("the name of a layer is unique in a cluster; the same pack may be used under two names"),
            );
        } else {
            seen.insert(name.value, name.span);
        }
    }
}
