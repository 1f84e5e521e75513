//! Helm charts as files, from folders and archives.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::archive::{self, Limits};
use crate::diag::Sources;
use crate::model::{ChartFile, ChartFiles, Version};
use crate::yaml::{self, Node};

use super::RegistryError;
use super::chart_folder;
use super::content::Content;
use super::files::Files;
use super::folder::FILE_LIMIT;

const METADATA_FILE: &str = "Chart.yaml";

/// Reads the files of a chart: a folder without what its `.helmignore` names, or the archive that `helm package` makes.
/// `shown` is the chart as messages should call it.
///
/// # Errors
/// If it is not there, is no archive, is too large, or a part of it lies outside.
pub fn read_chart(path: &Path, shown: &str) -> Result<ChartFiles, RegistryError> {
    let kind = fs::metadata(path)?;
    let files = if kind.is_dir() {
        chart_folder::read(path)?
    } else if !kind.is_file() {
        return Err(RegistryError::NotAFile);
    } else if kind.len() > FILE_LIMIT {
        return Err(RegistryError::TooLarge { limit: FILE_LIMIT });
    } else {
        unpack(&fs::read(path)?)?
    };
    Ok(gathered(files, shown))
}

/// A chart of a pack, from the folder or the bytes of the archive that `pack.json` names.
pub(super) fn in_pack(
    pack: &Files,
    path: &str,
    archive: Option<&[u8]>,
) -> Result<ChartFiles, RegistryError> {
    let files = match archive {
        Some(bytes) => unpack(bytes)?,
        None => pack.chart(path)?,
    };
    Ok(gathered(files, path))
}

/// A chart out of the archive that `helm package` makes. `shown` is what messages call it.
pub(super) fn of_archive(bytes: &[u8], shown: &str) -> Result<ChartFiles, RegistryError> {
    Ok(gathered(unpack(bytes)?, shown))
}

fn unpack(bytes: &[u8]) -> Result<Vec<ChartFile>, RegistryError> {
    let entries = archive::unpack(bytes, Limits::default())?;
    let files = entries.into_iter().map(|entry| ChartFile {
        path: entry.path.into(),
        data: entry.data,
    });
    Ok(files.collect())
}

fn gathered(files: Vec<ChartFile>, shown: &str) -> ChartFiles {
    let mut content = Content::default();
    for file in &files {
        content.add(&file.path, &file.data);
    }
    ChartFiles {
        origin: Arc::from(shown.trim_end_matches('/')),
        digest: content.digest(),
        files: files.into(),
    }
}

/// The version in a chart's `Chart.yaml`; nothing when there is none, which is told by whoever renders it.
pub fn chart_version(files: &ChartFiles) -> Option<Version> {
    let mut all = files.files.iter();
    let file = all.find(|file| &*file.path == METADATA_FILE)?;
    let text = std::str::from_utf8(&file.data).ok()?;
    let metadata = yaml::parse_first(text).ok()?;
    Version::new(metadata.get("version")?.as_str()?).ok()
}

/// The name in a chart's `Chart.yaml`.
///
/// # Errors
/// A few words that say why there is none.
pub(super) fn name(files: &ChartFiles, shown: &str, sources: &Sources) -> Result<String, String> {
    let mut all = files.files.iter();
    let file = all
        .find(|file| &*file.path == METADATA_FILE)
        .ok_or("it has no Chart.yaml")?;
    let text =
        std::str::from_utf8(&file.data).map_err(|_| "its Chart.yaml is not a text in UTF-8")?;
    let source = sources.add(format!("{shown}: Chart.yaml"), text);
    let documents = yaml::read(source, text, yaml::Limits::default())
        .map_err(|problem| format!("its Chart.yaml cannot be read: {}", problem.summary))?;
    documents
        .first()
        .and_then(|node| node.get("name"))
        .and_then(Node::as_str)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| "its Chart.yaml has no `name`".to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::os::unix::fs::symlink;

    use super::super::testing::{Files, archive, chart};
    use super::{ChartFiles, Sources, name, read_chart};

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
        let sources = Sources::default();
        let cases = [
            ("a.tgz", Ok("web")),
            ("folder/", Ok("plain")),
            ("bare", Err("it has no Chart.yaml")),
            ("empty.tgz", Err("no files in chart archive")),
            ("nameless.tgz", Err("its Chart.yaml has no `name`")),
            ("bad.tgz", Err("its Chart.yaml cannot be read: ")),
            ("text.tgz", Err("it is not a gzipped tar archive: ")),
            ("cut.tgz", Err("it is not a gzipped tar archive: ")),
        ];
        for (path, expected) in cases {
            let found = read_chart(&files.path().join(path), path)
                .map_err(|error| error.with_causes())
                .and_then(|files| name(&files, path, &sources));
            match (found, expected) {
                (Ok(found), Ok(name)) => assert_eq!(found, name),
                (Err(found), Err(start)) => assert!(found.starts_with(start), "{path}: {found}"),
                (found, expected) => panic!("{path}: {found:?} is not {expected:?}"),
            }
        }
    }

    fn paths(files: &ChartFiles) -> Vec<&str> {
        files.files.iter().map(|file| &*file.path).collect()
    }

    #[test]
    fn a_folder_is_read_without_what_is_ignored() {
        let files = Files::new();
        files.put("c/Chart.yaml", "\u{feff}name: a\n");
        files.put("c/.helmignore", "*.md\nskipped/\n");
        files.put("c/README.md", "");
        files.put("c/templates/.hidden", "");
        files.put("c/templates/b.yaml", "");
        files.put("c/templates/a/deep.md", "");
        files.put("c/skipped/a", "");
        files.put("c/charts/d/Chart.yaml", "");
        symlink("templates", files.path().join("c/linked")).unwrap();
        let chart = read_chart(&files.path().join("c"), "charts/c/").unwrap();
        assert_eq!(&*chart.origin, "charts/c");
        assert_eq!(
            paths(&chart),
            [
                ".helmignore",
                "Chart.yaml",
                "charts/d/Chart.yaml",
                "linked/.hidden",
                "linked/b.yaml",
                "templates/b.yaml"
            ]
        );
        assert_eq!(&*chart.files[1].data, b"name: a\n");
    }

    #[test]
    fn what_leads_out_of_a_folder_is_refused() {
        let files = Files::new();
        files.put("secret", "");
        files.put("out/a", "");
        symlink("../secret", files.path().join("out/b")).unwrap();
        files.put("ignored/.helmignore", "b\n");
        symlink("../secret", files.path().join("ignored/b")).unwrap();
        files.put("circle/a", "");
        symlink(".", files.path().join("circle/self")).unwrap();
        files.put("broken/a", "");
        symlink("nothing", files.path().join("broken/b")).unwrap();
        let said = |folder: &str| match read_chart(&files.path().join(folder), folder) {
            Ok(chart) => paths(&chart).join(" "),
            Err(error) => error.with_causes(),
        };
        assert_eq!(
            said("out"),
            "`b`: it leaves the chart's folder through a symbolic link"
        );
        assert_eq!(said("ignored"), ".helmignore");
        assert_eq!(said("broken"), "`b`: the file is not there");
        assert!(said("circle").starts_with("`self/self/"));
    }
}
