//! What is remembered of targets, beside whoever writes.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::state::fixture::{add, cluster, put, run, sighting, start};
use crate::state::{Outcome, StateError, Store};

use super::super::{Mode, SqliteStore};
use super::{clean, place, write};

#[test]
fn who_only_reads_remembers_too_and_moves_no_plan() {
    let (_folder, path) = place();
    run(&mut write(&path), &[vec![add("a"), add("b")]]);
    let mut reader = SqliteStore::open(&path, Mode::Read).unwrap();
    let before = reader.snapshot().unwrap();
    let seen = [
        (cluster("a"), sighting(1)),
        (cluster("b"), sighting(0)),
        (cluster("nobody"), sighting(2)),
    ];
    reader.remember(&seen).unwrap();
    reader.remember(&[(cluster("a"), sighting(2))]).unwrap();
    let after = reader.snapshot().unwrap();
    assert_eq!(
        (after.serial, after.lineage),
        (before.serial, before.lineage)
    );
    assert_eq!(after.clusters["a"].sighting, Some(sighting(2)));
    assert_eq!(after.clusters["b"].sighting, Some(sighting(0)));
    assert_eq!(after.clusters.len(), 2);
    clean(&reader);
}

#[test]
fn an_apply_goes_on_while_others_remember() {
    let (_folder, path) = place();
    let mut writer = write(&path);
    run(&mut writer, &[vec![add("a")]]);
    let serial = writer.snapshot().unwrap().serial;
    let revision = writer.begin(&start(serial)).unwrap();
    let mut reader = SqliteStore::open(&path, Mode::Read).unwrap();
    reader.remember(&[(cluster("a"), sighting(1))]).unwrap();
    writer
        .record(revision, &[put("a", "l0", 0, &[1, 3])])
        .unwrap();
    reader.remember(&[(cluster("a"), sighting(2))]).unwrap();
    writer.finish(revision, Outcome::Done).unwrap();
    let snapshot = writer.snapshot().unwrap();
    assert_eq!(snapshot.clusters["a"].sighting, Some(sighting(2)));
    assert_eq!(snapshot.clusters["a"].layers.len(), 1);
    clean(&writer);
}

#[test]
fn a_busy_state_is_told() {
    let (_folder, path) = place();
    let mut writer = write(&path);
    run(&mut writer, &[vec![add("a")]]);
    let connection = writer.parts().0.unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut reader = SqliteStore::open(&path, Mode::Read).unwrap();
    let error = reader.remember(&[(cluster("a"), sighting(1))]).unwrap_err();
    assert!(matches!(error, StateError::Busy { .. }), "{error}");
}

#[test]
fn nothing_is_made_of_what_is_not_there() {
    let (folder, path) = place();
    let mut store = SqliteStore::open(&path, Mode::Read).unwrap();
    store.remember(&[(cluster("a"), sighting(1))]).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
