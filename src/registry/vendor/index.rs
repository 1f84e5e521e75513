//! `vendor.lock`: what was copied, and into which file.

use std::fmt::Write as _;
use std::path::{Component, Path};

use crate::diag::{Diagnostic, Sources};
use crate::model::{RegistryName, Version};
use crate::registry::fields::{Fields, wrong_type};
use crate::registry::lock;
use crate::yaml::{self, Limits, Node, NodeKind};

use super::Copied;

/// The name of the index.
pub(super) const INDEX_FILE: &str = "vendor.lock";

/// The format that is written, and the only one that is read.
const FORMAT_VERSION: i64 = 1;

const HEADER: &str = "\
# Copies of the packs and charts that stratiform.lock pins. Written by `stratiform vendor`; every command takes them from
# here. Keep the whole folder together.
";

/// The index's text: one field a line, so that changes read well.
pub(super) fn text(all: &[Copied]) -> String {
    let mut text = format!("{HEADER}formatVersion: {FORMAT_VERSION}\n");
    text.push_str(if all.is_empty() {
        "contents: []\n"
    } else {
        "contents:\n"
    });
    // A string of JSON is one of YAML too, whatever stands in it.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    for copied in all {
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "- kind: {}\n  registry: {}\n  name: {}\n  version: {}\n  digest: {}\n  archive: {}\n  file: {}\n",
            copied.kind,
            quoted(copied.registry.as_str()),
            quoted(&copied.name),
            quoted(copied.version.as_str()),
            quoted(&copied.digest.to_string()),
            quoted(&copied.archive.to_string()),
            quoted(&copied.file),
        );
    }
    text
}

/// Why an index is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// A newer program wrote it.
    Newer,
    /// What is wrong with it, on one line.
    Damaged(String),
}

/// Reads an index.
///
/// # Errors
/// Why it is of no use.
pub(super) fn parse(text: &str) -> Result<Vec<Copied>, Unusable> {
    let source = Sources::default().add(INDEX_FILE, text);
    let damaged = |problem: Diagnostic| Unusable::Damaged(problem.summary);
    let documents =
        yaml::read(source, text, Limits::default()).map_err(|problem| damaged(*problem))?;
    let Some(node) = documents.iter().find(|node| node.kind != NodeKind::Null) else {
        return Err(Unusable::Damaged("it is empty".to_owned()));
    };
    let mut problems = Vec::new();
    let all = decode(node, &mut problems);
    if let Some(problem) = problems.into_iter().next() {
        return Err(damaged(problem));
    }
    all.ok_or(Unusable::Newer)
}

/// Nothing without a problem is a newer format.
fn decode(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Vec<Copied>> {
    let fields = Fields::of(node, INDEX_FILE, problems)?;
    let format = fields.required("formatVersion", problems)?;
    match format.kind {
        NodeKind::Int(FORMAT_VERSION) => {}
        NodeKind::Int(newer) if newer > FORMAT_VERSION => return None,
        _ => {
            problems.push(wrong_type(format, "`formatVersion`", "the number 1"));
            return None;
        }
    }
    fields.only(&["formatVersion", "contents"], problems);
    let list = fields.list("contents", problems).iter();
    Some(list.filter_map(|node| entry(node, problems)).collect())
}

fn entry(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Copied> {
    let fields = Fields::of(node, "an entry of the index", problems)?;
    let known = [
        "kind", "registry", "name", "version", "digest", "archive", "file",
    ];
    fields.only(&known, problems);
    Some(Copied {
        kind: fields.parsed("kind", problems, lock::kind)?,
        registry: fields.parsed("registry", problems, |text| RegistryName::new(text))?,
        name: fields.required_text("name", problems)?.value.into(),
        version: fields.parsed("version", problems, Version::new)?,
        digest: fields.parsed("digest", problems, str::parse)?,
        archive: fields.parsed("archive", problems, str::parse)?,
        file: fields.parsed("file", problems, file)?,
    })
}

/// A file below the folder: an index may come from anybody.
fn file(text: &str) -> Result<String, &'static str> {
    let is_below = Path::new(text)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if is_below {
        Ok(text.to_owned())
    } else {
        Err("a file of the index is relative to its folder, without `..`")
    }
}
