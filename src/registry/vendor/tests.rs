//! Names, the index, and folders that are written half.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::index::{self, Unusable};
use super::*;
use crate::diag::Sources;
use crate::model::{Digest, Registry, RegistryName, Sha256, Version, VersionReq};
use crate::registry::{Lock, LockKey, Locked, Supplier};
use crate::remote::ItemKind::{self, Chart, Pack};
use crate::remote::{Fetched, RemoteError, Source};

/// What came before, by its digest.
#[derive(Debug, Default)]
struct Shelf(HashMap<Sha256, Vec<u8>>);

impl Supplier for Shelf {
    fn open(&self, _: &Registry) -> Result<Arc<dyn Source>, RemoteError> {
        let what = "registry".to_owned();
        Err(RemoteError::Unknown { what })
    }

    fn has(&self, archive: &Sha256) -> bool {
        self.0.contains_key(archive)
    }

    fn read(&self, archive: &Sha256) -> Result<Option<Vec<u8>>, RemoteError> {
        Ok(self.0.get(archive).cloned())
    }
}

impl Shelf {
    fn with(texts: &[&str]) -> Self {
        let texts = texts.iter().map(|text| text.as_bytes().to_vec());
        Self(texts.map(|bytes| (Sha256::of(&bytes), bytes)).collect())
    }
}

/// Name, requirement, version, and the text of its archive.
type Pin<'a> = (ItemKind, &'a str, &'a str, &'a str, &'a str);

fn pin(lock: &mut Lock, (kind, name, requirement, version, text): Pin<'_>) {
    let key = LockKey {
        kind,
        registry: RegistryName::new("own").unwrap(),
        name: name.into(),
        requirement: VersionReq::new(requirement).unwrap(),
    };
    let locked = Locked {
        version: Version::new(version).unwrap(),
        digest: Digest::of(text.as_bytes()),
        fetched: Some(Fetched {
            archive: Sha256::of(text.as_bytes()),
            commit: text.starts_with("git").then(|| "c0ffee".into()),
        }),
    };
    lock.set(key, locked);
}

fn lock(root: &Path, pins: &[Pin<'_>]) -> Lock {
    let mut lock = Lock::load(root, &Sources::default()).unwrap();
    for one in pins {
        pin(&mut lock, *one);
    }
    lock
}

fn files(copies: &Copies) -> Vec<&str> {
    let all = copies.contents().iter();
    all.map(|copied| copied.file.as_str()).collect()
}

#[test]
fn files_are_called_so_that_people_find_them_and_never_the_same() {
    let root = tempfile::tempdir().unwrap();
    let mut lock = lock(
        root.path(),
        &[
            (Chart, "web", "1.x", "1.0.0+build.5", "a"),
            (Chart, "web", "^1", "1.0.0+build.5", "a"),
            (Chart, "team/web", ">=1", "v1.0", "b"),
            (Chart, "web-1", "x", "2", "c"),
            (Chart, "web", "x", "1-2", "d"),
            (Chart, "Web", "x", "1-2", "d"),
            (Pack, "web", "x", "1.0.0", "e"),
            (Pack, "store", "x", "1.0.0", "git"),
        ],
    );
    let folder = LockKey {
        kind: Pack,
        registry: RegistryName::new("own").unwrap(),
        name: "here".into(),
        requirement: VersionReq::new("x").unwrap(),
    };
    let here = Locked {
        version: Version::new("1").unwrap(),
        digest: Digest::of(b"here"),
        fetched: None,
    };
    lock.set(folder, here);
    let copies = Copies::new(root.path(), &lock);
    insta::assert_snapshot!(files(&copies).join("\n"), @r"
    charts/own/Web-1-2.tgz
    charts/own/team_web-v1.0.tgz
    charts/own/web-1-2-18ac3e7343f01689.tgz
    charts/own/web-1-2-2e7d2c03a9507ae2.tgz
    charts/own/web-1.0.0+build.5.tgz
    packs/own/store-1.0.0.tar
    packs/own/web-1.0.0.tar.gz
    ");
}

#[test]
fn an_index_is_read_as_it_was_written() {
    let root = tempfile::tempdir().unwrap();
    let lock = lock(
        root.path(),
        &[
            (Chart, "web", "1.x", "1.0", "a"),
            (Pack, "b", "x", "2", "b"),
        ],
    );
    let copies = Copies::new(root.path(), &lock);
    let text = index::text(copies.contents());
    assert_eq!(index::parse(&text).as_deref(), Ok(copies.contents()));
    assert_eq!(index::parse(&index::text(&[])), Ok(Vec::new()));
    let why = |text: &str| match index::parse(text) {
        Err(Unusable::Damaged(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        index::parse("formatVersion: 2\nmore: 1\n"),
        Err(Unusable::Newer)
    );
    assert!(why("formatVersion: 0\n").contains("`formatVersion` must be"));
    assert!(why("contents: []\n").contains("no `formatVersion`"));
    assert!(why("").contains("empty"));
    for file in ["../a.tgz", "/etc/passwd", "charts/../../a", "./a"] {
        let moved = text.replace("charts/own/web-1.0.tgz", file);
        assert!(why(&moved).contains("without `..`"), "{file}");
    }
}

#[test]
fn what_cannot_be_finished_leaves_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(VENDOR_FOLDER);
    let one = (Chart, "one", "1.x", "1.0", "text of one");
    let two = (Chart, "two", "1.x", "1.0", "text of two");
    let (first, both) = (lock(root.path(), &[one]), lock(root.path(), &[one, two]));
    // What is on its way when there has never been an index is ours too.
    let nothing = Copies::new(&folder, &both).write(&Shelf::with(&[one.4]));
    assert!(matches!(nothing, Err(VendorError::Gone { .. })));
    let opened = VendorFolder::open(root.path()).unwrap().unwrap();
    assert!(
        !opened.has(&Sha256::of(one.4.as_bytes())),
        "not in the index"
    );

    let shelf = Shelf::with(&[one.4]);
    let written = Copies::new(&folder, &first).write(&shelf).unwrap();
    assert_eq!(written.written, ["vendor.lock"], "the chart was there");
    assert!(Copies::new(&folder, &both).write(&shelf).is_err());
    let opened = VendorFolder::open(root.path()).unwrap().unwrap();
    let read = opened.read(&Sha256::of(one.4.as_bytes()));
    assert_eq!(read, Ok(Some(one.4.as_bytes().to_vec())));
    assert_eq!(Copies::new(&folder, &first).differences().unwrap(), []);
}

#[test]
fn all_that_is_wrong_with_a_folder_is_told_and_mended() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(VENDOR_FOLDER);
    let one = (Chart, "one", "1.x", "1.0", "text of one");
    let two = (Pack, "two", "1.x", "1.0", "text of two");
    let shelf = Shelf::with(&[one.4, two.4]);
    let copies = Copies::new(&folder, &lock(root.path(), &[one, two]));
    let copies = copies.with_images(["a:1", "b"]);
    copies.write(&shelf).unwrap();
    assert_eq!(copies.differences().unwrap(), []);
    fs::write(folder.join("charts/own/one-1.0.tgz"), "other").unwrap();
    fs::remove_file(folder.join("packs/own/two-1.0.tar.gz")).unwrap();
    fs::write(folder.join("images.txt"), "a:1\n").unwrap();
    fs::create_dir_all(folder.join("packs/old/deep")).unwrap();
    fs::write(folder.join("packs/old/deep/x.tar"), "").unwrap();
    fs::write(folder.join(".vendor.lock.12"), "").unwrap();
    fs::write(folder.join("README"), "").unwrap();
    let told: Vec<String> = copies
        .differences()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    `.vendor.lock.12` is not in `stratiform.lock`
    `charts/own/one-1.0.tgz` is not what `stratiform.lock` says
    `images.txt` does not list the images of the clusters
    `packs/old/deep/x.tar` is not in `stratiform.lock`
    `packs/own/two-1.0.tar.gz` is missing
    ");
    let written = copies.write(&shelf).unwrap();
    assert_eq!(
        written.written,
        [
            "charts/own/one-1.0.tgz",
            "images.txt",
            "packs/own/two-1.0.tar.gz"
        ]
    );
    assert_eq!(written.removed, [".vendor.lock.12", "packs/old/deep/x.tar"]);
    assert_eq!(copies.differences().unwrap(), []);
    assert!(!folder.join("packs/old").exists() && folder.join("README").exists());
    assert_eq!(copies.write(&shelf).unwrap(), Written::default());
}
