//! What is found in folders of packs, and what is said when it is not.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::testing::{Files, Nowhere, asking, pack_json, pack_ref, registry, shown, supply};
use std::path::Path;
use std::sync::Arc;

use super::Registries;
use crate::diag::Sources;

/// A folder with `web` 1.1.0, 1.3.0 and 2.0.0-rc1.
fn files() -> Files {
    let files = Files::new();
    for version in ["1.1.0", "1.3.0", "2.0.0-rc1"] {
        files.pack(&format!("packs/web-{version}"), "web", version);
    }
    files
}

fn open<'a>(files: &Files, sources: &'a Sources) -> Registries<'a> {
    let (_, span) = asking(sources);
    let local = registry("local", "packs", span);
    Registries::open(files.path(), &[local], supply(&Nowhere), sources).unwrap()
}

fn find(files: &Files, name: &str, version: &str) -> Result<String, String> {
    let sources = Sources::default();
    let registries = open(files, &sources);
    let (_, span) = asking(&sources);
    let found = registries.find(&pack_ref("local", name, version, span));
    registries.lock().save().unwrap();
    found
        .map(|pack| pack.version.to_string())
        .map_err(|problems| shown(&problems, &sources, files))
}

#[test]
fn the_highest_version_that_matches_is_found_and_read_once() {
    let files = files();
    let sources = Sources::default();
    let registries = open(&files, &sources);
    let (_, span) = asking(&sources);
    let first = registries
        .find(&pack_ref("local", "web", "1.x", span))
        .unwrap();
    let second = registries
        .find(&pack_ref("local", "web", "^1.2", span))
        .unwrap();
    assert_eq!(first.version.as_str(), "1.3.0");
    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn what_is_not_there_says_what_is() {
    let files = files();
    insta::assert_snapshot!(find(&files, "wbe", "1.x").unwrap_err(), @r#"
error: no pack `wbe` in registry `local`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = help: did you mean `web`?
"#);
    insta::assert_snapshot!(find(&files, "banana", "1.x").unwrap_err(), @r#"
error: no pack `banana` in registry `local`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = help: it has `web`
"#);
    insta::assert_snapshot!(find(&files, "web", "1.2.x").unwrap_err(), @r#"
error: no version of `web` matches `1.2.x`; there are 1.1.0, 1.3.0, 2.0.0-rc1
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
"#);
    files.put("packs/broken/pack.json", "{\"name\": 1}");
    insta::assert_snapshot!(find(&files, "banana", "1.x").unwrap_err(), @r#"
error: no pack `banana` in registry `local`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = note: 1 folder could not be read, the first is `packs/broken`: invalid type: integer `1`, expected a string at line 1 column 10
  = help: it has `web`
"#);
    let sources = Sources::default();
    let registries = open(&files, &sources);
    let (_, span) = asking(&sources);
    let problems = registries
        .find(&pack_ref("locl", "web", "1.x", span))
        .unwrap_err();
    insta::assert_snapshot!(shown(&problems, &sources, &files), @r#"
error: no registry `locl`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = help: did you mean `local`?
"#);
}

#[test]
fn a_train_does_not_move_by_itself() {
    let files = files();
    assert_eq!(find(&files, "web", "1.x").unwrap(), "1.3.0");
    files.pack("packs/web-1.4", "web", "1.4.0");
    assert_eq!(find(&files, "web", "1.x").unwrap(), "1.3.0", "locked");
    assert_eq!(
        find(&files, "web", ">=1.2 <2").unwrap(),
        "1.4.0",
        "another requirement"
    );
    std::fs::remove_dir_all(files.path().join("packs/web-1.3.0")).unwrap();
    insta::assert_snapshot!(find(&files, "web", "1.x").unwrap_err(), @r#"
error: `web` is locked to 1.3.0, which registry `local` no longer has; there are 1.1.0, 1.4.0, 2.0.0-rc1
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = help: bring 1.3.0 back, or run `stratiform update web` to move on
"#);
}

#[test]
fn an_update_moves_pins_when_it_is_asked_to() {
    let files = files();
    find(&files, "web", "1.x").unwrap();
    find(&files, "web", "1.1.0").unwrap();
    files.pack("packs/web-1.4", "web", "1.4.0");
    let sources = Sources::default();
    let registries = open(&files, &sources);
    let updates = registries.updates(None).unwrap();
    assert_eq!(registries.updates(Some("web")).unwrap(), updates);
    let told: Vec<_> = updates
        .iter()
        .map(|update| {
            format!(
                "{} {}: {} -> {}",
                update.key.name, update.key.requirement, update.from.version, update.to
            )
        })
        .collect();
    assert_eq!(told, ["web 1.x: 1.3.0 -> 1.4.0"]);
    registries.move_pins(&updates).unwrap();
    assert!(registries.lock().save().unwrap());
    assert_eq!(find(&files, "web", "1.x").unwrap(), "1.4.0");
    let problems = registries.updates(Some("wbe")).unwrap_err();
    insta::assert_snapshot!(shown(&problems, &sources, &files), @r#"
error: `wbe` is not in the lock
 = help: did you mean `web`?
"#);
}

#[test]
fn changed_content_is_told_and_not_refused() {
    let files = files();
    find(&files, "web", "1.x").unwrap();
    files.put("packs/web-1.3.0/README.md", "does not count");
    let (sources, asked) = (Sources::default(), "1.x");
    let (_, span) = asking(&sources);
    let registries = open(&files, &sources);
    registries
        .find(&pack_ref("local", "web", asked, span))
        .unwrap();
    assert_eq!(registries.changed(), []);
    files.put("packs/web-1.3.0/values.yaml", "pack: {namespace: b}\n");
    let registries = open(&files, &sources);
    registries
        .find(&pack_ref("local", "web", asked, span))
        .unwrap();
    let changed = registries.changed();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].folder, Path::new("packs/web-1.3.0"));
    assert_ne!(changed[0].locked, changed[0].found);
    assert!(registries.lock().is_changed(), "the new digest is noted");
}

#[test]
fn unused_entries_are_dropped() {
    let files = files();
    find(&files, "web", "1.x").unwrap();
    find(&files, "web", "1.1.x").unwrap();
    let sources = Sources::default();
    let (_, span) = asking(&sources);
    let registries = open(&files, &sources);
    registries
        .find(&pack_ref("local", "web", "1.1.x", span))
        .unwrap();
    assert_eq!(registries.lock().iter().count(), 2);
    let left = registries.lock_without_unused();
    let left: Vec<_> = left
        .iter()
        .map(|(key, _)| key.requirement.as_str())
        .collect();
    assert_eq!(left, ["1.1.x"]);
}

#[test]
fn a_broken_pack_says_the_same_to_everybody() {
    let files = files();
    let json = pack_json("bad", "1.0.0", "\"charts\": [\"a.tgz\"],");
    files.put("packs/bad/pack.json", json);
    let sources = Sources::default();
    let (_, span) = asking(&sources);
    let registries = open(&files, &sources);
    let first = registries.find(&pack_ref("local", "bad", "1.x", span));
    let second = registries.find(&pack_ref("local", "bad", "1.0.0", span));
    assert_eq!(first.unwrap_err(), second.unwrap_err());
}
