//! Looking whether a state is whole.

use std::fmt;
use std::path::Path;

use rusqlite::Connection;

use crate::model::TargetSpec;
use crate::state::{Intent, StateError};

use super::row::Columns;
use super::store::SqliteStore;
use super::{blob, read};

/// Something that is wrong with a state, with where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// SQLite says that the file is damaged.
    File(String),
    /// A row speaks of another that is not there.
    Reference {
        /// The table of the row.
        table: String,
        /// The table of the one that is missing.
        wants: String,
        /// How many rows do.
        rows: u64,
    },
    /// A text is not what its digest says.
    Blob(String),
    /// Not exactly one layer of a cluster holds an object.
    Holders {
        /// The cluster.
        cluster: String,
        /// The object.
        object: String,
        /// How many layers hold it.
        holders: u64,
    },
    /// The objects of a layer are not numbered from 0 without gaps.
    Order {
        /// The cluster.
        cluster: String,
        /// The layer.
        layer: String,
    },
    /// The times of a row contradict each other or those of the revisions.
    Time(String),
    /// The journal speaks of nothing that can be read.
    Journal(String),
    /// Something cannot be read back at all.
    Content(String),
}

impl Finding {
    /// Whether it is about whose the objects are, not about the file.
    pub fn is_about_ownership(&self) -> bool {
        matches!(self, Self::Holders { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(what) => write!(out, "the file is damaged: {what}"),
            Self::Reference { table, wants, rows } => {
                write!(
                    out,
                    "{rows} rows of `{table}` speak of rows of `{wants}` that are not there"
                )
            }
            Self::Blob(digest) => write!(out, "the text {digest} does not match its digest"),
            Self::Holders {
                cluster,
                object,
                holders,
            } => write!(
                out,
                "{object} on {cluster} is held by {holders} layers instead of one"
            ),
            Self::Order { cluster, layer } => {
                write!(out, "objects of {cluster}/{layer} are missing")
            }
            Self::Time(what) => write!(out, "the history is not whole: {what}"),
            Self::Journal(what) => write!(out, "the journal cannot be read: {what}"),
            Self::Content(what) => out.write_str(what),
        }
    }
}

/// Looks at everything in a state: SQLite's own check, references, digests of all texts, one holder an object, the
/// history, the journal. A state that is not there has nothing wrong.
///
/// # Errors
/// When the file cannot be read so far that it could be looked at.
pub fn verify(store: &SqliteStore) -> Result<Vec<Finding>, StateError> {
    let (Some(connection), path) = store.parts() else {
        return Ok(Vec::new());
    };
    let transaction = connection
        .unchecked_transaction()
        .map_err(|error| StateError::sqlite("read", path, error))?;
    let mut findings = Vec::new();
    file(&transaction, path, &mut findings)?;
    if !findings.is_empty() {
        // What a damaged file says of itself would only confuse.
        return Ok(findings);
    }
    references(&transaction, path, &mut findings)?;
    blobs(&transaction, path, &mut findings)?;
    holders(&transaction, path, &mut findings)?;
    order(&transaction, path, &mut findings)?;
    times(&transaction, path, &mut findings)?;
    journal(&transaction, path, &mut findings)?;
    if let Err(error) = read::snapshot(&transaction, path) {
        findings.push(Finding::Content(error.to_string()));
    }
    if let Err(error) = read::revisions(&transaction, path) {
        findings.push(Finding::Content(error.to_string()));
    }
    Ok(findings)
}

fn file(
    connection: &Connection,
    path: &Path,
    findings: &mut Vec<Finding>,
) -> Result<(), StateError> {
    read::each(connection, path, "PRAGMA integrity_check", [], |row| {
        match row.text(0)? {
            "ok" => {}
            what => findings.push(Finding::File(what.to_owned())),
        }
        Ok(())
    })
}

fn references(
    connection: &Connection,
    path: &Path,
    findings: &mut Vec<Finding>,
) -> Result<(), StateError> {
    read::each(
        connection,
        path,
        r#"SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2"#,
        [],
        |row| {
            findings.push(Finding::Reference {
                table: row.text(0)?.to_owned(),
                wants: row.text(1)?.to_owned(),
                rows: row.unsigned(2)?,
            });
            Ok(())
        },
    )
}

fn blobs(
    connection: &Connection,
    path: &Path,
    findings: &mut Vec<Finding>,
) -> Result<(), StateError> {
    read::each(
        connection,
        path,
        "SELECT digest, size, packing, data FROM blobs",
        [],
        |row| {
            let digest = row.digest(0)?;
            let text = blob::unpack(
                digest,
                row.number(1)?,
                row.number(2)?,
                row.bytes(3)?.to_vec(),
            );
            if text.map_or(0, |text| text.len() as u64) != row.unsigned(1)? {
                findings.push(Finding::Blob(digest.to_string()));
            }
            Ok(())
        },
    )
}

/// Hooks that servers run are nobody's: they are there only while they run.
fn holders(
    connection: &Connection,
    path: &Path,
    findings: &mut Vec<Finding>,
) -> Result<(), StateError> {
    read::each(
        connection,
        path,
        "SELECT clusters.name, kind, api_group, namespace, object_keys.name, sum(holder), hook, target
         FROM objects JOIN clusters USING (cluster) JOIN object_keys USING (object)
         GROUP BY cluster, object, hook HAVING sum(holder) > 1 OR sum(holder) = 0 AND NOT hook
         ORDER BY 1, 2, 3, 4, 5",
        [],
        |row| {
            let holders = row.unsigned(5)?;
            // Hooks on servers run, and nobody holds what they leave.
            let server = || -> Result<bool, StateError> {
                let target = serde_json::from_str::<TargetSpec>(row.text(7)?);
                Ok(target.is_ok_and(|target| target.is_server()))
            };
            if holders == 0 && row.unsigned(6)? == 1 && server()? {
                return Ok(());
            }
            let key = crate::model::ObjectKey::new(
                row.text(2)?,
                row.text(1)?,
                row.text(3)?,
                row.text(4)?,
            );
            findings.push(Finding::Holders {
                cluster: row.text(0)?.to_owned(),
                object: key.to_string(),
                holders,
            });
            Ok(())
        },
    )
}

fn order(
    connection: &Connection,
    path: &Path,
    findings: &mut Vec<Finding>,
) -> Result<(), StateError> {
    read::each(
        connection,
        path,
        "SELECT clusters.name, words.text
         FROM objects JOIN clusters USING (cluster) JOIN words ON words.word = objects.layer
         GROUP BY cluster, layer HAVING min(position) <> 0 OR max(position) <> count(*) - 1
         ORDER BY 1, 2",
        [],
        |row| {
            findings.push(Finding::Order {
                cluster: row.text(0)?.to_owned(),
                layer: row.text(1)?.to_owned(),
            });
            Ok(())
        },
    )
}

/// What the history must be: revisions without gaps, rows that end after they began, no two rows for one place at once.
fn times(
    connection: &Connection,
    path: &Path,
    findings: &mut Vec<Finding>,
) -> Result<(), StateError> {
    const QUESTIONS: [(&str, &str); 5] = [
        (
            "revisions are missing",
            "SELECT 1 FROM (SELECT count(*) AS many, max(revision) AS last FROM revisions) WHERE last <> many",
        ),
        (
            "a row ended before it began",
            "SELECT 1 FROM past_clusters WHERE until <= since
             UNION ALL SELECT 1 FROM past_layers WHERE until <= since
             UNION ALL SELECT 1 FROM past_objects WHERE until <= since",
        ),
        (
            "an object is newer than its layer",
            "SELECT 1 FROM objects JOIN layers USING (cluster, layer) WHERE objects.since > layers.since",
        ),
        (
            "a layer was two things at once",
            "SELECT 1 FROM past_layers AS old JOIN layers AS new USING (cluster, layer) WHERE new.since < old.until
             UNION ALL
             SELECT 1 FROM (SELECT since, lag(until) OVER (PARTITION BY cluster, layer ORDER BY until) AS before
                            FROM past_layers) WHERE since < before",
        ),
        (
            "an object was two things at once",
            "SELECT 1 FROM past_objects AS old JOIN objects AS new USING (cluster, layer, position)
             WHERE new.since < old.until
             UNION ALL
             SELECT 1 FROM (SELECT since, lag(until) OVER (PARTITION BY cluster, layer, position ORDER BY until) AS before
                            FROM past_objects) WHERE since < before",
        ),
    ];
    for (what, question) in QUESTIONS {
        let mut rows = 0_u64;
        read::each(connection, path, question, [], |_| {
            rows += 1;
            Ok(())
        })?;
        if rows > 0 {
            findings.push(Finding::Time(format!("{what} ({rows} times)")));
        }
    }
    Ok(())
}

fn journal(
    connection: &Connection,
    path: &Path,
    findings: &mut Vec<Finding>,
) -> Result<(), StateError> {
    read::each(
        connection,
        path,
        "SELECT journal.entry, journal.intents, revisions.outcome
         FROM journal LEFT JOIN revisions USING (revision) ORDER BY 1",
        [],
        |row: &Columns<'_>| {
            let entry = row.number(0)?;
            let intents: Result<Vec<Intent>, _> = serde_json::from_str(row.text(1)?);
            if let Err(error) = intents {
                findings.push(Finding::Journal(format!("entry {entry}: {error}")));
            } else if row.maybe_text(2)? == Some("done") {
                findings.push(Finding::Journal(format!(
                    "entry {entry} is in flight although its revision was done"
                )));
            }
            Ok(())
        },
    )
}
