//! Files that older programs wrote.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::model::Keep;
use crate::state::fixture::{cluster, layer, put, run, seed, start, with_seed};
use crate::state::{Snapshot, StateError, Store};

use super::super::{Mode, SqliteStore, verify};
use super::{place, write};

/// A state as the first program left it, after an apply that was killed.
fn first_format(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    for text in [
        include_str!("../../../../state/migrations/0001_first.sql"),
        include_str!("format_1.sql"),
    ] {
        connection.execute_batch(text).unwrap();
    }
    let application = i64::from(u32::from_be_bytes(*b"strf"));
    connection
        .pragma_update(None, "application_id", application)
        .unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
}

fn says_what_it_said(snapshot: &Snapshot) {
    assert_eq!(snapshot.serial, 3);
    let known = &snapshot.clusters[&cluster("prod-1")];
    assert!(known.seeds.is_empty());
    assert_eq!(known.in_flight.len(), 1);
    assert_eq!(known.in_flight[0].intent.keep, None);
    let object = &known.layers[&layer("web")].objects[0];
    assert_eq!(object.key.to_string(), "ConfigMap web/settings");
    assert_eq!(object.keep, None);
}

#[test]
fn an_older_file_is_read_and_stays_as_it_is() {
    let (_folder, path) = place();
    first_format(&path);
    let before = fs::read(&path).unwrap();
    let mut store = SqliteStore::open(&path, Mode::Read).unwrap();
    says_what_it_said(&store.snapshot().unwrap());
    let blob = store.snapshot().unwrap().clusters[&cluster("prod-1")].layers[&layer("web")].values;
    assert_eq!(&*store.blob(&blob).unwrap(), "kind: ConfigMap\n");
    assert_eq!(store.revisions().unwrap().len(), 2);
    let was = store.cluster_at(&cluster("prod-1"), 1).unwrap().unwrap();
    assert_eq!(was.layers[&layer("web")].objects[0].keep, None);
    assert!(store.begin(&start(3)).is_err());
    assert!(verify(&store).unwrap().is_empty());
    drop(store);
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn an_older_file_is_brought_up_to_date_by_who_writes() {
    let (_folder, path) = place();
    first_format(&path);
    let mut store = write(&path);
    says_what_it_said(&store.snapshot().unwrap());
    run(
        &mut store,
        &[vec![with_seed(
            put("prod-1", "web", 0, &[1]),
            seed(1, "web"),
        )]],
    );
    drop(store);
    let mut store = SqliteStore::open(&path, Mode::Read).unwrap();
    let snapshot = store.snapshot().unwrap();
    let known = &snapshot.clusters[&cluster("prod-1")];
    assert_eq!(known.seeds[&layer("web")], seed(1, "web"));
    assert_eq!(
        known.layers[&layer("web")].objects[0].keep,
        Some(Keep::Crds)
    );
    assert!(verify(&store).unwrap().is_empty());
    let was = store.cluster_at(&cluster("prod-1"), 2).unwrap().unwrap();
    assert_eq!(was.layers[&layer("web")].objects[0].keep, None);
}

#[test]
fn a_newer_file_is_refused() {
    let (_folder, path) = place();
    drop(write(&path));
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 3).unwrap();
    drop(connection);
    for mode in [Mode::Read, Mode::Write] {
        let Err(error) = SqliteStore::open(&path, mode) else {
            panic!("a newer file was opened");
        };
        assert!(
            matches!(
                error,
                StateError::Newer {
                    found: 3,
                    known: 2,
                    ..
                }
            ),
            "{error}"
        );
    }
}
