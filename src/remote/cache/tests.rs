#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::model::Sha256;

/// Names the cache and the work of a process that a test starts.
const CHILD: &str = "STRATIFORM_TEST_CACHE_CHILD";

fn empty() -> (TempDir, Cache) {
    let folder = TempDir::new().unwrap();
    let cache = Cache::open(&folder.path().join("cache")).unwrap();
    (folder, cache)
}

/// The files of the cache, by the folders that they are in at the top.
fn files(cache: &Cache, below: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![cache.folder().join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    File::open(path).unwrap().set_modified(then).unwrap();
}

#[test]
fn what_came_is_found_by_its_digest() {
    let (_folder, cache) = empty();
    let digest = Sha256::of(b"archive");
    assert!(!cache.has(&digest));
    assert_eq!(cache.read(&digest, 100).unwrap(), None);
    let mut incoming = cache.incoming().unwrap();
    incoming.write(b"half of something").unwrap();
    incoming.restart().unwrap();
    incoming.write(b"arch").unwrap();
    incoming.write(b"ive").unwrap();
    assert_eq!(incoming.length(), 7);
    assert!(!cache.has(&digest));
    assert_eq!(incoming.commit(Some(&digest)).unwrap(), digest);
    assert!(cache.has(&digest));
    assert_eq!(cache.read(&digest, 7).unwrap().unwrap(), b"archive");
    assert_eq!(
        cache.read(&digest, 6),
        Err(CacheError::TooLarge { digest, limit: 6 })
    );
    assert_eq!(files(&cache, "incoming"), [] as [PathBuf; 0]);
}

#[test]
fn what_is_not_expected_is_not_kept() {
    let (_folder, cache) = empty();
    let expected = Sha256::of(b"good");
    let mut incoming = cache.incoming().unwrap();
    incoming.write(b"bad").unwrap();
    let found = Sha256::of(b"bad");
    assert_eq!(
        incoming.commit(Some(&expected)),
        Err(CacheError::Mismatch { expected, found })
    );
    let mut dropped = cache.incoming().unwrap();
    dropped.write(b"half").unwrap();
    drop(dropped);
    assert!(!cache.has(&found));
    assert_eq!(files(&cache, "blobs"), [] as [PathBuf; 0]);
    assert_eq!(files(&cache, "incoming"), [] as [PathBuf; 0]);
}

#[test]
fn a_damaged_entry_is_as_good_as_none() {
    let (_folder, cache) = empty();
    let digest = cache.keep(b"archive").unwrap();
    fs::write(cache.blob(&digest), b"arch").unwrap();
    assert_eq!(cache.read(&digest, 100).unwrap(), None);
    assert!(!cache.has(&digest));
    assert_eq!(cache.keep(b"archive").unwrap(), digest);
    assert_eq!(cache.read(&digest, 100).unwrap().unwrap(), b"archive");
}

#[test]
fn notes_are_replaced_and_forgotten_and_do_not_survive_damage() {
    let (_folder, cache) = empty();
    assert_eq!(cache.note("a").unwrap(), None);
    cache.set_note("a", b"first").unwrap();
    cache.set_note("b", b"").unwrap();
    cache.set_note("a", b"second").unwrap();
    assert_eq!(cache.note("a").unwrap().unwrap(), b"second");
    assert_eq!(cache.note("b").unwrap().unwrap(), b"");
    for path in files(&cache, "notes") {
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"x").unwrap();
    }
    assert_eq!(cache.note("a").unwrap(), None);
    cache.set_note("a", b"third").unwrap();
    assert_eq!(cache.note("a").unwrap().unwrap(), b"third");
}

/// What everybody does who wants something: take the lock, look again, then fetch it.
fn fetch_once(cache: &Cache, fetched: &Path) {
    let _lock = cache.lock("something").unwrap();
    if cache.note("something").unwrap().is_none() {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(fetched)
            .unwrap();
        file.write_all(b"fetched\n").unwrap();
        cache.set_note("something", b"done").unwrap();
    }
}

#[test]
fn threads_fetch_the_same_thing_once() {
    let (folder, cache) = empty();
    let fetched = folder.path().join("fetched");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| fetch_once(&cache, &fetched));
        }
    });
    assert_eq!(fs::read_to_string(fetched).unwrap(), "fetched\n");
    assert_eq!(files(&cache, "locks"), [] as [PathBuf; 0]);
}

fn child(work: &str, cache: &Cache) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "remote::cache::tests::works_for_another_test"])
        .args(["--ignored", "--nocapture"])
        .env(CHILD, work)
        .env("STRATIFORM_CACHE", cache.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "it is the process that other tests start"]
fn works_for_another_test() {
    let cache = Cache::open(&Cache::default_folder().unwrap()).unwrap();
    match std::env::var(CHILD).unwrap().as_str() {
        "fetch" => fetch_once(&cache, &cache.folder().join("fetched")),
        _ => {
            let _lock = cache.lock("something").unwrap();
            let mut incoming = cache.incoming().unwrap();
            incoming.write(b"half of an archi").unwrap();
            let mut out = std::io::stdout();
            out.write_all(b"\nhalf is there\n").unwrap();
            out.flush().unwrap();
            // Until it is killed.
            std::io::stdin().lines().next();
        }
    }
}

#[test]
fn processes_fetch_the_same_thing_once() {
    let (_folder, cache) = empty();
    let children: Vec<Child> = (0..5).map(|_| child("fetch", &cache)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let fetched = cache.folder().join("fetched");
    assert_eq!(fs::read_to_string(fetched).unwrap(), "fetched\n");
}

#[test]
fn a_process_that_is_killed_leaves_nothing_that_hinders() {
    let (_folder, cache) = empty();
    let mut child = child("half", &cache);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "half is there"));
    assert_eq!(files(&cache, "incoming").len(), 1);
    let name = Cache::name_of("something");
    assert!(cache.try_lock(&name).unwrap().is_none());
    let again = Cache::open(cache.folder()).unwrap();
    again.prune(Duration::ZERO, Pruning::Remove).unwrap();
    assert_eq!(files(&cache, "incoming").len(), 1, "it is still written");

    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(files(&cache, "incoming").len(), 1);
    assert_eq!(files(&cache, "blobs"), [] as [PathBuf; 0]);
    let again = Cache::open(cache.folder()).unwrap();
    assert_eq!(files(&again, "incoming"), [] as [PathBuf; 0]);
    assert!(cache.try_lock(&name).unwrap().is_some());
    assert_eq!(files(&again, "locks"), [] as [PathBuf; 0]);
}

#[test]
fn only_what_nobody_has_used_is_pruned() {
    let (_folder, cache) = empty();
    let (old, used, new) = (
        cache.keep(b"old").unwrap(),
        cache.keep(b"used").unwrap(),
        cache.keep(b"new").unwrap(),
    );
    cache.set_note("old", b"123").unwrap();
    for path in files(&cache, "notes") {
        age(&path, 50);
    }
    cache.set_note("new", b"").unwrap();
    for digest in [&old, &used] {
        age(&cache.blob(digest), 50);
    }
    for key in ["old", "held", "new"] {
        let lock = cache.lock(key).unwrap();
        fs::write(cache.area(&lock).unwrap().join("file"), "12345").unwrap();
    }
    for key in ["old", "held"] {
        let name = Cache::name_of(key);
        age(&cache.folder().join("areas").join(name).join("used"), 50);
    }
    let held = cache.lock("held").unwrap();
    assert!(cache.has(&used));

    let before = cache.holdings().unwrap();
    let two_days = Duration::from_secs(49 * 3600);
    let expected = Pruned {
        files: 4,
        bytes: 3 + (32 + 3) + 5,
    };
    assert_eq!(cache.prune(two_days, Pruning::Count), Ok(expected));
    assert_eq!(cache.holdings(), Ok(before));
    assert_eq!(cache.prune(two_days, Pruning::Remove), Ok(expected));
    let after = cache.holdings().unwrap();
    assert_eq!((before.entries, after.entries), (3, 2));
    assert_eq!(before.bytes - after.bytes, expected.bytes);
    assert!(!cache.has(&old) && cache.has(&used) && cache.has(&new));
    assert!(cache.note("old").unwrap().is_none() && cache.note("new").unwrap().is_some());
    assert!(cache.area(&held).unwrap().join("file").exists());
    drop(held);
    for (key, stays) in [("old", false), ("held", true), ("new", true)] {
        let lock = cache.lock(key).unwrap();
        let file = cache.area(&lock).unwrap().join("file");
        assert_eq!(file.exists(), stays, "{key}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Cache::open(&file.join("cache")).unwrap_err().to_string();
    let error = error.replace(&*folder.path().to_string_lossy(), "[FOLDER]");
    insta::assert_snapshot!(error, @"cannot make `[FOLDER]/file/cache` in the cache: Not a directory (os error 20); `STRATIFORM_CACHE` names another folder");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_was_written_last_is_what_is_kept(parts in prop::collection::vec((any::<bool>(), any::<Vec<u8>>()), 0..8)) {
        let (_folder, cache) = empty();
        let mut incoming = cache.incoming().unwrap();
        let mut expected = Vec::new();
        for (restart, bytes) in parts {
            if restart {
                incoming.restart().unwrap();
                expected.clear();
            }
            incoming.write(&bytes).unwrap();
            expected.extend(bytes);
        }
        let digest = incoming.commit(None).unwrap();
        prop_assert_eq!(digest, Sha256::of(&expected));
        prop_assert_eq!(cache.read(&digest, expected.len() as u64).unwrap(), Some(expected));
    }
}
