//! The folder of a pack, which nothing can leave.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::RegistryError;

/// The most bytes that are read of one file.
pub(super) const FILE_LIMIT: u64 = 64 << 20;
/// The most files that are read of one chart that is a folder.
const FILES_LIMIT: usize = 10_000;
/// How deep the folders of a chart may be nested.
const DEPTH_LIMIT: usize = 32;

/// A path of a pack without `.` in it, which stays inside of the pack.
pub(super) fn inside(relative: &str) -> Result<PathBuf, RegistryError> {
    let mut path = PathBuf::new();
    for component in Path::new(relative).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err(RegistryError::Upwards),
            Component::RootDir | Component::Prefix(_) => return Err(RegistryError::Absolute),
        }
    }
    if relative.is_empty() {
        return Err(RegistryError::EmptyPath);
    }
    Ok(path)
}

/// The folder of a pack.
#[derive(Debug)]
pub(super) struct Folder {
    /// The folder without symbolic links.
    real: PathBuf,
    /// The folder as messages show it.
    shown: PathBuf,
}

impl Folder {
    pub(super) fn open(path: &Path, shown: &Path) -> Result<Self, RegistryError> {
        Ok(Self {
            real: path.canonicalize()?,
            shown: shown.to_owned(),
        })
    }

    /// What messages call a file.
    pub(super) fn shown(&self, relative: &str) -> String {
        self.shown.join(relative).display().to_string()
    }

    /// The real path of something in the folder.
    pub(super) fn locate(&self, relative: &str) -> Result<PathBuf, RegistryError> {
        let real = self.real.join(inside(relative)?).canonicalize()?;
        if real.starts_with(&self.real) {
            Ok(real)
        } else {
            Err(RegistryError::Link)
        }
    }

    pub(super) fn bytes(&self, relative: &str) -> Result<Vec<u8>, RegistryError> {
        let path = self.locate(relative)?;
        // Asked before it is opened, since opening a pipe waits for its other end.
        if !fs::metadata(&path)?.is_file() {
            return Err(RegistryError::NotAFile);
        }
        let mut bytes = Vec::new();
        File::open(&path)?
            .take(FILE_LIMIT + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > FILE_LIMIT {
            return Err(RegistryError::TooLarge { limit: FILE_LIMIT });
        }
        Ok(bytes)
    }

    /// All files below a folder as paths relative to the pack, sorted.
    pub(super) fn files(&self, relative: &str) -> Result<Vec<String>, RegistryError> {
        let mut found = Vec::new();
        self.collect(relative.trim_end_matches('/'), 0, &mut found)?;
        found.sort_unstable();
        Ok(found)
    }

    fn collect(
        &self,
        relative: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) -> Result<(), RegistryError> {
        for entry in fs::read_dir(self.locate(relative)?)? {
            let name = entry?.file_name();
            let name = name.to_str().ok_or(RegistryError::NotText)?;
            let path = format!("{relative}/{name}");
            if self.is_folder(&path)? {
                if depth == DEPTH_LIMIT {
                    return Err(RegistryError::TooMany(FILES_LIMIT));
                }
                self.collect(&path, depth + 1, found)?;
            } else {
                if found.len() == FILES_LIMIT {
                    return Err(RegistryError::TooMany(FILES_LIMIT));
                }
                found.push(path);
            }
        }
        Ok(())
    }

    pub(super) fn is_folder(&self, relative: &str) -> Result<bool, RegistryError> {
        Ok(fs::metadata(self.locate(relative)?)?.is_dir())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::os::unix::fs::symlink;

    use super::super::testing::Files;
    use super::*;

    fn said(folder: &Folder, path: &str) -> String {
        folder.bytes(path).map_or_else(
            |error| error.with_causes(),
            |bytes| String::from_utf8(bytes).unwrap(),
        )
    }

    #[test]
    fn nothing_leaves_the_folder() {
        let files = Files::new();
        files.put("secret", "secret");
        files.put("pack/a/b.yaml", "inside");
        let folder = files.path().join("pack");
        symlink("a/b.yaml", folder.join("inside")).unwrap();
        symlink("../secret", folder.join("outside")).unwrap();
        symlink(files.path(), folder.join("up")).unwrap();
        symlink("circle", folder.join("circle")).unwrap();
        let folder = Folder::open(&folder, Path::new("p")).unwrap();
        let cases = [
            ("a/b.yaml", "inside"),
            ("./a/b.yaml", "inside"),
            ("inside", "inside"),
            ("", "the path is empty"),
            (
                "../secret",
                "the path leaves the pack's folder; `..` cannot stand in it",
            ),
            (
                "a/../../secret",
                "the path leaves the pack's folder; `..` cannot stand in it",
            ),
            (
                "/etc/passwd",
                "the path is absolute; paths of a pack are relative to its folder",
            ),
            (
                "outside",
                "the path leaves the pack's folder through a symbolic link",
            ),
            (
                "up/secret",
                "the path leaves the pack's folder through a symbolic link",
            ),
            ("a", "it is not a regular file"),
            ("c", "the file is not there"),
            ("inside/c", "the file is not there"),
        ];
        for (path, expected) in cases {
            assert_eq!(said(&folder, path), expected, "{path}");
        }
        assert!(said(&folder, "circle").starts_with("it cannot be read: "));
        assert!(said(&folder, "nul\0").starts_with("it cannot be read: "));
    }

    #[test]
    fn large_files_are_refused_and_pipes_are_not_waited_for() {
        let files = Files::new();
        let large = files.put("large", "");
        File::options()
            .write(true)
            .open(large)
            .unwrap()
            .set_len(FILE_LIMIT + 1)
            .unwrap();
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            files.path().join("pipe"),
            rustix::fs::Mode::RUSR,
        )
        .unwrap();
        let folder = Folder::open(files.path(), Path::new("p")).unwrap();
        assert_eq!(said(&folder, "large"), "it is larger than 64 MiB");
        assert_eq!(said(&folder, "pipe"), "it is not a regular file");
    }

    #[test]
    fn folders_that_circle_end() {
        let files = Files::new();
        files.put("chart/Chart.yaml", "name: a");
        symlink(".", files.path().join("chart/self")).unwrap();
        let folder = Folder::open(files.path(), Path::new("p")).unwrap();
        assert!(matches!(
            folder.files("chart"),
            Err(RegistryError::TooMany(_) | RegistryError::Read(_))
        ));
    }
}
