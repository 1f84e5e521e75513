//! The folder of a chart, read without what its `.helmignore` names.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::model::ChartFile;

use super::RegistryError;
use super::helmignore::Rules;

const IGNORE_FILE: &str = ".helmignore";
/// The most bytes of all files together: Helm's limit.
const BYTES_LIMIT: u64 = 100 << 20;
/// The most files, ignored ones and folders included.
const FILES_LIMIT: usize = 10_000;
/// How deep folders may be nested.
const DEPTH_LIMIT: usize = 32;

/// All files of a chart's folder, by path. Symbolic links are followed as long as they stay in the folder.
pub(super) fn read(folder: &Path) -> Result<Vec<ChartFile>, RegistryError> {
    let root = folder.canonicalize()?;
    let rules = match fs::read(root.join(IGNORE_FILE)) {
        Ok(bytes) => Rules::parse(&String::from_utf8_lossy(&bytes))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Rules::parse("")?,
        Err(error) => return Err(error.into()),
    };
    let mut walk = Walk {
        root: &root,
        rules,
        left: BYTES_LIMIT,
        seen: 0,
        files: Vec::new(),
    };
    walk.folder("", 0)?;
    Ok(walk.files)
}

/// The same of files that are in memory, given with their paths in the chart, sorted.
pub(super) fn select<'f>(
    files: impl Iterator<Item = (&'f str, &'f [u8])>,
) -> Result<Vec<ChartFile>, RegistryError> {
    let files: Vec<_> = files.collect();
    let ignore = files.iter().find(|(path, _)| *path == IGNORE_FILE);
    let ignore = ignore.map_or_else(String::new, |(_, bytes)| {
        String::from_utf8_lossy(bytes).into_owned()
    });
    let rules = Rules::parse(&ignore)?;
    let is_kept = |path: &str| {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        !rules.ignore(path, false) && !folders.into_iter().any(|folder| rules.ignore(folder, true))
    };
    let kept = files.into_iter().filter(|(path, _)| is_kept(path));
    Ok(kept.map(|(path, data)| file(path, data)).collect())
}

fn file(path: &str, data: &[u8]) -> ChartFile {
    ChartFile {
        path: path.into(),
        data: data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data).into(),
    }
}

struct Walk<'r> {
    root: &'r Path,
    rules: Rules,
    left: u64,
    seen: usize,
    files: Vec<ChartFile>,
}

impl Walk<'_> {
    fn folder(&mut self, relative: &str, depth: usize) -> Result<(), RegistryError> {
        if depth > DEPTH_LIMIT {
            return Err(RegistryError::TooMany(FILES_LIMIT));
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(relative))? {
            let name = entry?.file_name();
            names.push(name.into_string().map_err(|_| RegistryError::NotText)?);
        }
        names.sort_unstable();
        for name in names {
            self.seen += 1;
            if self.seen > FILES_LIMIT {
                return Err(RegistryError::TooMany(FILES_LIMIT));
            }
            let path = if relative.is_empty() {
                name
            } else {
                format!("{relative}/{name}")
            };
            self.entry(&path, depth)
                .map_err(|error| error.in_chart(&path))?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, depth: usize) -> Result<(), RegistryError> {
        let real = self.root.join(path).canonicalize()?;
        let kind = fs::metadata(&real)?;
        if self.rules.ignore(path, kind.is_dir()) {
            return Ok(());
        }
        if !real.starts_with(self.root) {
            return Err(RegistryError::ChartLink);
        }
        if kind.is_dir() {
            return self.folder(path, depth + 1);
        }
        // Asked before it is opened, since opening a pipe waits for its other end.
        if !kind.is_file() {
            return Err(RegistryError::NotAFile);
        }
        let mut data = Vec::new();
        File::open(&real)?
            .take(self.left + 1)
            .read_to_end(&mut data)?;
        self.left = self
            .left
            .checked_sub(data.len() as u64)
            .ok_or(RegistryError::TooLarge { limit: BYTES_LIMIT })?;
        self.files.push(file(path, &data));
        Ok(())
    }
}
