//! Two at once: one has the lock, the others are told who, or wait.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::project::{Fleet, Folder, Layer, Ran};

/// An apply that holds the lock, and reads its plan from a pipe: it goes on when somebody writes it.
struct Held {
    apply: Child,
    gate: File,
    plan: PathBuf,
}

impl Held {
    /// Starts an apply, and comes back when it has the lock: it opens the pipe after that, and not before.
    fn start(folder: &Folder) -> Self {
        let plan = folder.path("plan.json");
        folder.run(&["plan", "--out", "plan.json"]).exits(0);
        let pipe = folder.path("pipe");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::Mode::from_raw_mode(0o600),
        )
        .expect("a pipe can be made");
        let apply = folder
            .command(&["apply", "pipe"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let gate = OpenOptions::new()
            .write(true)
            .open(&pipe)
            .expect("the apply opens the pipe");
        Self { apply, gate, plan }
    }

    fn id(&self) -> String {
        self.apply.id().to_string()
    }

    /// Lets it go on, and to its end.
    fn release(mut self) -> Ran {
        let plan = std::fs::read(&self.plan).expect("the plan was saved");
        self.gate
            .write_all(&plan)
            .expect("the apply reads the plan");
        drop(self.gate);
        Ran::of(self.apply.wait_with_output().expect("the apply ends"))
    }

    fn kill(mut self) {
        self.apply.kill().expect("it runs");
        self.apply.wait().expect("it ends");
    }
}

fn project() -> Folder {
    let folder = Folder::new("{}");
    folder.generate(&Fleet::new(2, &[Layer::new("base", &[], 2)]));
    folder
}

/// A message without what differs from run to run.
fn plain(text: &str, held: &str, folder: &Folder) -> String {
    let text = text
        .replace(folder.root().to_str().expect("UTF-8"), "DIR")
        .replace(&format!("process {held}"), "process PID");
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let text = text.replace(&format!("tester@{host}"), "tester@HOST");
    let since = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").expect("a pattern");
    since.replace_all(&text, "TIME").into_owned()
}

#[test]
fn the_second_is_told_who_is_first_and_since_when() {
    let folder = project();
    let held = Held::start(&folder);
    let id = held.id();
    let second = folder.run(&["apply", "--auto-approve"]).exits(4);
    insta::assert_snapshot!(plain(&second.all(), &id, &folder), @r#"
    error: the state DIR/state/stratiform.db is locked by tester@HOST (process PID) since TIME: apply
     = help: wait for it with `--lock-timeout 5m`, or see `stratiform state unlock`
    "#);
    for command in [
        &["destroy", "--auto-approve"][..],
        &["rollback", "c0", "--to", "1"],
        &["state", "mv", "c0", "c9"],
        &["state", "rm", "c0"],
    ] {
        let other = folder.run(command).exits(4);
        let told = plain(&other.all(), &id, &folder);
        assert!(
            told.contains("is locked by tester@HOST (process PID) since TIME: apply"),
            "{told}"
        );
    }
    assert_eq!(folder.files("out"), Vec::<String>::new());
    held.release().exits(0);
    folder.is_settled();
    assert_eq!(folder.snapshot().clusters.len(), 2);
}

#[test]
fn who_only_looks_needs_no_lock() {
    let folder = project();
    folder.apply();
    folder.put("out/c0/base/stranger.yaml", "a: 1\n");
    folder.edit("fleet.yaml", "base-0: 0", "base-0: 7");
    let held = Held::start(&folder);
    folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    folder.run(&["drift"]).exits(0);
    folder.run(&["state", "list"]).exits(0);
    folder.run(&["state", "verify"]).exits(0);
    folder.run(&["history"]).exits(0);
    folder.run(&["validate"]).exits(0);
    held.release().exits(0);
    folder.is_settled();
}

#[test]
fn who_waits_gets_the_lock_in_the_end() {
    let folder = project();
    let held = Held::start(&folder);
    let mut second = folder
        .command(&["apply", "--auto-approve", "--lock-timeout", "5m"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let begin = Instant::now();
    let told = folder
        .run(&["apply", "--auto-approve", "--lock-timeout", "300ms"])
        .exits(4);
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert!(
        told.err.contains(&format!("process {}", held.id())),
        "{}",
        told.err
    );
    assert!(
        second.try_wait().expect("it can be asked").is_none(),
        "the second does not wait"
    );
    held.release().exits(0);
    Ran::of(second.wait_with_output().expect("it ends")).exits(0);
    folder.is_settled();
}

#[test]
fn unlock_says_who_and_has_nothing_to_break() {
    let folder = project();
    insta::assert_snapshot!(folder.run(&["state", "unlock"]).exits(0).all(), @"Nobody holds the lock.");
    let held = Held::start(&folder);
    let id = held.id();
    let told = folder.run(&["state", "unlock"]).exits(1);
    insta::assert_snapshot!(plain(&told.all(), &id, &folder), @r#"
    error: the lock is held by tester@HOST (process PID) since TIME: apply
     = help: it is free as soon as that process ends; stop the process if it hangs
    "#);
    held.kill();
    let told = folder.run(&["state", "unlock"]).exits(0);
    insta::assert_snapshot!(plain(&told.all(), &id, &folder), @"Nobody holds the lock. tester@HOST (process PID) since TIME: apply: that process has ended, and its lock went with it.");
    folder.apply();
    folder.is_settled();
    insta::assert_snapshot!(folder.run(&["state", "unlock"]).exits(0).all(), @"Nobody holds the lock.");
}
