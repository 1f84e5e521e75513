//! What layers are made of: packs, charts, manifests.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::diag::{Diagnostic, SourceId, Span, Spanned};
use crate::model::{
    ChartPlace, ChartRef, ClusterName, LONGEST_RELEASE, LayerSource, Manifest, ManifestSource,
    PackRef, RegistryName, StandsFor, Version, VersionReq,
};

use super::check::Check;
use super::digest::feed_text;
use super::fields::Fields;
use super::file::Files;
use super::shape::{Field, Shape, Type, may, must};
use super::words::{join, nearest};

const VERSION: Field = must(
    "version",
    Type::Text,
    "an exact version, a train (`1.x`, `1.1.x`) or a range (`^1.49`)",
);

pub(super) const PACK: Shape = Shape {
    name: "pack",
    doc: "A pack of a registry",
    fields: &[&[
        may(
            "registry",
            Type::Name,
            "the registry; may be left out when there is only one",
        ),
        must("name", Type::Text, "the pack's name"),
        VERSION,
    ]],
    hints: &[
        (
            "namespace",
            "a pack's namespace stands in its values: `values: {pack: {namespace: ...}}`",
        ),
        ("values", "`values` stands beside `pack`, not in it"),
        ("tag", "a train is written as `version`"),
    ],
    ..Shape::PLAIN
};

pub(super) const CHART: Shape = Shape {
    name: "chart",
    doc: "A Helm chart: a folder or an archive (`path`), or one of a registry (`name` and `version`)",
    fields: &[&[
        may(
            "path",
            Type::Text,
            "the chart's folder or archive, relative to the project's root; it may lie outside the root",
        ),
        may(
            "registry",
            Type::Name,
            "the registry; may be left out when there is only one",
        ),
        may("name", Type::Text, "the chart's name"),
        may("version", Type::Text, VERSION.doc),
        may("namespace", Type::Text, "the namespace of the release"),
        may(
            "releaseName",
            Type::Text,
            "the name of the release; the layer's name when left out",
        ),
        may(
            "skipCrds",
            Type::Bool,
            "whether the chart's `crds/` are left out",
        ),
        may(
            "standsFor",
            Type::Shape(&STANDS_FOR),
            "the pack that the chart is there in place of, for packs that ask for it",
        ),
    ]],
    one_of: &["path", "name"],
    hints: &[
        ("values", "`values` stands beside `chart`, not in it"),
        ("release", "the name of the release is `releaseName`"),
        (
            "pack",
            "the pack that the chart stands for is told by `standsFor: {pack: NAME}`",
        ),
        (
            "repo",
            "a chart of a repository is named by `registry`, `name` and `version`",
        ),
    ],
};

const STANDS_FOR: Shape = Shape {
    name: "pack that a chart stands for",
    doc: "The pack that a chart is there in place of: other packs find it by that name",
    fields: &[&[
        must("pack", Type::Text, "the pack's name"),
        may(
            "version",
            Type::Text,
            "the version of the pack that the chart comes to; the chart's own when left out",
        ),
    ]],
    hints: &[("name", "the pack's name is `pack`")],
    ..Shape::PLAIN
};

pub(super) const MANIFEST: Shape = Shape {
    name: "manifest",
    doc: "A manifest: a Go template whose `.Values` are the layer's values",
    fields: &[&[
        may(
            "file",
            Type::Text,
            "the file, relative to the project's root",
        ),
        may(
            "name",
            Type::Text,
            "the name of an inline manifest; a file's own name is its default",
        ),
        may("inline", Type::Text, "the text"),
    ]],
    one_of: &["file", "inline"],
    hints: &[
        ("path", "a file is named by `file`"),
        ("content", "a text is written as `inline`"),
    ],
};

/// The registries that there are, by name.
#[derive(Debug, Default)]
pub(super) struct Declared<'k> {
    /// Those that the documents declare.
    pub own: Vec<String>,
    /// Those that are there without any document.
    pub known: &'k [&'k str],
}

/// What decoding a layer needs beside its node.
pub(super) struct Around<'a, 'c, 's> {
    /// Where problems go.
    pub check: &'a mut Check<'c>,
    /// Where files come from.
    pub files: &'a mut Files<'s>,
    /// The registries that there are.
    pub registries: &'a Declared<'a>,
    /// Grows with the content of files that the layers name.
    pub hash: &'a mut blake3::Hasher,
}

/// Decodes what a layer is made of.
pub(super) fn decode(fields: Fields<'_>, around: &mut Around<'_, '_, '_>) -> Option<LayerSource> {
    if let Some(node) = fields.get("pack") {
        return pack(Fields::of(node), around).map(LayerSource::Pack);
    }
    if let Some(node) = fields.get("chart") {
        return chart(Fields::of(node), around).map(LayerSource::Chart);
    }
    let list = fields.get("manifests")?.as_list()?;
    if list.is_empty() {
        around.check.report(
            Diagnostic::error("the layer has no manifests")
                .at(fields.key_span("manifests"))
                .help("name at least one: `manifests: [{file: manifests/quota.yaml}]`"),
        );
        return None;
    }
    let mut seen: HashMap<Arc<str>, Span> = HashMap::new();
    let mut all = Vec::with_capacity(list.len());
    for node in list {
        let Some(found) = manifest(Fields::of(node), around) else {
            continue;
        };
        if let Some(first) = seen.get(&found.manifest.name) {
            around.check.report(
                Diagnostic::error(format!(
                    "two manifests of the layer have the name `{}`",
                    found.manifest.name
                ))
                .at(found.span)
                .label("the second one")
                .also(*first, "the first one")
                .help("give one of them another `name`"),
            );
        }
        seen.insert(Arc::clone(&found.manifest.name), found.span);
        all.push(found);
    }
    Some(LayerSource::Manifests(all))
}

fn version(fields: Fields<'_>, check: &mut Check<'_>) -> Option<VersionReq> {
    let text = fields.spanned("version")?;
    if text.value.trim().is_empty() {
        return None;
    }
    VersionReq::new(text.value)
        .map_err(|wrong| {
            check.report(Diagnostic::error(wrong.to_string()).at(text.span).help(
                "write an exact version (`1.2.3`), a train (`1.x`, `1.2.x`) or a range (`^1.2`)",
            ));
        })
        .ok()
}

fn registry(
    fields: Fields<'_>,
    what: &str,
    around: &mut Around<'_, '_, '_>,
) -> Option<RegistryName> {
    let Declared {
        own: declared,
        known,
    } = around.registries;
    if let Some(named) = fields.spanned("registry") {
        let name = RegistryName::new(named.value).ok()?;
        let mut all = declared
            .iter()
            .map(String::as_str)
            .chain(known.iter().copied());
        if all.clone().all(|known| known != named.value) {
            let problem =
                Diagnostic::error(format!("there is no registry `{name}`")).at(named.span);
            around.check.report(
                if let Some(near) = nearest(named.value, &mut all) {
                    problem.help(format!("did you mean `{near}`?"))
                } else if declared.is_empty() {
                    problem.help("declare it with a document of kind `Registry`; `stratiform registry list` shows those that are built in")
                } else {
                    problem.help(format!(
                        "the registries are {}",
                        join(declared.iter().map(String::as_str), "and")
                    ))
                },
            );
        }
        return Some(name);
    }
    match declared.as_slice() {
        [only] => RegistryName::new(only).ok(),
        [] => {
            around.check.report(
                Diagnostic::error(format!("the {what} has no registry to come from"))
                    .at(around.check.first_line(fields.span))
                    .help("declare one with a document of kind `Registry`"),
            );
            None
        }
        _ => {
            around.check.report(
                Diagnostic::error(format!("the {what} must say which registry it comes from"))
                    .at(around.check.first_line(fields.span))
                    .help(format!(
                        "add `registry:` with one of {}",
                        join(declared.iter().map(String::as_str), "or")
                    )),
            );
            None
        }
    }
}

/// The name of a pack or chart: it becomes part of paths.
fn content_name<'n>(fields: Fields<'n>, check: &mut Check<'_>) -> Option<Spanned<&'n str>> {
    let name = fields.spanned("name")?;
    if name.value.contains(['/', '\\', '\0']) || name.value.contains(char::is_whitespace) {
        check.report(
            Diagnostic::error(format!(
                "`{}` cannot be the name of a pack or chart",
                name.value
            ))
            .at(name.span)
            .help("a name has no slashes and no spaces; where it comes from is told by `registry`"),
        );
        return None;
    }
    (!name.value.is_empty()).then_some(name)
}

fn pack(fields: Fields<'_>, around: &mut Around<'_, '_, '_>) -> Option<PackRef> {
    let registry = registry(fields, "pack", around);
    let version = version(fields, around.check);
    let name = content_name(fields, around.check);
    let name = name?;
    Some(PackRef {
        registry: registry?,
        name: name.value.into(),
        version: version?,
        span: name.span,
    })
}

fn chart(fields: Fields<'_>, around: &mut Around<'_, '_, '_>) -> Option<ChartRef> {
    let release_name = release_name(fields, around.check);
    let place = match fields.spanned("path") {
        Some(path) => chart_path(fields, &path, around.check),
        None => chart_of_registry(fields, around),
    };
    let (place, span) = place?;
    Some(ChartRef {
        place,
        release_name: release_name?,
        skip_crds: fields.flag("skipCrds"),
        stands_for: stands_for(fields.below("standsFor"), around.check),
        span,
    })
}

fn stands_for(fields: Fields<'_>, check: &mut Check<'_>) -> Option<StandsFor> {
    let pack = fields.spanned("pack")?;
    let version = fields.spanned("version").and_then(|text| {
        Version::new(text.value)
            .map_err(|wrong| check.report(Diagnostic::error(wrong.to_string()).at(text.span)))
            .ok()
    });
    Some(StandsFor {
        pack: pack.value.into(),
        version,
    })
}

fn chart_path(
    fields: Fields<'_>,
    path: &Spanned<&str>,
    check: &mut Check<'_>,
) -> Option<(ChartPlace, Span)> {
    for other in ["registry", "version"] {
        if fields.get(other).is_some() {
            check.report(
                Diagnostic::error(format!("a chart with a `path` has no `{other}`"))
                    .at(fields.key_span(other))
                    .help(format!(
                        "remove `{other}`: the folder or archive is all there is"
                    )),
            );
        }
    }
    Some((ChartPlace::Path(check.anywhere(path)?), path.span))
}

fn chart_of_registry(
    fields: Fields<'_>,
    around: &mut Around<'_, '_, '_>,
) -> Option<(ChartPlace, Span)> {
    let registry = registry(fields, "chart", around);
    if fields.get("version").is_none() {
        around.check.report(
            Diagnostic::error("the chart has no `version`")
                .at(around.check.first_line(fields.span))
                .help(format!("add `version:`, {}", VERSION.doc)),
        );
    }
    let version = version(fields, around.check);
    let name = content_name(fields, around.check)?;
    let place = ChartPlace::Registry {
        registry: registry?,
        name: name.value.into(),
        version: version?,
    };
    Some((place, name.span))
}

/// `Some(None)` when there is none.
#[expect(clippy::option_option, reason = "wrong and left out are two things")]
fn release_name(fields: Fields<'_>, check: &mut Check<'_>) -> Option<Option<Arc<str>>> {
    let Some(name) = fields.spanned("releaseName") else {
        return Some(None);
    };
    if name.value.len() <= LONGEST_RELEASE && ClusterName::new(name.value).is_ok() {
        return Some(Some(name.value.into()));
    }
    check.report(
        Diagnostic::error(format!("`{}` cannot be the name of a release", name.value))
            .at(name.span)
            .help(format!(
                "at most {LONGEST_RELEASE} lower-case letters, digits, `-` and `.`, a letter or a digit at both ends"
            )),
    );
    None
}

fn manifest(fields: Fields<'_>, around: &mut Around<'_, '_, '_>) -> Option<ManifestSource> {
    let name = fields.spanned("name");
    if let Some(file) = fields.spanned("file") {
        let path = around.check.inside(&file)?;
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let source = around
            .files
            .read(&Spanned::new(path.clone(), file.span), around.check)?;
        return Some(keep(
            name.map_or(stem, |name| name.value.to_owned()),
            &path,
            source,
            file.span,
            around,
        ));
    }
    let inline = fields.spanned("inline")?;
    let Some(name) = name else {
        around.check.report(
            Diagnostic::error("an inline manifest needs a `name`")
                .at(around.check.first_line(fields.span))
                .help("add `name:`, for messages"),
        );
        return None;
    };
    let source = around
        .check
        .sources
        .add(format!("<inline manifest {}>", name.value), inline.value);
    Some(keep(
        name.value.to_owned(),
        Path::new("<inline>"),
        source,
        name.span,
        around,
    ))
}

fn keep(
    name: String,
    path: &Path,
    source: SourceId,
    span: Span,
    around: &mut Around<'_, '_, '_>,
) -> ManifestSource {
    let text = around.check.sources.get(source);
    feed_text(&text.text, around.hash);
    ManifestSource {
        manifest: Manifest {
            name: name.into(),
            path: path.to_string_lossy().into(),
            text: text.text.as_str().into(),
            source,
        },
        span,
    }
}
