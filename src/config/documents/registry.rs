//! The `Registry` document.

use std::path::Path;
use std::sync::Arc;

use crate::diag::{Diagnostic, Spanned};
use crate::model::{GitReference, Registry, RegistryKind, RegistryName};
use crate::yaml::Node;

use super::access::{self, ACCESS};
use super::address::{Address, Scheme};
use super::check::Check;
use super::common::{API, NAMED};
use super::conceal;
use super::fields::Fields;
use super::path::{normal, stays_inside};
use super::shape::{Choice, Shape, Type, may, must};

/// Where packs are in an OCI registry, unless something else is said: Palette expects them there.
const OCI_PACKS: &str = "spectro-packs/archive";

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

const HELM: Shape = Shape {
    name: "Helm registry",
    doc: "A Helm repository: charts that an `index.yaml` lists",
    fields: &[&[must(
        "url",
        Type::Text,
        "the address without `index.yaml`: `https://charts.example.com/stable`",
    )]],
    ..Shape::PLAIN
};

const OCI: Shape = Shape {
    name: "OCI registry",
    doc: "An OCI registry: charts as Helm pushes them, packs as Palette expects them",
    fields: &[&[
        must(
            "url",
            Type::Text,
            "the address: `oci://registry.example.com/charts`; a chart lies below it by its name",
        ),
        may(
            "packs",
            Type::Text,
            "where packs lie below the address, `spectro-packs/archive` when left out",
        ),
    ]],
    ..Shape::PLAIN
};

const GIT: Shape = Shape {
    name: "git registry",
    doc: "A git repository that holds packs, each in a folder of its own",
    fields: &[&[
        must("url", Type::Text, "what `git clone` takes"),
        may("branch", Type::Text, "a branch; that of HEAD when left out"),
        may("tag", Type::Text, "a tag, in place of a branch"),
        may(
            "commit",
            Type::Text,
            "a commit by its full number, in place of a branch",
        ),
        may(
            "path",
            Type::Text,
            "the folder in it that is looked through; all of it when left out",
        ),
    ]],
    hints: &[
        ("ref", "write `branch`, `tag` or `commit`"),
        ("revision", "write `branch`, `tag` or `commit`"),
    ],
    ..Shape::PLAIN
};

const SPEC: Shape = Shape {
    name: "registry",
    doc: "What the registry is and where",
    fields: &[&[
        may(
            "directory",
            Type::Shape(&DIRECTORY),
            "a folder that holds packs",
        ),
        may("helm", Type::Shape(&HELM), "a Helm repository"),
        may("oci", Type::Shape(&OCI), "an OCI registry"),
        may(
            "git",
            Type::Shape(&GIT),
            "a git repository that holds packs",
        ),
        may("access", Type::Shape(&ACCESS), "how one gets in"),
    ]],
    one_of: &["directory", "helm", "oci", "git"],
    hints: &[
        (
            "path",
            "the path of a folder stands under `directory`: `directory: {path: ...}`",
        ),
        (
            "type",
            "the type is the field itself: `helm: {url: https://...}`",
        ),
        (
            "url",
            "an address stands under `helm`, `oci` or `git`: `helm: {url: https://...}`",
        ),
    ],
};

pub(super) const REGISTRY: Shape = Shape {
    name: "Registry document",
    doc: "A place that packs and charts come from",
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
    conceal::below(node, check.sources);
    let document = Fields::of(node);
    let spec = document.below("spec");
    let named = document.below("metadata").spanned("name");
    let shown = named.as_ref().map_or("NAME", |name| name.value);
    let access = access::decode(spec, shown, check);
    let address = |scheme| Address {
        registry: shown,
        scheme,
        plain_http: access.plain_http,
    };
    let kind = if let Some(path) = spec.below("directory").spanned("path") {
        check
            .anywhere(&path)
            .map(|path| RegistryKind::Directory { path })
    } else if spec.get("helm").is_some() {
        address(Scheme::Helm)
            .of(spec.below("helm"), check)
            .map(|url| RegistryKind::Helm { url })
    } else if spec.get("oci").is_some() {
        let oci = spec.below("oci");
        let packs = packs(oci, check);
        address(Scheme::Oci)
            .of(oci, check)
            .map(|url| RegistryKind::Oci { url, packs })
    } else {
        git(spec.below("git"), &address(Scheme::Git), check)
    };
    if let (Some(RegistryKind::Directory { .. }), Some(_)) = (&kind, spec.get("access")) {
        check.report(
            Diagnostic::error("a folder has no `access`")
                .at(spec.key_span("access"))
                .help("remove `access`: whoever may read the folder is in"),
        );
    }
    let name = named?;
    Some(Registry {
        name: RegistryName::new(name.value).ok()?,
        kind: kind?,
        access,
        span: name.span,
    })
}

/// Where packs lie in an OCI registry, without slashes at its ends.
fn packs(oci: Fields<'_>, check: &mut Check<'_>) -> Arc<str> {
    let Some(packs) = oci.spanned("packs") else {
        return OCI_PACKS.into();
    };
    let trimmed = packs.value.trim_matches('/');
    let fine = |part: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        edge(part.chars().next())
            && edge(part.chars().next_back())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
    };
    if !trimmed.split('/').all(fine) {
        check.report(
            Diagnostic::error(format!("`{}` is not a path in an OCI registry", packs.value))
                .at(packs.span)
                .help("its parts have lower-case letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"),
        );
    }
    trimmed.into()
}

fn git(fields: Fields<'_>, address: &Address<'_>, check: &mut Check<'_>) -> Option<RegistryKind> {
    let url = address.of(fields, check);
    let path = match fields.spanned("path") {
        Some(path) => Some(inner_path(&path, check)?),
        None => None,
    };
    Some(RegistryKind::Git {
        reference: reference(fields, check)?,
        url: url?,
        path: path.filter(|path| !path.is_empty()),
    })
}

fn inner_path(path: &Spanned<&str>, check: &mut Check<'_>) -> Option<Arc<str>> {
    if stays_inside(Path::new(path.value)) {
        return Some(normal(Path::new(path.value)).to_string_lossy().into());
    }
    check.report(
        Diagnostic::error(format!("`{}` leaves the repository", path.value))
            .at(path.span)
            .help("a path here is relative to the top of the repository"),
    );
    None
}

fn reference(fields: Fields<'_>, check: &mut Check<'_>) -> Option<GitReference> {
    let named: Vec<_> = ["branch", "tag", "commit"]
        .into_iter()
        .filter_map(|word| Some((word, fields.spanned(word)?)))
        .collect();
    if let [(first, one), (second, other), ..] = named.as_slice() {
        check.report(
            Diagnostic::error(format!("a git registry has a `{first}` or a `{second}`"))
                .at(other.span)
                .also(one.span, "the other one")
                .help("remove one of them"),
        );
        return None;
    }
    let Some((word, text)) = named.first() else {
        return Some(GitReference::Default);
    };
    let value: Arc<str> = text.value.into();
    let hexadecimal = text.value.bytes().all(|byte| byte.is_ascii_hexdigit());
    match *word {
        "commit" if !(hexadecimal && matches!(text.value.len(), 40 | 64)) => {
            check.report(
                Diagnostic::error(format!("`{}` is not the number of a commit", text.value))
                    .at(text.span)
                    .help("write all 40 digits, as `git rev-parse` prints them"),
            );
            None
        }
        _ if text.value.starts_with('-') || text.value.contains(char::is_whitespace) => {
            check.report(
                Diagnostic::error(format!("`{}` cannot be the name of a {word}", text.value))
                    .at(text.span),
            );
            None
        }
        "commit" => Some(GitReference::Commit(value.to_lowercase().into())),
        "tag" => Some(GitReference::Tag(value)),
        _ => Some(GitReference::Branch(value)),
    }
}
