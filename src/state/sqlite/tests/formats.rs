//! Files that older programs wrote.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::model::Keep;
use crate::state::fixture::{cluster, layer, put, run, seed, sighting, start, with_seed};
use crate::state::{Origin, Snapshot, StateError, Store};

use super::super::{Mode, SqliteStore, verify};
use super::{place, write};

/// A state as programs with each older format left it, after an apply that was killed.
fn older_format(path: &Path, format: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    let first = [
        include_str!("../../../../state/migrations/0001_first.sql"),
        include_str!("format_1.sql"),
    ];
    let second = [
        include_str!("../../../../state/migrations/0002_seeds_and_kept_objects.sql"),
        include_str!("format_2.sql"),
    ];
    let third = [
        include_str!("../../../../state/migrations/0003_servers.sql"),
        include_str!("format_3.sql"),
    ];
    for step in [first, second, third].iter().take(format as usize) {
        for text in step {
            connection.execute_batch(text).unwrap();
        }
    }
    let application = i64::from(u32::from_be_bytes(*b"strf"));
    connection
        .pragma_update(None, "application_id", application)
        .unwrap();
    connection
        .pragma_update(None, "user_version", format)
        .unwrap();
}

fn says_what_it_said(snapshot: &Snapshot, format: u32) {
    assert_eq!(snapshot.serial, 3);
    let known = &snapshot.clusters[&cluster("prod-1")];
    assert!(known.hooks_ran.is_empty() && known.sighting.is_none());
    assert_eq!(known.in_flight.len(), 1);
    assert_eq!(known.in_flight[0].intent.keep, None);
    let object = &known.layers[&layer("web")].objects[0];
    assert_eq!(object.key.to_string(), "ConfigMap web/settings");
    assert_eq!(object.held, None);
    // The second format added these, the third one what follows.
    assert_eq!(known.seeds.contains_key("web"), format >= 2);
    assert_eq!(object.keep, (format >= 2).then_some(Keep::Crds));
    assert_eq!(object.origin == Origin::Unmarked, format >= 3);
}

#[test]
fn an_older_file_is_read_and_stays_as_it_is() {
    stays_as_it_is(1);
    stays_as_it_is(2);
    stays_as_it_is(3);
}

fn stays_as_it_is(format: u32) {
    let (_folder, path) = place();
    older_format(&path, format);
    let before = fs::read(&path).unwrap();
    let mut store = SqliteStore::open(&path, Mode::Read).unwrap();
    says_what_it_said(&store.snapshot().unwrap(), format);
    let blob = store.snapshot().unwrap().clusters[&cluster("prod-1")].layers[&layer("web")].values;
    assert_eq!(&*store.blob(&blob).unwrap(), "kind: ConfigMap\n");
    assert_eq!(store.revisions().unwrap().len(), 2);
    let was = store.cluster_at(&cluster("prod-1"), 1).unwrap().unwrap();
    assert_eq!(was.layers[&layer("web")].objects[0].keep, None);
    assert!(store.begin(&start(3)).is_err());
    store.remember(&[(cluster("prod-1"), sighting(1))]).unwrap();
    assert!(verify(&store).unwrap().is_empty());
    drop(store);
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn an_older_file_is_brought_up_to_date_by_who_writes() {
    is_brought_up_to_date(1);
    is_brought_up_to_date(2);
    is_brought_up_to_date(3);
}

fn is_brought_up_to_date(format: u32) {
    let (_folder, path) = place();
    older_format(&path, format);
    let mut store = write(&path);
    says_what_it_said(&store.snapshot().unwrap(), format);
    run(
        &mut store,
        &[vec![with_seed(
            put("prod-1", "web", 0, &[1, 3]),
            seed(1, "web"),
        )]],
    );
    store.remember(&[(cluster("prod-1"), sighting(2))]).unwrap();
    drop(store);
    let mut store = SqliteStore::open(&path, Mode::Read).unwrap();
    let snapshot = store.snapshot().unwrap();
    let known = &snapshot.clusters[&cluster("prod-1")];
    assert_eq!(known.seeds[&layer("web")], seed(1, "web"));
    assert_eq!(
        known.layers[&layer("web")].objects[0].keep,
        Some(Keep::Crds)
    );
    assert!(known.layers[&layer("web")].objects[1].held.is_some());
    assert_eq!(known.sighting, Some(sighting(2)));
    assert!(verify(&store).unwrap().is_empty());
    let was = store.cluster_at(&cluster("prod-1"), 2).unwrap().unwrap();
    let second = format >= 2;
    let object = &was.layers[&layer("web")].objects[0];
    assert_eq!(object.keep, second.then_some(Keep::Crds));
}

#[test]
fn a_newer_file_is_refused() {
    let (_folder, path) = place();
    drop(write(&path));
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 5).unwrap();
    drop(connection);
    for mode in [Mode::Read, Mode::Write] {
        let Err(error) = SqliteStore::open(&path, mode) else {
            panic!("a newer file was opened");
        };
        assert!(
            matches!(
                error,
                StateError::Newer {
                    found: 5,
                    known: 4,
                    ..
                }
            ),
            "{error}"
        );
    }
}
