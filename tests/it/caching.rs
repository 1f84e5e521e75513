//! The commands about the cache. Nothing here reaches the network.

use std::fs::File;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;

use crate::support::{Output, Sandbox};

const OLD: &str = "home/.cache/stratiform/blobs/sha256/aa/aaaa";
const NEW: &str = "home/.cache/stratiform/blobs/sha256/bb/bbbb";

/// A cache with an entry that was used 40 days ago, and one that was used now.
fn filled() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(OLD, &"x".repeat(5000));
    sandbox.write(NEW, &"x".repeat(700));
    let then = SystemTime::now() - Duration::from_secs(40 * 24 * 3600);
    let old = File::open(sandbox.path(OLD)).and_then(|file| file.set_modified(then));
    old.expect("a file's time can be set");
    sandbox
}

fn told(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output: Output = sandbox.run(".", arguments).expect(0);
    output.stdout
}

#[test]
fn room_is_made_by_last_use() {
    let sandbox = filled();
    let mut all = String::new();
    let prune = |more: &[&str]| told(&sandbox, &[&["registry", "cache", "prune"], more].concat());
    let show = || told(&sandbox, &["registry", "cache", "show"]);
    all += &show();
    all += &prune(&["--unused-for", "41d"]);
    all += &prune(&["--dry-run"]);
    assert!(sandbox.path(OLD).exists());
    all += &prune(&[]);
    assert!(!sandbox.path(OLD).exists() && sandbox.path(NEW).exists());
    all += &prune(&["--all"]);
    assert!(!sandbox.path(NEW).exists());
    all += &show();
    all += &prune(&["--all"]);
    sandbox.settings().bind(|| {
        assert_snapshot!(all, @r"
        [ROOT]/home/.cache/stratiform: 5.65 KiB in 2 archives and indexes
        Removed 0 files with 0 B from [ROOT]/home/.cache/stratiform.
        Would remove 1 file with 4.88 KiB from [ROOT]/home/.cache/stratiform.
        Removed 1 file with 4.88 KiB from [ROOT]/home/.cache/stratiform.
        Removed 1 file with 700 B from [ROOT]/home/.cache/stratiform.
        [ROOT]/home/.cache/stratiform: 84 B in 0 archives and indexes
        Removed 0 files with 0 B from [ROOT]/home/.cache/stratiform.
        ");
    });
}

#[test]
fn programs_get_numbers() {
    let sandbox = filled();
    let all = [
        &["registry", "cache", "show", "--json"][..],
        &["registry", "cache", "prune", "--dry-run", "--json"],
    ];
    let all = all.map(|arguments| told(&sandbox, arguments)).concat();
    sandbox.settings().bind(|| {
        assert_snapshot!(all, @r#"
        {
          "folder": "[ROOT]/home/.cache/stratiform",
          "entries": 2,
          "bytes": 5784
        }
        {
          "folder": "[ROOT]/home/.cache/stratiform",
          "files": 1,
          "bytes": 5000,
          "dryRun": true
        }
        "#);
    });
}
