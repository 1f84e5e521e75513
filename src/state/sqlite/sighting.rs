//! Keeping what was found on targets, beside whoever holds the lock.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::model::{ClusterName, Version};
use crate::state::{Sighting, StateError};

use super::share::Numbers;

/// Keeps sightings in one transaction that leaves the serial as it is. Clusters that are not there are passed over.
pub(super) fn keep(
    connection: &mut Connection,
    path: &Path,
    sightings: &[(ClusterName, Sighting)],
) -> Result<(), StateError> {
    let failed = |error| StateError::sqlite("write", path, error);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let mut numbers = Numbers::default();
    for (cluster, sighting) in sightings {
        put(&transaction, &mut numbers, cluster, sighting).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

fn put(
    connection: &Connection,
    numbers: &mut Numbers,
    cluster: &ClusterName,
    sighting: &Sighting,
) -> rusqlite::Result<()> {
    let number: Option<i64> = connection
        .prepare_cached("SELECT cluster FROM clusters WHERE name = ?1")?
        .query_row([cluster.as_str()], |row| row.get(0))
        .optional()?;
    let Some(number) = number else {
        return Ok(());
    };
    let capabilities = match &sighting.capabilities {
        None => None,
        Some(capabilities) => {
            let text = serde_json::to_string(capabilities)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            Some(numbers.word(connection, &text)?)
        }
    };
    connection
        .prepare_cached(
            "INSERT INTO sightings (cluster, at, drifted, capabilities, applied_for) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (cluster) DO UPDATE
             SET at = excluded.at, drifted = excluded.drifted, capabilities = excluded.capabilities,
                 applied_for = coalesce(excluded.applied_for, applied_for)",
        )?
        .execute(params![
            number,
            sighting.at.to_string(),
            sighting.drifted,
            capabilities,
            sighting.applied_for.as_ref().map(Version::as_str)
        ])
        .map(drop)
}
