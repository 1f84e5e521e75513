//! The folder of the cache.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::Sha256;

use super::CacheError;

/// What programs that make backups look for: <https://bford.info/cachedir/>.
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of stratiform.\n";

/// A cache on disk. Cheap to clone; may be used from any thread.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: Arc<Path>,
}

impl Cache {
    /// Opens the cache in a folder, makes it when it is missing, and removes what killed processes have left on its way.
    /// What is in it may be private: only its owner gets in when we make it.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self, CacheError> {
        let tag = folder.join("CACHEDIR.TAG");
        if !tag.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .and_then(|()| fs::write(&tag, TAG))
                .map_err(|error| CacheError::io("make", folder, &error))?;
        }
        let folder = std::path::absolute(folder)
            .map_err(|error| CacheError::io("find", folder, &error))?
            .into();
        let cache = Self { folder };
        cache.sweep()?;
        Ok(cache)
    }

    /// Where the cache of this user is: what `STRATIFORM_CACHE` says, else `stratiform` below `XDG_CACHE_HOME` or
    /// `~/.cache`. Empty variables count as missing, as do relative paths of XDG (its base directory specification).
    ///
    /// # Errors
    /// When no variable says anything.
    pub fn default_folder() -> Result<PathBuf, CacheError> {
        default_folder(|name| std::env::var_os(name))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a key is called on disk.
    pub(super) fn name_of(key: &str) -> String {
        Sha256::of(key.as_bytes()).hex()
    }

    /// A path in a folder of the cache, which is made when it is missing.
    pub(super) fn below(&self, folder: &str, name: &str) -> Result<PathBuf, CacheError> {
        let folder = self.folder.join(folder);
        fs::create_dir_all(&folder).map_err(|error| CacheError::io("make", &folder, &error))?;
        Ok(folder.join(name))
    }

    /// What is in a folder; nothing when it is not there.
    pub(super) fn files_in(&self, folder: &Path) -> Result<Vec<PathBuf>, CacheError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // Some systems put files of their own everywhere.
            Err(error)
                if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory]
                    .contains(&error.kind()) =>
            {
                return Ok(Vec::new());
            }
            Err(error) => return Err(CacheError::io("read", folder, &error)),
        };
        entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()
            .map_err(|error| CacheError::io("read", folder, &error))
    }
}

fn default_folder(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, CacheError> {
    let path = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = path("STRATIFORM_CACHE") {
        return Ok(folder);
    }
    path("XDG_CACHE_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| path("HOME").map(|home| home.join(".cache")))
        .map(|folder| folder.join("stratiform"))
        .ok_or(CacheError::NoFolder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_where_the_environment_says() {
        type Variables = &'static [(&'static str, &'static str)];
        let cases: [(Variables, Option<&str>); 6] = [
            (
                &[("STRATIFORM_CACHE", "own"), ("HOME", "/home/a")],
                Some("own"),
            ),
            (
                &[("XDG_CACHE_HOME", "/x"), ("HOME", "/home/a")],
                Some("/x/stratiform"),
            ),
            (
                &[("XDG_CACHE_HOME", "x"), ("HOME", "/home/a")],
                Some("/home/a/.cache/stratiform"),
            ),
            (
                &[("STRATIFORM_CACHE", ""), ("HOME", "/home/a")],
                Some("/home/a/.cache/stratiform"),
            ),
            (&[("HOME", "")], None),
            (&[], None),
        ];
        for (variables, expected) in cases {
            let found = default_folder(|wanted| {
                let found = variables.iter().find(|(name, _)| *name == wanted);
                found.map(|(_, value)| OsString::from(value))
            });
            assert_eq!(found.ok(), expected.map(PathBuf::from), "{variables:?}");
        }
    }
}
