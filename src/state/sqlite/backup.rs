//! Copying a state while it is in use.

use std::fs::OpenOptions;
use std::path::Path;

use rusqlite::{Connection, MAIN_DB, OpenFlags};

use crate::state::StateError;

use super::open::beside;
use super::store::SqliteStore;

/// Copies a state, as it is at one moment, to another file, which must not be there; its folder must. The key is not in
/// it.
///
/// # Errors
/// When there is no state, something is there already, or the copy cannot be written; half a copy never stays behind.
pub fn backup(store: &SqliteStore, to: &Path) -> Result<(), StateError> {
    let (Some(connection), path) = store.parts() else {
        return Err(StateError::Unreadable {
            path: store.path().to_owned(),
            why: "it is not there",
        });
    };
    let taken = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => StateError::BackupExists {
            path: to.to_owned(),
        },
        _ => StateError::io("write the backup", to, error),
    };
    // Taking the name first keeps two backups from writing over each other; the copy is whole when it gets that name.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(taken)?;
    let part = beside(to, ".part");
    let copied = copy(connection, path, &part).and_then(|()| {
        std::fs::rename(&part, to).map_err(|error| StateError::io("write the backup", to, error))
    });
    if copied.is_err() {
        let _ = std::fs::remove_file(&part);
        let _ = std::fs::remove_file(to);
    }
    copied
}

fn copy(connection: &Connection, from: &Path, to: &Path) -> Result<(), StateError> {
    let failed = |error| StateError::sqlite("write the backup", to, error);
    let _ = std::fs::remove_file(to);
    let mut copy = Connection::open_with_flags(
        to,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )
    .map_err(failed)?;
    copy.pragma_update(None, "synchronous", "FULL")
        .map_err(failed)?;
    copy_into(connection, &mut copy, from, failed)?;
    copy.close().map_err(|(_, error)| failed(error))
}

/// Copies everything from one connection to another, as it is at one moment. `from` is where the first one's file is.
pub(super) fn copy_into(
    connection: &Connection,
    copy: &mut Connection,
    from: &Path,
    failed: impl Fn(rusqlite::Error) -> StateError,
) -> Result<(), StateError> {
    let backup = rusqlite::backup::Backup::new_with_names(connection, MAIN_DB, copy, MAIN_DB)
        .map_err(&failed)?;
    // All pages in one step, so that they are of one moment.
    match backup.step(-1) {
        Ok(rusqlite::backup::StepResult::Done) => Ok(()),
        Ok(_) => Err(StateError::Busy {
            path: from.to_owned(),
        }),
        Err(error) => Err(failed(error)),
    }
}
