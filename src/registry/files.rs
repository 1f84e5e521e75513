//! The files of a pack: in a folder, or out of an archive.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::archive::{self, Limits};
use crate::model::ChartFile;

use super::RegistryError;
use super::chart_folder;
use super::folder::{Folder, inside};
use super::pack::PACK_FILE;

/// The files of a pack. Nothing leads out of them.
#[derive(Debug)]
pub(super) enum Files {
    /// They lie in a folder.
    Folder(Folder),
    /// They were in an archive, and are in memory.
    Archive(Archive),
}

/// The files of an archive, by path.
#[derive(Debug)]
pub(super) struct Archive {
    shown: PathBuf,
    files: BTreeMap<String, Vec<u8>>,
}

impl Archive {
    /// Unpacks the archive of a pack, gzipped or not. `shown` is what messages call it.
    pub(super) fn unpack(bytes: &[u8], shown: &Path) -> Result<Self, RegistryError> {
        Ok(Self {
            shown: shown.to_owned(),
            files: archive::unpack_folder(bytes, PACK_FILE, Limits::default())?,
        })
    }

    fn key(relative: &str) -> Result<String, RegistryError> {
        Ok(inside(relative)?.to_string_lossy().into_owned())
    }

    fn bytes(&self, relative: &str) -> Result<Vec<u8>, RegistryError> {
        if let Some(bytes) = self.files.get(&Self::key(relative)?) {
            return Ok(bytes.clone());
        }
        Err(if self.is_folder(relative)? {
            RegistryError::NotAFile
        } else {
            RegistryError::Missing
        })
    }

    /// The files below a folder, each with its path inside of it.
    fn below(&self, folder: &str) -> Result<impl Iterator<Item = (&str, &[u8])>, RegistryError> {
        let key = Self::key(folder)?;
        let prefix = if key.is_empty() { key } else { key + "/" };
        let start = self.files.range(prefix.clone()..);
        Ok(start
            .map_while(move |(path, bytes)| Some((path.strip_prefix(&prefix)?, bytes.as_slice()))))
    }

    fn is_folder(&self, relative: &str) -> Result<bool, RegistryError> {
        Ok(self.below(relative)?.next().is_some())
    }
}

impl Files {
    /// What messages call a file.
    pub(super) fn shown(&self, relative: &str) -> String {
        match self {
            Self::Folder(folder) => folder.shown(relative),
            Self::Archive(archive) => archive.shown.join(relative).display().to_string(),
        }
    }

    /// The bytes of a file.
    pub(super) fn bytes(&self, relative: &str) -> Result<Vec<u8>, RegistryError> {
        match self {
            Self::Folder(folder) => folder.bytes(relative),
            Self::Archive(archive) => archive.bytes(relative),
        }
    }

    /// All files below a folder as paths relative to the pack, sorted.
    pub(super) fn files(&self, relative: &str) -> Result<Vec<String>, RegistryError> {
        match self {
            Self::Folder(folder) => folder.files(relative),
            Self::Archive(archive) => {
                let relative = relative.trim_end_matches('/');
                let below = archive.below(relative)?;
                Ok(below
                    .map(|(path, _)| format!("{relative}/{path}"))
                    .collect())
            }
        }
    }

    /// Whether something is a folder.
    pub(super) fn is_folder(&self, relative: &str) -> Result<bool, RegistryError> {
        match self {
            Self::Folder(folder) => folder.is_folder(relative),
            Self::Archive(archive) => {
                let is_folder = archive.is_folder(relative)?;
                if is_folder || archive.files.contains_key(&Archive::key(relative)?) {
                    Ok(is_folder)
                } else {
                    Err(RegistryError::Missing)
                }
            }
        }
    }

    /// The files of a chart that is a folder, without what its `.helmignore` names.
    pub(super) fn chart(&self, relative: &str) -> Result<Vec<ChartFile>, RegistryError> {
        match self {
            Self::Folder(folder) => chart_folder::read(&folder.locate(relative)?),
            Self::Archive(archive) => chart_folder::select(archive.below(relative)?),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::testing::{archive, pack_json};
    use super::*;

    fn files() -> Files {
        let bytes = archive(&[
            ("p/pack.json", &pack_json("a", "1.0.0", "")),
            ("p/charts/c/Chart.yaml", "name: c"),
            ("p/charts/c/.helmignore", "*.md\ndocs/\n"),
            ("p/charts/c/README.md", ""),
            ("p/charts/c/docs/a.yaml", ""),
            ("p/charts/c/templates/a.yaml", "\u{feff}kind: A"),
            ("p/charts/cd/Chart.yaml", "name: cd"),
        ]);
        Files::Archive(Archive::unpack(&bytes, Path::new("r/a-1.0.0")).unwrap())
    }

    #[test]
    fn an_archive_is_like_a_folder() {
        let files = files();
        assert_eq!(files.shown("pack.json"), "r/a-1.0.0/pack.json");
        assert_eq!(files.bytes("./charts/c/Chart.yaml").unwrap(), b"name: c");
        let all = files.files("charts/c/").unwrap();
        assert_eq!((all.len(), &*all[0]), (5, "charts/c/.helmignore"));
        assert!(files.is_folder("charts/cd").unwrap());
        assert!(!files.is_folder("pack.json").unwrap());
        let said = |path: &str| files.bytes(path).unwrap_err().to_string();
        assert_eq!(said("charts"), "it is not a regular file");
        assert_eq!(said("charts/x"), "the file is not there");
        assert_eq!(said(""), "the path is empty");
        assert!(said("../pack.json").contains("`..` cannot stand in it"));
        assert!(said("/pack.json").contains("absolute"));
        assert!(files.is_folder("chart").is_err());
    }

    #[test]
    fn a_chart_in_an_archive_is_read_without_what_is_ignored() {
        let chart = files().chart("charts/c").unwrap();
        let paths: Vec<_> = chart.iter().map(|file| &*file.path).collect();
        assert_eq!(paths, [".helmignore", "Chart.yaml", "templates/a.yaml"]);
        assert_eq!(&*chart[2].data, b"kind: A");
    }
}
