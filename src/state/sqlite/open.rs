//! Opening the file, and making it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use crate::state::StateError;

use super::backup::copy_into;
use super::schema;

/// How long to wait for another program that has the file open. Ours wait at the [`crate::state::Lock`] instead.
const BUSY: Duration = Duration::from_secs(2);

/// What a state is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only to read, while others may write. A file that is not there is an empty state, and stays not there; one of an
    /// older format is read as it is, and stays so.
    Read,
    /// To write. Needs the [`crate::state::Lock`]. Makes folder and file when they are not there, and brings a file of an
    /// older format up to date.
    Write,
}

/// Opens the file; nothing when it is not there and is only to be read.
pub(super) fn open(path: &Path, mode: Mode) -> Result<Option<Connection>, StateError> {
    let there = path
        .try_exists()
        .map_err(|error| StateError::io("look for the state", path, error))?;
    if !there {
        refuse_orphan(path)?;
        if mode == Mode::Read {
            return Ok(None);
        }
        create(path)?;
    }
    schema::check_header(path)?;
    let failed = |error| StateError::sqlite("open", path, error);
    match mode {
        Mode::Read => {
            let connection = open_to_read(path)?;
            let format = schema::check_open(&connection, path)?;
            if format < schema::FORMAT {
                return read_older(&connection, format, path).map(Some);
            }
            Ok(Some(connection))
        }
        Mode::Write => {
            let mut connection = Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )
            .map_err(failed)?;
            // Until we know that it is ours, closing it must not move anything from the log into the file.
            let keep_log = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
            connection.set_db_config(keep_log, true).map_err(failed)?;
            let format = schema::check_open(&connection, path)?;
            connection.set_db_config(keep_log, false).map_err(failed)?;
            prepare(&connection).map_err(failed)?;
            schema::migrate(&mut connection, format)
                .map_err(|error| StateError::sqlite("bring up to date", path, error))?;
            Ok(Some(connection))
        }
    }
}

/// Another connection to a file that was opened to be read, to write what needs no lock; nothing when the file has an
/// older format, which only who holds the lock brings up to date.
pub(super) fn open_beside(path: &Path) -> Result<Option<Connection>, StateError> {
    let failed = |error| StateError::sqlite("open", path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    let format = schema::check_open(&connection, path)?;
    if format < schema::FORMAT {
        return Ok(None);
    }
    prepare(&connection).map_err(failed)?;
    Ok(Some(connection))
}

fn open_to_read(path: &Path) -> Result<Connection, StateError> {
    let failed = |error| StateError::sqlite("open", path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let readable = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .is_ok();
    let log_is_empty = std::fs::metadata(beside(path, "-wal")).map_or(true, |log| log.len() == 0);
    if readable || !log_is_empty {
        return Ok(connection);
    }
    // In a folder that may not be written SQLite cannot make the files by which readers and writers find each other. With
    // no log there is no writer either, and the file can be read as it is.
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).map_err(failed)
}

/// A copy in memory of a file of an older format, brought up to date there: who only reads changes no file.
fn read_older(connection: &Connection, format: i64, path: &Path) -> Result<Connection, StateError> {
    let failed = |error| StateError::sqlite("bring a copy up to date", path, error);
    let mut copy = Connection::open_in_memory().map_err(failed)?;
    copy_into(connection, &mut copy, path, failed)?;
    schema::migrate(&mut copy, format).map_err(failed)?;
    copy.pragma_update(None, "query_only", true)
        .map_err(failed)?;
    Ok(copy)
}

/// What every connection that writes wants: durable commits, kept references.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -64 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Makes the file under another name and renames it when it is whole, so that a state is never half made.
fn create(path: &Path) -> Result<(), StateError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .map_err(|error| StateError::io("make the folder", folder, error))?;
    }
    let new = beside(path, ".new");
    if let Err(error) = std::fs::remove_file(&new)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(StateError::io("remove", &new, error));
    }
    fill(&new).map_err(|error| StateError::sqlite("make", path, error))?;
    std::fs::rename(&new, path).map_err(|error| StateError::io("make the state", path, error))?;
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StateError::io("write the folder", folder, error))
}

fn fill(path: &Path) -> rusqlite::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    schema::migrate(&mut connection, 0)?;
    connection.execute(
        "INSERT INTO meta (one, lineage, serial) VALUES (1, ?1, 0)",
        [Uuid::new_v4().to_string()],
    )?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)
}

/// A log without its file holds what was recorded last: it is not to be thrown away, nor laid over a new file.
fn refuse_orphan(path: &Path) -> Result<(), StateError> {
    match std::fs::metadata(beside(path, "-wal")) {
        Ok(log) if log.len() > 0 => Err(StateError::Unreadable {
            path: path.to_owned(),
            why: "it is gone, but its log (the file with `-wal` at the end) is there: put the state back, or move the log away",
        }),
        _ => Ok(()),
    }
}

/// A file beside the state: its name with an ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
