#![expect(clippy::unwrap_used, reason = "tests")]

mod damage;
mod formats;
mod model;
mod seeds;
mod sightings;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use crate::model::{Digest, Key};
use crate::state::fixture::{add, cluster, intent, layer, layer_record, put, run, seen, start};
use crate::state::{Outcome, Record, StateError, Store};

use super::{Mode, SqliteStore, backup, verify};

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/stratiform.db");
    (folder, path)
}

fn write(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Mode::Write).unwrap()
}

/// As [`write`], without waiting for the disk.
fn write_fast(path: &Path) -> SqliteStore {
    let store = write(path);
    let connection = store.parts().0.unwrap();
    connection
        .pragma_update(None, "synchronous", "OFF")
        .unwrap();
    store
}

fn clean(store: &SqliteStore) {
    let findings = verify(store).unwrap();
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn what_was_recorded_is_there_after_opening_again() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let batch = vec![
        add("a"),
        put("a", "l0", 0, &[0, 1, 2]),
        put("a", "l1", 1, &[]),
        intent("a", "l2", 3),
        Record::Index {
            cluster: cluster("a"),
            seen: Some(seen(9)),
        },
    ];
    let revision = run(&mut store, &[batch]);
    let before = store.snapshot().unwrap();
    drop(store);

    let mut store = SqliteStore::open(&path, Mode::Read).unwrap();
    let after = store.snapshot().unwrap();
    assert_eq!(after, before);
    assert_eq!(after.serial, 3);
    let record = &after.clusters["a"];
    assert_eq!(record.index, Some(seen(9)));
    assert_eq!(record.in_flight.len(), 1);
    let (mut wanted, blobs) = layer_record(0, &[0, 1, 2]);
    wanted.revision = revision;
    assert_eq!(record.layers["l0"], wanted);
    for (digest, text) in blobs {
        assert_eq!(store.blob(&digest).unwrap(), text);
    }
    let revisions = store.revisions().unwrap();
    assert_eq!(revisions[0].outcome, Some(Outcome::Done));
    assert_eq!(revisions[0].clusters, [(cluster("a"), 2)]);
}

#[test]
fn reading_what_is_not_there_makes_nothing() {
    let (folder, path) = place();
    let mut store = SqliteStore::open(&path, Mode::Read).unwrap();
    assert!(!store.is_there());
    let snapshot = store.snapshot().unwrap();
    assert_eq!((snapshot.lineage, snapshot.serial), (Uuid::nil(), 0));
    assert!(matches!(
        store.begin(&start(0)),
        Err(StateError::ReadOnly { .. })
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_batch_that_fails_leaves_nothing_behind() {
    let (_folder, path) = place();
    let mut store = write(&path);
    run(&mut store, &[vec![add("a"), put("a", "l0", 0, &[1])]]);
    let before = store.snapshot().unwrap();
    let revision = store.begin(&start(before.serial)).unwrap();
    let failed = store.record(
        revision,
        &[
            put("a", "new-name", 1, &[1, 2, 33]),
            add("b"),
            put("nobody", "l0", 0, &[]),
        ],
    );
    assert_eq!(
        failed.unwrap_err().to_string(),
        "the state knows no cluster `nobody`"
    );
    assert_eq!(store.snapshot().unwrap().clusters, before.clusters);
    // What was remembered of the failed batch must not be believed by the next one.
    store
        .record(revision, &[add("b"), put("b", "new-name", 1, &[1, 2, 33])])
        .unwrap();
    store.finish(revision, Outcome::Failed).unwrap();
    assert_eq!(store.revisions().unwrap()[1].clusters, [(cluster("b"), 1)]);
    clean(&store);
}

#[test]
fn blobs_must_be_there_and_be_what_they_are() {
    let (_folder, path) = place();
    let mut store = write(&path);
    run(&mut store, &[vec![add("a")]]);
    let revision = store.begin(&start(3)).unwrap();
    let (record, _) = layer_record(0, &[1]);
    let with = |blobs| Record::Layer {
        cluster: cluster("a"),
        layer: layer("l0"),
        record: Box::new(record.clone()),
        blobs,
        seed: None,
    };
    assert!(matches!(
        store.record(revision, &[with(Vec::new())]),
        Err(StateError::NoBlob(digest)) if digest == record.values
    ));
    assert!(matches!(
        store.record(revision, &[with(vec![(record.values, "another".into())])]),
        Err(StateError::DamagedBlob(_))
    ));
    assert!(matches!(
        store.blob(&Digest::of(b"?")),
        Err(StateError::NoBlob(_))
    ));
}

#[test]
fn long_texts_are_packed_and_come_back() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let noise: String = (0..4000_u32)
        .map(|number| Digest::of(&number.to_le_bytes()).short())
        .collect();
    let texts = [String::new(), "é\n".repeat(10_000), noise];
    let blobs: Vec<(Digest, Arc<str>)> = texts
        .iter()
        .map(|text| (Digest::of(text.as_bytes()), Arc::from(text.as_str())))
        .collect();
    let (record, own) = layer_record(0, &[]);
    let record = Record::Layer {
        cluster: cluster("a"),
        layer: layer("l0"),
        record: Box::new(record),
        blobs: blobs.iter().cloned().chain(own).collect(),
        seed: None,
    };
    run(&mut store, &[vec![add("a"), record]]);
    for (digest, text) in &blobs {
        assert_eq!(store.blob(digest).unwrap(), *text);
    }
    let length: i64 = store
        .parts()
        .0
        .unwrap()
        .query_row(
            "SELECT length(data) FROM blobs WHERE digest = ?1",
            [blobs[1].0.as_bytes()],
            |row| row.get(0),
        )
        .unwrap();
    assert!(length < 1000, "30,000 bytes of one line take {length}");
}

#[test]
fn the_past_can_be_asked_for() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let first = run(
        &mut store,
        &[vec![
            add("a"),
            put("a", "l0", 0, &[1, 2]),
            put("a", "l1", 1, &[3]),
        ]],
    );
    let second = run(
        &mut store,
        &[
            vec![put("a", "l0", 0, &[1, 7])],
            vec![Record::ClusterMoved {
                from: cluster("a"),
                to: cluster("b"),
            }],
        ],
    );
    let third = run(
        &mut store,
        &[vec![
            Record::ClusterRemoved {
                cluster: cluster("b"),
            },
            add("a"),
        ]],
    );
    let mut blobs_at = |name: &str, revision| {
        store
            .cluster_at(&cluster(name), revision)
            .unwrap()
            .map(|record| {
                record
                    .layers
                    .into_iter()
                    .map(|(name, layer)| {
                        let contents: Vec<Digest> =
                            layer.objects.iter().map(|object| object.content).collect();
                        (name.to_string(), layer.revision, contents)
                    })
                    .collect::<Vec<_>>()
            })
    };
    let of = |numbers: &[u8]| -> Vec<Digest> {
        numbers
            .iter()
            .map(|number| Digest::of(&[*number]))
            .collect()
    };
    let was = vec![
        ("l0".to_owned(), first, of(&[1, 2])),
        ("l1".to_owned(), first, of(&[3])),
    ];
    let became = vec![
        ("l0".to_owned(), second, of(&[1, 7])),
        ("l1".to_owned(), first, of(&[3])),
    ];
    assert_eq!(blobs_at("a", 0), None);
    assert_eq!(blobs_at("a", first), Some(was));
    assert_eq!(blobs_at("a", second), None);
    assert_eq!(blobs_at("b", second), Some(became));
    assert_eq!(blobs_at("b", third), None);
    assert_eq!(blobs_at("a", third), Some(Vec::new()));
    assert_eq!(blobs_at("a", u64::MAX), Some(Vec::new()));
    clean(&store);
}

#[test]
fn equal_objects_keep_their_rows_and_looks_are_no_history() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let first = run(&mut store, &[vec![add("a"), put("a", "l0", 0, &[1, 2])]]);
    let mut looked = layer_record(0, &[1, 2]).0;
    looked.objects[0].seen = Some(seen(77));
    let refresh = Record::Layer {
        cluster: cluster("a"),
        layer: layer("l0"),
        record: Box::new(looked),
        blobs: Vec::new(),
        seed: None,
    };
    let second = run(&mut store, &[vec![refresh]]);
    let snapshot = store.snapshot().unwrap();
    let now = &snapshot.clusters["a"].layers["l0"];
    assert_eq!(now.revision, first);
    assert_eq!(now.objects[0].seen, Some(seen(77)));
    assert!(
        store.revisions().unwrap()[second as usize - 1]
            .clusters
            .is_empty()
    );

    run(&mut store, &[vec![put("a", "l0", 0, &[1, 3])]]);
    let past: Vec<i64> = store
        .parts()
        .0
        .unwrap()
        .prepare("SELECT position FROM past_objects")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(past, [1]);
}

#[test]
fn stale_plans_and_strange_revisions_are_refused() {
    let (_folder, path) = place();
    let mut store = write(&path);
    assert_eq!(
        store.begin(&start(4)).unwrap_err().to_string(),
        "the state has moved on since the plan was made: it is at serial 0, the plan is for 4"
    );
    let revision = store.begin(&start(0)).unwrap();
    assert!(matches!(
        store.record(revision + 1, &[add("a")]),
        Err(StateError::NotBegun(_))
    ));
    // A killed apply: what was planned while it ran is stale all the same.
    let during = store.snapshot().unwrap().serial;
    store.record(revision, &[add("a")]).unwrap();
    drop(store);
    let mut store = write(&path);
    assert!(matches!(
        store.begin(&start(during)),
        Err(StateError::Stale { .. })
    ));
    let killed = &store.revisions().unwrap()[0];
    assert_eq!((killed.finished, killed.outcome), (None, None));
}

#[test]
fn a_reader_sees_whole_batches_while_another_writes() {
    let (_folder, path) = place();
    let mut writer = write(&path);
    run(&mut writer, &[vec![add("a"), put("a", "l0", 0, &[1])]]);
    let mut reader = SqliteStore::open(&path, Mode::Read).unwrap();
    let before = reader.snapshot().unwrap();
    let revision = writer.begin(&start(before.serial)).unwrap();
    writer
        .write(|transaction, _, _| {
            transaction.execute("DELETE FROM objects", []).unwrap();
            let now = reader.snapshot().unwrap();
            assert_eq!(now.clusters, before.clusters);
            Err::<(), _>(StateError::NotBegun(0))
        })
        .unwrap_err();
    writer.record(revision, &[put("a", "l1", 1, &[2])]).unwrap();
    assert_eq!(reader.snapshot().unwrap().clusters["a"].layers.len(), 2);
}

#[test]
fn many_readers_while_one_writes() {
    let (_folder, path) = place();
    let mut writer = write(&path);
    run(&mut writer, &[vec![add("a")]]);
    std::thread::scope(|scope| {
        let reading: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let mut reader = SqliteStore::open(&path, Mode::Read).unwrap();
                        let snapshot = reader.snapshot().unwrap();
                        // Both layers are recorded in one batch, so they are there together.
                        assert_ne!(snapshot.clusters["a"].layers.len(), 1);
                    }
                })
            })
            .collect();
        for number in 0..20 {
            let batch = vec![
                put("a", "l0", 0, &[number]),
                put("a", "l1", 1, &[number + 1]),
            ];
            run(&mut writer, &[batch]);
        }
        for reader in reading {
            reader.join().unwrap();
        }
    });
    clean(&writer);
}

#[test]
fn the_key_and_the_project_are_remembered() {
    let (_folder, path) = place();
    let right = Key::from_bytes([1; 32]);
    let wrong = Key::from_bytes([2; 32]);
    SqliteStore::open(&path, Mode::Read)
        .unwrap()
        .check_key(&wrong)
        .unwrap();
    let mut store = write(&path);
    store.check_key(&right).unwrap();
    store.check_project("shop").unwrap();
    drop(store);
    let mut store = SqliteStore::open(&path, Mode::Read).unwrap();
    store.check_key(&right).unwrap();
    store.check_project("shop").unwrap();
    assert!(matches!(
        store.check_key(&wrong),
        Err(StateError::WrongKey { .. })
    ));
    assert!(matches!(
        store.check_project("bank"),
        Err(StateError::OtherProject { owner, .. }) if owner == "shop"
    ));
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(32).any(|window| window == [1; 32]));
}

/// Files that are no state: each is refused in both modes with its message, and nobody touches a byte.
#[test]
fn what_is_not_ours_is_refused_and_left_alone() {
    let (_folder, path) = place();
    let mut store = write(&path);
    run(&mut store, &[vec![add("a"), put("a", "l0", 0, &[1, 2, 3])]]);
    drop(store);
    let good = fs::read(&path).unwrap();
    let patched = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let cases: [(&str, Vec<u8>, &str); 7] = [
        (
            "newer",
            patched(60, &7_u32.to_be_bytes()),
            "has format 7, this program knows up to 4",
        ),
        ("other", patched(68, b"gpkg"), "another program's data"),
        (
            "text",
            b"apiVersion: stratiform/v1\n".to_vec(),
            "no SQLite file",
        ),
        ("empty", Vec::new(), "it is empty"),
        ("header", good[..50].to_vec(), "cut short"),
        (
            "half",
            good[..good.len() / 2 / 4096 * 4096].to_vec(),
            "cut short",
        ),
        (
            "odd",
            good[..good.len() - 4096 * 3 - 100].to_vec(),
            "cut short",
        ),
    ];
    for (name, bytes, message) in cases {
        let (_folder, path) = place();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &bytes).unwrap();
        for mode in [Mode::Read, Mode::Write] {
            let error = SqliteStore::open(&path, mode)
                .and_then(|mut store| store.snapshot())
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{name} {mode:?}: {error}");
            assert!(error.contains("stratiform.db"), "{name} {mode:?}: {error}");
            assert_eq!(fs::read(&path).unwrap(), bytes, "{name} {mode:?}");
        }
    }
}

#[test]
fn a_log_without_its_file_is_not_thrown_away() {
    let (_folder, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let log = path.with_file_name("stratiform.db-wal");
    fs::write(&log, b"what was recorded last").unwrap();
    for mode in [Mode::Read, Mode::Write] {
        let error = SqliteStore::open(&path, mode).err().unwrap();
        assert!(matches!(error, StateError::Unreadable { .. }), "{error}");
    }
    assert!(!path.exists());
    assert_eq!(fs::read(&log).unwrap(), b"what was recorded last");
}

#[test]
fn half_a_state_from_a_killed_start_does_not_hinder() {
    let (_folder, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path.with_file_name("stratiform.db.new"), b"SQLite form").unwrap();
    clean(&write(&path));
}

#[test]
fn a_full_disk_takes_back_the_batch() {
    let (_folder, path) = place();
    let mut store = write(&path);
    run(&mut store, &[vec![add("a"), put("a", "l0", 0, &[1])]]);
    let before = store.snapshot().unwrap();
    let connection = store.parts().0.unwrap();
    let pages: i64 = connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    connection
        .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        .unwrap();
    let revision = store.begin(&start(before.serial)).unwrap();
    let numbers: Vec<u8> = (0..200).collect();
    let error = store
        .record(revision, &[put("a", "l1", 1, &numbers)])
        .unwrap_err();
    assert!(matches!(error, StateError::Full { .. }), "{error}");
    assert_eq!(store.snapshot().unwrap().clusters, before.clusters);
}

#[test]
fn a_busy_file_is_an_error_that_says_so() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store
        .parts()
        .0
        .unwrap()
        .busy_timeout(std::time::Duration::ZERO)
        .unwrap();
    let error = store.begin(&start(0)).unwrap_err();
    assert!(matches!(error, StateError::Busy { .. }), "{error}");
}

#[test]
fn a_backup_is_a_whole_state_and_overwrites_nothing() {
    let (folder, path) = place();
    let mut store = write(&path);
    run(&mut store, &[vec![add("a"), put("a", "l0", 0, &[1, 2])]]);
    let to = folder.path().join("copy.db");
    backup(&store, &to).unwrap();
    let mut copy = SqliteStore::open(&to, Mode::Read).unwrap();
    assert_eq!(copy.snapshot().unwrap(), store.snapshot().unwrap());
    clean(&copy);
    let bytes = fs::read(&to).unwrap();
    run(&mut store, &[vec![add("b")]]);
    let error = backup(&store, &to).unwrap_err();
    assert!(matches!(error, StateError::BackupExists { .. }), "{error}");
    assert_eq!(fs::read(&to).unwrap(), bytes);
    assert!(backup(&store, &folder.path().join("no/folder/copy.db")).is_err());
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_state_that_may_not_be_written_can_be_read() {
    use std::os::unix::fs::PermissionsExt;

    let (_folder, path) = place();
    let mut store = write(&path);
    run(&mut store, &[vec![add("a")]]);
    drop(store);
    let folder = path.parent().unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    let writable = fs::write(folder.join("probe"), "").is_ok();
    let read = SqliteStore::open(&path, Mode::Read).and_then(|mut store| store.snapshot());
    let written =
        SqliteStore::open(&path, Mode::Write).and_then(|mut store| store.begin(&start(3)));
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(read.unwrap().clusters.len(), 1);
    // Root may write everything, so there is nothing to see then.
    if !writable {
        let error = written.unwrap_err();
        assert!(matches!(error, StateError::ReadOnly { .. }), "{error}");
    }
}
