//! Files of others: read if they are there, written whole or not at all, for the user alone.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::CredentialsError;

/// The text of a file; nothing when it is not there.
pub(super) fn read(path: &Path) -> Result<Option<String>, CredentialsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(broken(path, &error.to_string())),
    }
}

/// A file that is not what it should be.
pub(super) fn broken(path: &Path, why: &str) -> CredentialsError {
    CredentialsError::File {
        path: path.to_owned(),
        done: "read",
        why: why.to_owned(),
    }
}

/// Writes a file for the user alone, and the folders above it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CredentialsError> {
    // Where a link stands, as people have it who keep such files elsewhere, what it leads to is written.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    replace(&real, text).map_err(|error| CredentialsError::File {
        path: path.to_owned(),
        done: "written",
        why: error.to_string(),
    })
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let temporary = folder.join(format!(
        ".credentials.{}.{:08x}.tmp",
        std::process::id(),
        getrandom::u32().map_err(io::Error::other)?
    ));
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    let done = write();
    if done.is_err() {
        // What could not be finished is of no use to anybody.
        let _ = fs::remove_file(&temporary);
    }
    done
}
