//! The names of charts, without reading more of them than `Chart.yaml`.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::diag::Sources;
use crate::yaml::{self, Limits, Node};

use super::RegistryError;
use super::folder::{FILE_LIMIT, Folder};

/// The most bytes of `Chart.yaml`.
const CHART_FILE_LIMIT: u64 = 1 << 20;
/// The most entries of an archive that are looked at.
const ENTRIES_LIMIT: usize = 20_000;

/// The name in a chart's `Chart.yaml`.
///
/// # Errors
/// A few words that say why there is none.
pub(super) fn name(folder: &Folder, path: &str, sources: &Sources) -> Result<String, String> {
    let is_folder = folder
        .is_folder(path)
        .map_err(|error| error.with_causes())?;
    let text = if is_folder {
        let path = format!("{}/Chart.yaml", path.trim_end_matches('/'));
        folder.bytes(&path).map_err(|error| match error {
            RegistryError::Missing => "it has no Chart.yaml".to_owned(),
            other => other.with_causes(),
        })?
    } else {
        let bytes = folder.bytes(path).map_err(|error| error.with_causes())?;
        from_archive(&bytes)?
    };
    let text = String::from_utf8(text).map_err(|_| "its Chart.yaml is not a text in UTF-8")?;
    let source = sources.add(format!("{}: Chart.yaml", folder.shown(path)), text.as_str());
    let documents = yaml::read(source, &text, Limits::default())
        .map_err(|problem| format!("its Chart.yaml cannot be read: {}", problem.summary))?;
    documents
        .first()
        .and_then(|node| node.get("name"))
        .and_then(Node::as_str)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| "its Chart.yaml has no `name`".to_owned())
}

/// `Chart.yaml` from the one folder at the top of an archive; those further down belong to other charts.
fn from_archive(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let broken = |error: std::io::Error| format!("it is not a gzipped tar archive: {error}");
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(FILE_LIMIT));
    for entry in archive.entries().map_err(broken)?.take(ENTRIES_LIMIT) {
        let entry = entry.map_err(broken)?;
        let path = entry.path_bytes();
        let mut parts = path
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty() && *part != b".");
        let is_chart =
            parts.next().is_some() && parts.next() == Some(b"Chart.yaml") && parts.next().is_none();
        if !is_chart || !entry.header().entry_type().is_file() {
            continue;
        }
        let mut text = Vec::new();
        entry
            .take(CHART_FILE_LIMIT + 1)
            .read_to_end(&mut text)
            .map_err(broken)?;
        if text.len() as u64 > CHART_FILE_LIMIT {
            return Err(format!(
                "its Chart.yaml is larger than {} MiB",
                CHART_FILE_LIMIT >> 20
            ));
        }
        return Ok(text);
    }
    Err("it has no Chart.yaml".to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::path::Path;

    use super::super::testing::{Files, archive, chart};
    use super::*;

    #[test]
    fn the_name_stands_in_the_chart_at_the_top() {
        let files = Files::new();
        files.put("a.tgz", chart("web"));
        files.put("folder/Chart.yaml", "name: plain\n");
        files.put("empty.tgz", archive(&[]));
        files.put("nameless.tgz", archive(&[("a/Chart.yaml", "version: 1\n")]));
        files.put("bad.tgz", archive(&[("a/Chart.yaml", "name: [\n")]));
        files.put("text.tgz", "no archive");
        let mut cut = chart("web");
        cut.truncate(40);
        files.put("cut.tgz", cut);
        files.put("bare/values.yaml", "");
        let folder = Folder::open(files.path(), Path::new("p")).unwrap();
        let sources = Sources::default();
        let cases = [
            ("a.tgz", Ok("web")),
            ("folder/", Ok("plain")),
            ("bare", Err("it has no Chart.yaml")),
            ("empty.tgz", Err("it has no Chart.yaml")),
            ("nameless.tgz", Err("its Chart.yaml has no `name`")),
            ("bad.tgz", Err("its Chart.yaml cannot be read: ")),
            ("text.tgz", Err("it is not a gzipped tar archive: ")),
            ("cut.tgz", Err("it is not a gzipped tar archive: ")),
        ];
        for (path, expected) in cases {
            match (name(&folder, path, &sources), expected) {
                (Ok(found), Ok(name)) => assert_eq!(found, name),
                (Err(found), Err(start)) => assert!(found.starts_with(start), "{path}: {found}"),
                (found, expected) => panic!("{path}: {found:?} is not {expected:?}"),
            }
        }
    }
}
