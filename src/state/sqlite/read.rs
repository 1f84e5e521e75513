//! Reading what is current, what was, and who did it.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, Params};
use uuid::Uuid;

use crate::model::{ClusterName, LayerName, Seed, TargetSpec, Version};
use crate::state::{
    ClusterRecord, HookRan, InFlight, Intent, LayerRecord, ObjectRecord, Outcome, Revision,
    RevisionId, Sighting, Snapshot, StateError,
};

use super::row::Columns;
use super::share::Shared;

/// Lineage and serial.
pub(super) fn base(connection: &Connection, path: &Path) -> Result<(Uuid, u64), StateError> {
    let mut found = None;
    each(
        connection,
        path,
        "SELECT lineage, serial FROM meta",
        [],
        |row| {
            found = Some((row.parsed(0, "lineage", Uuid::parse_str)?, row.unsigned(1)?));
            Ok(())
        },
    )?;
    found.ok_or_else(|| damaged(path, "it does not say which state it is"))
}

/// Everything that is current. All in one transaction of the caller's.
pub(super) fn snapshot(connection: &Connection, path: &Path) -> Result<Snapshot, StateError> {
    let (lineage, serial) = base(connection, path)?;
    let mut shared = Shared::read(connection, path)?;
    let mut clusters = Vec::new();
    each(
        connection,
        path,
        "SELECT cluster, name, uid, target, delete_when_removed, seen_size, seen_mtime, seen_ctime, seen_inode
         FROM clusters ORDER BY cluster",
        [],
        |row| {
            let mut record = cluster_facts(row)?;
            record.index = row.seen(5)?;
            clusters.push((row.number(0)?, cluster_name(row, 1)?, record));
            Ok(())
        },
    )?;
    let layers = layers(
        connection,
        path,
        &mut shared,
        "SELECT cluster, layer, since, position, category, content, profile, fingerprint, values_blob, depends_on,
                ignore_fields
         FROM layers ORDER BY cluster, layer",
        "SELECT cluster, layer, object, blob, content, masked, holder, hook, keep, held, origin,
                seen_size, seen_mtime, seen_ctime, seen_inode
         FROM objects ORDER BY cluster, layer, position",
        [],
    )?;
    let mut layers = layers.into_iter().peekable();
    for (number, _, record) in &mut clusters {
        while let Some((_, name, layer)) = layers.next_if(|(cluster, ..)| cluster == number) {
            record.layers.insert(name, layer);
        }
    }
    if layers.next().is_some() {
        return Err(damaged(path, "there is a layer without a cluster"));
    }
    each(
        connection,
        path,
        "SELECT cluster, revision, layer, intents FROM journal ORDER BY cluster, entry",
        [],
        |row| {
            let cluster = row.number(0)?;
            let at = clusters
                .binary_search_by_key(&cluster, |(number, ..)| *number)
                .map_err(|_| damaged(path, "something is in flight without a cluster"))?;
            let (revision, layer) = (row.unsigned(1)?, shared.layer(row.number(2)?)?);
            let intents: Vec<Intent> = row.parsed(3, "list of intents", serde_json::from_str)?;
            clusters[at]
                .2
                .in_flight
                .extend(intents.into_iter().map(|intent| InFlight {
                    revision,
                    layer: layer.clone(),
                    intent,
                }));
            Ok(())
        },
    )?;
    each(
        connection,
        path,
        "SELECT cluster, layer, name, generation, made FROM seeds ORDER BY cluster, layer",
        [],
        |row| {
            let cluster = row.number(0)?;
            let at = clusters
                .binary_search_by_key(&cluster, |(number, ..)| *number)
                .map_err(|_| damaged(path, "there is a seed without a cluster"))?;
            let seed = Seed {
                layer: shared.layer(row.number(2)?)?,
                generation: row.unsigned(3)?,
                made: row.parsed(4, "time", str::parse)?,
            };
            let layer = shared.layer(row.number(1)?)?;
            clusters[at].2.seeds.insert(layer, seed);
            Ok(())
        },
    )?;
    each(
        connection,
        path,
        "SELECT cluster, layer, object, event, content FROM hooks_ran ORDER BY cluster, entry",
        [],
        |row| {
            let cluster = row.number(0)?;
            let at = clusters
                .binary_search_by_key(&cluster, |(number, ..)| *number)
                .map_err(|_| damaged(path, "a hook ran without a cluster"))?;
            clusters[at].2.hooks_ran.push(HookRan {
                layer: shared.layer(row.number(1)?)?,
                key: shared.object(row.number(2)?)?,
                event: row.parsed(3, "event of a hook", |text| {
                    serde_json::from_value(text.into())
                })?,
                content: row.digest(4)?,
            });
            Ok(())
        },
    )?;
    each(
        connection,
        path,
        "SELECT cluster, at, drifted, capabilities, applied_for FROM sightings ORDER BY cluster",
        [],
        |row| {
            let cluster = row.number(0)?;
            let at = clusters
                .binary_search_by_key(&cluster, |(number, ..)| *number)
                .map_err(|_| damaged(path, "a cluster was seen that is not there"))?;
            let word = row.maybe_number(3)?;
            clusters[at].2.sighting = Some(Sighting {
                at: row.parsed(1, "time", str::parse)?,
                drifted: row.small(2)?,
                capabilities: word.map(|word| shared.capabilities(word)).transpose()?,
                applied_for: row
                    .maybe_text(4)?
                    .map(|_| row.parsed(4, "version", Version::new))
                    .transpose()?,
            });
            Ok(())
        },
    )?;
    Ok(Snapshot {
        lineage,
        serial,
        clusters: clusters
            .into_iter()
            .map(|(_, name, record)| (name, record))
            .collect(),
    })
}

/// What a cluster was after a revision.
pub(super) fn cluster_at(
    connection: &Connection,
    path: &Path,
    name: &ClusterName,
    revision: RevisionId,
) -> Result<Option<ClusterRecord>, StateError> {
    // A later number than SQLite has is after everything.
    let at = i64::try_from(revision).unwrap_or(i64::MAX);
    let mut found = None;
    each(
        connection,
        path,
        "SELECT cluster, name, uid, target, delete_when_removed FROM clusters WHERE name = ?1 AND since <= ?2
         UNION ALL
         SELECT cluster, name, uid, target, delete_when_removed FROM past_clusters
         WHERE name = ?1 AND since <= ?2 AND until > ?2",
        (name.as_str(), at),
        |row| {
            found = Some((row.number(0)?, cluster_facts(row)?));
            Ok(())
        },
    )?;
    let Some((cluster, mut record)) = found else {
        return Ok(None);
    };
    let mut shared = Shared::read(connection, path)?;
    let layers = layers(
        connection,
        path,
        &mut shared,
        "SELECT cluster, layer, since, position, category, content, profile, fingerprint, values_blob, depends_on,
                ignore_fields
         FROM layers WHERE cluster = ?1 AND since <= ?2
         UNION ALL
         SELECT cluster, layer, since, position, category, content, profile, fingerprint, values_blob, depends_on,
                ignore_fields
         FROM past_layers WHERE cluster = ?1 AND since <= ?2 AND until > ?2
         ORDER BY cluster, layer",
        "SELECT cluster, layer, object, blob, content, masked, holder, hook, keep, NULL, NULL, NULL, NULL, NULL, NULL, position
         FROM objects WHERE cluster = ?1 AND since <= ?2
         UNION ALL
         SELECT cluster, layer, object, blob, content, masked, holder, hook, keep, NULL, NULL, NULL, NULL, NULL, NULL, position
         FROM past_objects WHERE cluster = ?1 AND since <= ?2 AND until > ?2
         ORDER BY cluster, layer, position",
        (cluster, at),
    )?;
    record.layers = layers
        .into_iter()
        .map(|(_, name, layer)| (name, layer))
        .collect();
    Ok(Some(record))
}

/// All revisions, oldest first.
pub(super) fn revisions(connection: &Connection, path: &Path) -> Result<Vec<Revision>, StateError> {
    let mut changes: BTreeMap<RevisionId, Vec<(ClusterName, u32)>> = BTreeMap::new();
    each(
        connection,
        path,
        "SELECT revision, name, sum(layers) FROM changes GROUP BY revision, name ORDER BY revision, name",
        [],
        |row| {
            changes
                .entry(row.unsigned(0)?)
                .or_default()
                .push((cluster_name(row, 1)?, row.small(2)?));
            Ok(())
        },
    )?;
    let mut revisions = Vec::new();
    each(
        connection,
        path,
        "SELECT revision, started, finished, outcome, command, who FROM revisions ORDER BY revision",
        [],
        |row| {
            let id = row.unsigned(0)?;
            revisions.push(Revision {
                id,
                started: row.parsed(1, "time", str::parse)?,
                finished: match row.maybe_text(2)? {
                    None => None,
                    Some(_) => Some(row.parsed(2, "time", str::parse)?),
                },
                outcome: match row.maybe_text(3)? {
                    None => None,
                    Some(_) => Some(row.parsed(3, "outcome", outcome)?),
                },
                command: row.text(4)?.to_owned(),
                who: row.text(5)?.to_owned(),
                clusters: changes.remove(&id).unwrap_or_default(),
            });
            Ok(())
        },
    )?;
    Ok(revisions)
}

fn outcome(text: &str) -> Result<Outcome, ()> {
    match text {
        "done" => Ok(Outcome::Done),
        "failed" => Ok(Outcome::Failed),
        "interrupted" => Ok(Outcome::Interrupted),
        _ => Err(()),
    }
}

/// Layers with their objects, both in the order of cluster and layer.
fn layers(
    connection: &Connection,
    path: &Path,
    shared: &mut Shared<'_>,
    select_layers: &str,
    select_objects: &str,
    what: impl Params + Copy,
) -> Result<Vec<(i64, LayerName, LayerRecord)>, StateError> {
    let mut layers = Vec::new();
    let mut places = Vec::new();
    each(connection, path, select_layers, what, |row| {
        places.push((row.number(0)?, row.number(1)?));
        layers.push((
            row.number(0)?,
            shared.layer(row.number(1)?)?,
            LayerRecord {
                revision: row.unsigned(2)?,
                position: row.small(3)?,
                category: shared.category(row.number(4)?)?,
                content: shared.content(row.number(5)?)?,
                profile: shared.profile(row.number(6)?)?,
                fingerprint: row.maybe_digest(7)?,
                values: row.digest(8)?,
                depends_on: shared.layers(row.number(9)?)?,
                ignore_fields: shared.ignored(row.number(10)?)?,
                objects: Vec::new(),
            },
        ));
        Ok(())
    })?;
    let mut at = 0;
    let mut objects: Vec<ObjectRecord> = Vec::new();
    each(connection, path, select_objects, what, |row| {
        let place = (row.number(0)?, row.number(1)?);
        while places.get(at).is_some_and(|layer| *layer < place) {
            // Most layers have few objects, and room for more would add up.
            layers[at].2.objects.reserve_exact(objects.len());
            layers[at].2.objects.append(&mut objects);
            at += 1;
        }
        if places.get(at) != Some(&place) {
            return Err(damaged(path, "there is an object without a layer"));
        }
        objects.push(ObjectRecord {
            key: shared.object(row.number(2)?)?,
            blob: row.digest(3)?,
            content: row.digest(4)?,
            masked: row.flag(5)?,
            holder: row.flag(6)?,
            hook: row.flag(7)?,
            keep: row.keep(8)?,
            held: row.maybe_digest(9)?,
            origin: row.origin(10)?,
            seen: row.seen(11)?,
        });
        Ok(())
    })?;
    if let Some((_, _, last)) = layers.get_mut(at) {
        last.objects = objects;
    }
    Ok(layers)
}

/// A cluster from the columns uid, target and delete_when_removed, which are the third to the fifth.
fn cluster_facts(row: &Columns<'_>) -> Result<ClusterRecord, StateError> {
    Ok(ClusterRecord {
        uid: row.parsed(2, "uid", Uuid::parse_str)?,
        target: row.parsed(3, "target", serde_json::from_str::<TargetSpec>)?,
        delete_when_removed: row.flag(4)?,
        layers: BTreeMap::new(),
        seeds: BTreeMap::new(),
        index: None,
        hooks_ran: Vec::new(),
        sighting: None,
        in_flight: Vec::new(),
    })
}

fn cluster_name(row: &Columns<'_>, at: usize) -> Result<ClusterName, StateError> {
    row.parsed(at, "name of a cluster", ClusterName::new)
}

fn damaged(path: &Path, what: &str) -> StateError {
    StateError::Damaged {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}

/// Runs a query and hands over its rows.
pub(super) fn each(
    connection: &Connection,
    path: &Path,
    select: &str,
    what: impl Params,
    mut take: impl FnMut(&Columns<'_>) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let failed = |error| StateError::sqlite("read", path, error);
    let mut statement = connection.prepare_cached(select).map_err(failed)?;
    let mut rows = statement.query(what).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        take(&Columns::new(row, path))?;
    }
    Ok(())
}
