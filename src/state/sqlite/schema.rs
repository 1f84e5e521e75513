//! The format of the file: how it is told, made and brought up to date.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::state::StateError;

/// The steps from an empty file to the newest format; each one raises the format by one.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../../state/migrations/0001_first.sql"),
    include_str!("../../../state/migrations/0002_seeds_and_kept_objects.sql"),
    include_str!("../../../state/migrations/0003_servers.sql"),
    include_str!("../../../state/migrations/0004_origins.sql"),
];

/// The newest format that this program knows.
pub(super) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// What SQLite's header says of whose file it is: `strf`.
const APPLICATION: u32 = u32::from_be_bytes(*b"strf");

/// Length of SQLite's header, and where in it the format and the application stand (sqlite.org/fileformat2.html, 1.3).
const HEADER: usize = 100;
const FORMAT_AT: usize = 60;
const APPLICATION_AT: usize = 68;

/// Looks at the first bytes of a file, without SQLite and without touching it, and refuses what is not ours.
pub(super) fn check_header(path: &Path) -> Result<(), StateError> {
    let unreadable = |why| {
        Err(StateError::Unreadable {
            path: path.to_owned(),
            why,
        })
    };
    let mut header = [0; HEADER];
    let mut length = 0;
    let mut file =
        File::open(path).map_err(|error| StateError::io("open the state", path, error))?;
    while length < HEADER {
        match file.read(&mut header[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(StateError::io("read the state", path, error)),
        }
    }
    if length == 0 {
        return unreadable("it is empty, so it was cut short: restore a backup");
    }
    let magic = b"SQLite format 3\0";
    let common = magic.len().min(length);
    if header[..common] != magic[..common] {
        return unreadable("it is no SQLite file; is it the right one?");
    }
    if length < HEADER {
        return unreadable("it was cut short: restore a backup");
    }
    let number = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    check(path, number(APPLICATION_AT), i64::from(number(FORMAT_AT)))
}

/// Asks SQLite the same, which also knows what has not yet come from the log into the file.
pub(super) fn check_open(connection: &Connection, path: &Path) -> Result<i64, StateError> {
    let ask = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(|error| StateError::sqlite("read", path, error))
    };
    let application = u32::try_from(ask("application_id")?).unwrap_or(0);
    let format = ask("user_version")?;
    check(path, application, format)?;
    Ok(format)
}

fn check(path: &Path, application: u32, format: i64) -> Result<(), StateError> {
    if application != APPLICATION {
        return Err(StateError::Unreadable {
            path: path.to_owned(),
            why: "another program's data are in it; is it the right file?",
        });
    }
    if format > FORMAT {
        return Err(StateError::Newer {
            path: path.to_owned(),
            found: format,
            known: FORMAT,
        });
    }
    Ok(())
}

/// Runs the steps that a file of this format has not seen, all or none of them.
pub(super) fn migrate(connection: &mut Connection, from: i64) -> rusqlite::Result<()> {
    let done = usize::try_from(from).unwrap_or(0);
    if done >= MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    for step in &MIGRATIONS[done..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}
