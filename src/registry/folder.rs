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
        let path = Path::new(relative);
        for component in path.components() {
            match component {
                Component::Normal(_) | Component::CurDir => {}
                Component::ParentDir => return Err(RegistryError::Upwards),
                Component::RootDir | Component::Prefix(_) => return Err(RegistryError::Absolute),
            }
        }
        if path.as_os_str().is_empty() {
            return Err(RegistryError::EmptyPath);
        }
        let real = self.real.join(path).canonicalize()?;
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
