//! One folder, read into a pack.

use std::path::Path;
use std::sync::Arc;

use crate::diag::{Diagnostic, Sources, Spanned};
use crate::model::{ChartFiles, CloudTypes, Manifest, Pack, Preset};
use crate::yaml::{Node, NodeKind};

use super::RegistryError;
use super::chart;
use super::content::Content;
use super::files::{Archive, Files};
use super::folder::Folder;
use super::metadata::{self, Metadata, Named};
use super::presets;
use super::yaml_text::{Reader, Text};

/// The file that makes a folder a pack.
pub(super) const PACK_FILE: &str = "pack.json";
const VALUES_FILE: &str = "values.yaml";
const PRESETS_FILE: &str = "presets.yaml";
const SCHEMA_FILE: &str = "schema.yaml";

/// Reads the pack in a folder. `shown` is the folder as messages should call it.
///
/// # Errors
/// All that is wrong with it: a file that is missing, too large or outside of the folder, a field that is missing,
/// unknown or of the wrong type.
pub fn read(folder: &Path, shown: &Path, sources: &Sources) -> Result<Pack, Vec<Diagnostic>> {
    finish(Parts::read(folder, shown, sources), shown)
}

/// Reads a pack out of the archive of its folder, gzipped or not. `shown` is what messages call it.
///
/// # Errors
/// As [`read`].
pub fn read_archive(
    bytes: &[u8],
    shown: &Path,
    sources: &Sources,
) -> Result<Pack, Vec<Diagnostic>> {
    match Archive::unpack(bytes, shown) {
        Ok(archive) => finish(Parts::of(Files::Archive(archive), sources), shown),
        Err(error) => Err(vec![cannot_open(shown, &error)]),
    }
}

fn cannot_open(shown: &Path, error: &RegistryError) -> Diagnostic {
    let text = format!("cannot open the pack in `{}`", shown.display());
    Diagnostic::error(text).detail(error.with_causes())
}

fn finish(
    (parts, mut problems): (Option<Parts>, Vec<Diagnostic>),
    shown: &Path,
) -> Result<Pack, Vec<Diagnostic>> {
    for chart in parts.iter().flat_map(|parts| &parts.charts) {
        if let Err(error) = &chart.files {
            problems.push(unreadable("chart", &chart.path, error));
        }
    }
    match parts.and_then(Parts::into_pack) {
        Some(pack) if problems.is_empty() => Ok(pack),
        Some(_) => Err(problems),
        None => {
            if problems.is_empty() {
                let text = format!("the pack in `{}` cannot be read", shown.display());
                problems.push(Diagnostic::error(text));
            }
            Err(problems)
        }
    }
}

/// What a folder holds, with its places: more than a pack keeps.
pub(super) struct Parts {
    pub(super) files: Files,
    /// The text of `pack.json`.
    pub(super) source: Text,
    /// `pack.json` as it was parsed.
    pub(super) raw: Node,
    pub(super) metadata: Option<Metadata>,
    pub(super) named: Named,
    pub(super) values_text: Option<Text>,
    /// Null when there are none.
    pub(super) values: Node,
    pub(super) presets_node: Option<Node>,
    pub(super) presets: Vec<Preset>,
    pub(super) schema: Option<Node>,
    pub(super) manifests: Vec<Manifest>,
    /// The charts that are there, though perhaps no charts.
    pub(super) charts: Vec<FoundChart>,
    content: Content,
}

/// A chart that `pack.json` names and that is there.
pub(super) struct FoundChart {
    /// The path, where `pack.json` names it.
    pub(super) path: Spanned<Arc<str>>,
    /// Its files, if it is a folder or an archive that can be read.
    pub(super) files: Result<ChartFiles, RegistryError>,
}

impl Parts {
    /// Reads as much as there is, and says all that is wrong with it.
    pub(super) fn read(
        path: &Path,
        shown: &Path,
        sources: &Sources,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        match Folder::open(path, shown) {
            Ok(folder) => Self::of(Files::Folder(folder), sources),
            Err(error) => (None, vec![cannot_open(shown, &error)]),
        }
    }

    fn of(files: Files, sources: &Sources) -> (Option<Self>, Vec<Diagnostic>) {
        let mut reader = Reader {
            files,
            sources,
            content: Content::default(),
            problems: Vec::new(),
        };
        let Some(source) = reader.required_text(PACK_FILE) else {
            return (None, reader.problems);
        };
        let Some(raw) = reader.document(&source, PACK_FILE) else {
            return (None, reader.problems);
        };
        let (metadata, named) = metadata::read(&raw, &mut reader.problems);
        let values_text = reader.optional_text(VALUES_FILE);
        let values = match &values_text {
            Some(text) => reader.mapping(text, VALUES_FILE),
            None => source.null(),
        };
        let presets_node = reader
            .optional_text(PRESETS_FILE)
            .and_then(|text| reader.document(&text, PRESETS_FILE));
        let presets = match &presets_node {
            Some(node) => presets::read(node, &mut reader),
            None => Vec::new(),
        };
        let schema = reader
            .optional_text(SCHEMA_FILE)
            .map(|text| reader.mapping(&text, SCHEMA_FILE));
        let manifests = manifests(&named.manifests, &mut reader);
        let charts = charts(&named.charts, &mut reader);
        let parts = Self {
            files: reader.files,
            content: reader.content,
            source,
            raw,
            metadata,
            named,
            values_text,
            values,
            presets_node,
            presets,
            schema,
            manifests,
            charts,
        };
        (Some(parts), reader.problems)
    }

    fn into_pack(self) -> Option<Pack> {
        let metadata = self.metadata?;
        let charts = self.charts.into_iter().map(|chart| chart.files);
        let charts: Result<Vec<ChartFiles>, RegistryError> = charts.collect();
        Some(Pack {
            name: metadata.name.value,
            display_name: metadata.display_name,
            version: metadata.version.value,
            category: metadata.category,
            cloud_types: CloudTypes(
                metadata
                    .clouds
                    .into_iter()
                    .map(|cloud| cloud.value)
                    .collect(),
            ),
            digest: self.content.digest(),
            values_source: self.values_text.map(|text| text.source),
            values: Arc::new(self.values),
            presets: self.presets,
            schema: self
                .schema
                .filter(|node| node.kind != NodeKind::Null)
                .map(Arc::new),
            manifests: self.manifests,
            charts: charts.ok()?,
            dependencies: metadata.dependencies,
            resources: metadata.resources,
            annotations: metadata.annotations,
            source: self.source.source,
        })
    }
}

fn manifests(paths: &[Spanned<Arc<str>>], reader: &mut Reader<'_>) -> Vec<Manifest> {
    let mut found = Vec::with_capacity(paths.len());
    for path in paths {
        match reader.text(&path.value) {
            Ok(text) => found.push(Manifest {
                name: stem(&path.value).into(),
                path: Arc::clone(&path.value),
                text: text.text,
                source: text.source,
            }),
            Err(error) => reader.problems.push(unreadable("manifest", path, &error)),
        }
    }
    found
}

/// A file's name without its ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".yaml")
        .or_else(|| name.strip_suffix(".yml"))
        .unwrap_or(name)
}

/// Counts the content of charts, which are archives or folders, and reads them.
fn charts(paths: &[Spanned<Arc<str>>], reader: &mut Reader<'_>) -> Vec<FoundChart> {
    let mut found = Vec::with_capacity(paths.len());
    for path in paths {
        match chart(path, reader) {
            Ok(chart) => found.push(chart),
            Err(error) => reader.problems.push(unreadable("chart", path, &error)),
        }
    }
    found
}

fn chart(path: &Spanned<Arc<str>>, reader: &mut Reader<'_>) -> Result<FoundChart, RegistryError> {
    let name = &path.value;
    let mut archive = None;
    if reader.files.is_folder(name)? {
        for file in reader.files.files(name)? {
            let bytes = reader.files.bytes(&file)?;
            reader.content.add(&file, &bytes);
        }
    } else {
        let bytes = reader.files.bytes(name)?;
        reader.content.add(name, &bytes);
        archive = Some(bytes);
    }
    Ok(FoundChart {
        path: path.clone(),
        files: chart::in_pack(&reader.files, name, archive.as_deref()),
    })
}

/// A file that `pack.json` names and that cannot be had.
fn unreadable(what: &str, path: &Spanned<Arc<str>>, error: &RegistryError) -> Diagnostic {
    let problem = Diagnostic::error(format!("cannot read the {what} `{}`", path.value))
        .at(path.span)
        .label(error.with_causes());
    match error {
        RegistryError::Missing => problem.help(format!(
            "put the {what} there, or correct the path, which is relative to the pack's folder"
        )),
        RegistryError::Upwards | RegistryError::Absolute | RegistryError::Link => {
            problem.help(format!("copy the {what} into the pack's folder"))
        }
        _ => problem,
    }
}
