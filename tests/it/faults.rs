//! Faults of disks, files and keys: a clear message, nothing lost, nothing half-written.

#![expect(clippy::print_stderr, reason = "a test that is skipped says why")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::support::project::{Fleet, Folder, Layer, Ran};

/// Two clusters, with layers that need each other in a row, and one that needs nothing.
fn fleet() -> Fleet {
    Fleet::new(
        2,
        &[
            Layer::new("base", &[], 2),
            Layer::new("web", &["base"], 2),
            Layer::new("top", &["web"], 1),
            Layer::new("alone", &[], 1),
        ],
    )
}

/// The fleet, applied.
fn applied() -> Folder {
    let folder = Folder::new("{}");
    folder.generate(&fleet());
    folder.apply();
    folder
}

/// The fleet with another value in one object of every layer.
fn changed() -> Fleet {
    let mut fleet = fleet();
    for layer in &mut fleet.layers {
        let name = format!("{}-0", layer.name);
        layer.objects.insert(name, 77);
    }
    fleet
}

/// What commands say, each message once, with the commands that say it.
fn said(folder: &Folder, environment: &[(&str, &str)], commands: &[&str]) -> String {
    let mut said: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut order = Vec::new();
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').collect();
        let ran = folder.run_with(environment, &arguments);
        let text = format!(
            "{:?}\n{}",
            ran.code.unwrap_or(-1),
            plain(folder, &ran.all())
        );
        if !said.contains_key(&text) {
            order.push(text.clone());
        }
        said.entry(text).or_default().push(command);
    }
    let mut out = String::new();
    for text in order {
        let _ = writeln!(out, "{} -> {}", said[&text].join(", "), text.trim_end());
    }
    out
}

/// A text without what differs from run to run.
fn plain(folder: &Folder, text: &str) -> String {
    let text = text.replace(folder.root().to_str().expect("UTF-8"), "DIR");
    let digest = regex::Regex::new(r"\b[0-9a-f]{12,64}\b").expect("a pattern");
    digest.replace_all(&text, "DIGEST").into_owned()
}

const ALL: &[&str] = &[
    "plan",
    "apply --auto-approve",
    "destroy --auto-approve",
    "drift",
    "state list",
    "state verify",
    "history",
];

/// Runs all commands on a damaged state; they must leave state and targets as they are.
fn refused(folder: &Folder, environment: &[(&str, &str)]) -> String {
    let (state, out) = (folder.bytes("state"), folder.bytes("out"));
    let said = said(folder, environment, ALL);
    let mut after = folder.bytes("state");
    // SQLite may have to make these to look at all; they hold nothing.
    for name in ["stratiform.db-wal", "stratiform.db-shm"] {
        if !state.contains_key(name) {
            let bytes = after.remove(name).unwrap_or_default();
            assert!(
                name.ends_with("shm") || bytes.is_empty(),
                "{name} holds something"
            );
        }
    }
    let changed: Vec<&String> = after
        .iter()
        .filter(|(name, bytes)| state.get(*name) != Some(bytes))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(changed, Vec::<&String>::new(), "files of the state changed");
    assert_eq!(after.len(), state.len());
    assert!(folder.bytes("out") == out, "the target changed");
    said
}

#[test]
fn a_state_that_was_cut_short() {
    let folder = applied();
    let bytes = std::fs::read(folder.state()).expect("there is a state");
    std::fs::write(folder.state(), &bytes[..bytes.len() / 2]).expect("it can be written");
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, state verify, history -> 1
    error: the state DIR/state/stratiform.db is damaged: SQLite cannot follow it, perhaps it was cut short; restore a backup, and look closer with `stratiform state verify`
    "#);
    std::fs::write(folder.state(), b"").expect("it can be written");
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, state verify, history -> 1
    error: DIR/state/stratiform.db is not a state that can be read: it is empty, so it was cut short: restore a backup; it was left as it is
    "#);
    std::fs::write(folder.state(), &bytes).expect("it can be written");
    folder.is_settled();
}

#[test]
fn a_state_that_is_no_state() {
    let folder = applied();
    folder.put(
        "state/stratiform.db",
        "apiVersion: v1\nkind: List\nitems: []\n".repeat(200),
    );
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, state verify, history -> 1
    error: DIR/state/stratiform.db is not a state that can be read: it is no SQLite file; is it the right one?; it was left as it is
    "#);
}

#[test]
fn a_state_of_another_program() {
    let folder = applied();
    std::fs::remove_file(folder.state()).expect("there is a state");
    let other = rusqlite::Connection::open(folder.state()).expect("SQLite makes a file");
    other
        .execute_batch("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')")
        .expect("SQLite writes it");
    drop(other);
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, state verify, history -> 1
    error: DIR/state/stratiform.db is not a state that can be read: another program's data are in it; is it the right file?; it was left as it is
    "#);
}

#[test]
fn a_state_of_a_newer_version() {
    let folder = applied();
    let state = rusqlite::Connection::open(folder.state()).expect("SQLite opens it");
    state
        .pragma_update(None, "user_version", 99)
        .expect("SQLite writes it");
    drop(state);
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, state verify, history -> 1
    error: the state DIR/state/stratiform.db has format 99, this program knows up to 4: use a newer stratiform; the file was left as it is
    "#);
}

#[test]
fn a_damaged_text_in_the_state() {
    let folder = applied();
    let state = rusqlite::Connection::open(folder.state()).expect("SQLite opens it");
    state
        .execute("UPDATE blobs SET data = zeroblob(length(data))", [])
        .expect("SQLite writes it");
    drop(state);
    insta::assert_snapshot!(said(&folder, &[], &["state show c0/base/ConfigMap/default/base-0"]), @r#"
    state show c0/base/ConfigMap/default/base-0 -> 1
    error: the text DIGEST is damaged: it does not match its digest
    "#);
    let verified = folder.run(&["state", "verify"]).exits(1);
    assert!(
        verified.all().contains("damaged") || verified.all().contains("digest"),
        "{}",
        verified.all()
    );
    // What is still as it was needs no text.
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
    folder.put(
        "out/c0/base/configmap.default.base-0.yaml",
        "kind: ConfigMap\n",
    );
    let drift = folder.run(&["drift"]);
    assert_eq!(drift.code, Some(1), "{}", drift.all());
}

#[test]
fn keys_that_are_lost_wrong_or_open() {
    let folder = applied();
    let key = folder.path("state/stratiform.key");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).expect("it is ours");
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, history -> 1
    error: the key DIR/state/stratiform.key can be read by others: run `chmod 600` on it
    state verify -> 0
    The state is sound.
    "#);
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).expect("it is ours");
    let text = folder.text("state/stratiform.key");
    folder.put("state/stratiform.key", "f0".repeat(32));
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, history -> 1
    error: the key is not the one that the state DIR/state/stratiform.db was made with: set STRATIFORM_KEY to that one, or put its key file back
    state verify -> 0
    The state is sound.
    "#);
    folder.put("state/stratiform.key", "hunter2hunter2\n");
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, history -> 1
    error: DIR/state/stratiform.key holds no key: a key is 64 hexadecimal digits, or 32 bytes in base64
    state verify -> 0
    The state is sound.
    "#);
    std::fs::remove_file(&key).expect("it is there");
    insta::assert_snapshot!(refused(&folder, &[]), @r#"
    plan, apply --auto-approve, destroy --auto-approve, drift, state list, history -> 1
    error: the state DIR/state/stratiform.db is there, but its key is not: set STRATIFORM_KEY, or put the file DIR/state/stratiform.key back from where the state was made (a colleague, another machine, the secret store of your CI)
    state verify -> 0
    The state is sound.
    "#);
    // The variable does as well as the file.
    let environment = [("STRATIFORM_KEY", text.trim())];
    folder
        .run_with(&environment, &["plan", "--detailed-exitcode"])
        .exits(0);
    folder.put("state/stratiform.key", text);
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).expect("it is ours");
    folder.is_settled();
}

#[test]
fn a_target_that_became_a_link() {
    let folder = applied();
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    std::fs::rename(folder.path("out/c0"), elsewhere.path().join("c0")).expect("it can be moved");
    symlink(elsewhere.path().join("c0"), folder.path("out/c0")).expect("links can be made");
    folder.generate(&changed());
    let before = folder.bytes("out");
    insta::assert_snapshot!(said(&folder, &[], &["plan --cluster c0", "apply --auto-approve --cluster c0", "drift"]), @r#"
    plan --cluster c0, apply --auto-approve --cluster c0 -> 1
    warning: cluster c0 is left out: `DIR/out/c0` is a symbolic link, and nothing is
      followed out of a target's folder; put a real folder in its place

    No changes. 0 clusters, 0 layers are as the documents want them.
    error: cluster c0: the target cannot be looked at, and the cluster is left out
     = note: `DIR/out/c0` is a symbolic link, and nothing is followed out of a target's folder; put a real folder in its place
    drift -> 1
    ! c0 could not be looked at: `DIR/out/c0` is a symbolic link, and nothing is followed
      out of a target's folder; put a real folder in its place

    No drift. 6 objects on 2 clusters looked at; 1 cluster could not be looked at.
    "#);
    assert!(
        folder.bytes("out") == before,
        "something was written through the link"
    );
    // A layer's folder, and a file.
    std::fs::remove_file(folder.path("out/c0")).expect("it is a link");
    std::fs::rename(elsewhere.path().join("c0"), folder.path("out/c0")).expect("it can be moved");
    std::fs::rename(folder.path("out/c0/web"), elsewhere.path().join("web"))
        .expect("it can be moved");
    symlink(elsewhere.path().join("web"), folder.path("out/c0/web")).expect("links can be made");
    insta::assert_snapshot!(said(&folder, &[], &["apply --auto-approve --cluster c0"]), @r#"
    apply --auto-approve --cluster c0 -> 1
    warning: cluster c0 is left out: `DIR/out/c0/web` is a symbolic link, and nothing is
      followed out of a target's folder; put a real folder in its place

    No changes. 0 clusters, 0 layers are as the documents want them.
    error: cluster c0: the target cannot be looked at, and the cluster is left out
     = note: `DIR/out/c0/web` is a symbolic link, and nothing is followed out of a target's folder; put a real folder in its place
    "#);
    let kept = std::fs::read_to_string(elsewhere.path().join("web/configmap.default.web-0.yaml"));
    assert!(kept.expect("it is there").contains("value: \"0\""));
    std::fs::remove_file(folder.path("out/c0/web")).expect("it is a link");
    folder.apply();
    folder.is_settled();
}

#[test]
fn a_file_where_the_target_belongs() {
    let folder = Folder::new("{}");
    folder.generate(&fleet());
    folder.put("out/c0", "mine\n");
    insta::assert_snapshot!(said(&folder, &[], &["plan --cluster c0", "apply --auto-approve --cluster c0"]), @r#"
    plan --cluster c0, apply --auto-approve --cluster c0 -> 1
    warning: cluster c0 is left out: `DIR/out/c0` is a file where a folder belongs; move
      it away

    No changes. 0 clusters, 0 layers are as the documents want them.
    error: cluster c0: the target cannot be looked at, and the cluster is left out
     = note: `DIR/out/c0` is a file where a folder belongs; move it away
    "#);
    assert_eq!(folder.text("out/c0"), "mine\n");
    // The other cluster does not have to wait for it.
    folder.run(&["apply", "--auto-approve"]).exits(1);
    assert_eq!(folder.text("out/c0"), "mine\n");
    let others: Vec<_> = folder.files("out/c1");
    assert!(!others.is_empty(), "the other cluster was not applied");
    std::fs::remove_file(folder.path("out/c0")).expect("it is ours");
    folder.apply();
    folder.is_settled();
}

/// One layer fails, what needs it is skipped there, and everything else goes on.
#[test]
fn a_layer_that_fails_stops_only_what_needs_it() {
    let folder = Folder::new("{}");
    folder.generate(&fleet());
    folder.run(&["plan", "--out", "plan.json"]).exits(0);
    let stone = "out/c0/web/configmap.default.web-1.yaml";
    std::fs::create_dir_all(folder.path(stone)).expect("folders can be made");
    let ran = folder.run(&["apply", "plan.json"]).exits(1);
    assert!(
        ran.err
            .contains("configmap.default.web-1.yaml` is a folder"),
        "{}",
        ran.err
    );
    let expected = [
        "c0/.stratiform-index",
        "c0/alone/configmap.default.alone-0.yaml",
        "c0/base/configmap.default.base-0.yaml",
        "c0/base/configmap.default.base-1.yaml",
        "c0/web/configmap.default.web-0.yaml",
        "c1/.stratiform-index",
        "c1/alone/configmap.default.alone-0.yaml",
        "c1/base/configmap.default.base-0.yaml",
        "c1/base/configmap.default.base-1.yaml",
        "c1/top/configmap.default.top-0.yaml",
        "c1/web/configmap.default.web-0.yaml",
        "c1/web/configmap.default.web-1.yaml",
    ];
    assert_eq!(folder.files("out"), expected);
    let index = folder.text("out/c0/.stratiform-index");
    assert!(
        index.contains("web-0") && !index.contains("web-1"),
        "{index}"
    );
    folder.run(&["state", "verify"]).exits(0);
    let history = folder.run(&["history", "--json"]).exits(0).json();
    assert_eq!(history["revisions"][0]["outcome"], "failed");
    // Still in the way: refused, and nothing changes.
    let before = folder.bytes("out");
    folder.run(&["apply", "--auto-approve"]).exits(1);
    assert!(folder.bytes("out") == before);
    std::fs::remove_dir(folder.path(stone)).expect("it is empty");
    folder.apply();
    folder.is_settled();
    assert_eq!(folder.files("out").len(), 14);
}

/// Runs a script in a mount namespace of its own, where `$S` is the program. Nothing where the system has none.
fn in_namespace(folder: &Folder, script: &str) -> Option<Ran> {
    let able = Command::new("unshare")
        .args([
            "--map-root-user",
            "--mount",
            "mount",
            "-t",
            "tmpfs",
            "none",
            "/mnt",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !able.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there are no mount namespaces for this user");
        return None;
    }
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-eu", "-c", script])
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("S", env!("CARGO_BIN_EXE_stratiform"))
        .env("USER", "tester")
        .env("COLUMNS", "100")
        .current_dir(folder.root())
        .stdin(Stdio::null());
    Some(Ran::of(
        command.output().expect("unshare was there just now"),
    ))
}

#[test]
fn a_full_disk_under_the_state() {
    let folder = Folder::new("{}");
    folder.generate(&fleet());
    folder.put("later.yaml.txt", changed().documents());
    let ran = in_namespace(
        &folder,
        r#"
        mkdir -p state
        mount -t tmpfs -o size=1m none state
        $S apply --auto-approve >/dev/null 2>&1
        cp later.yaml.txt fleet.yaml
        for free in 0 8 16 36; do
            head -c 2000000 /dev/zero > state/filler 2>/dev/null || true
            truncate -s -${free}K state/filler
            $S plan >/dev/null
            code=0; $S apply --auto-approve > said 2>&1 || code=$?
            echo "$code" >> codes; grep -h error -A1 said | grep "no space" >> full
            rm state/filler
            $S state verify >> verified
        done
        sort -u codes; sort -u full; sort -u verified
        $S apply --auto-approve >/dev/null 2>&1
        $S plan --refresh all --detailed-exitcode >/dev/null
        echo "mended"
        "#,
    );
    if let Some(ran) = ran {
        insta::assert_snapshot!(plain(&folder, &ran.exits(0).all()), @r#"
        1
         = note: no space is left on the disk for the state DIR/state/stratiform.db: make room and run it again; what was recorded before is safe, this batch was not recorded
        error: no space is left on the disk for the state DIR/state/stratiform.db.lock: make room and run it again; what was recorded before is safe, this batch was not recorded
        The state is sound.
        mended
        "#);
    }
}

#[test]
fn a_full_disk_under_the_target() {
    let folder = Folder::new("{}");
    folder.generate(&fleet());
    folder.put("later.yaml.txt", changed().documents());
    let ran = in_namespace(
        &folder,
        r#"
        mkdir -p out
        mount -t tmpfs -o size=200k none out
        $S apply --auto-approve >/dev/null 2>&1
        head -c 2000000 /dev/zero > out/filler 2>/dev/null || true
        cp later.yaml.txt fleet.yaml
        cp -r out before
        code=0; $S apply --auto-approve --parallelism 1 > said 2>&1 || code=$?
        echo "full: $code"; grep -h "make room" said | sed 's/.*cannot/cannot/' | head -1
        diff -r before out && echo "nothing half-written"
        $S state verify
        rm out/filler
        $S apply --auto-approve >/dev/null 2>&1
        $S plan --refresh all --detailed-exitcode >/dev/null
        echo "mended"
        "#,
    );
    if let Some(ran) = ran {
        insta::assert_snapshot!(plain(&folder, &ran.exits(0).all()), @r#"
        full: 1
        cannot write `DIR/out/c0/base/configmap.default.base-0.yaml`; make room and run it again
        nothing half-written
        The state is sound.
        mended
        "#);
    }
}

#[test]
fn a_target_that_may_only_be_read() {
    let folder = applied();
    folder.put("later.yaml.txt", changed().documents());
    let ran = in_namespace(
        &folder,
        r#"
        mount --bind out out
        mount -o remount,bind,ro out
        cp later.yaml.txt fleet.yaml
        cp -r out before
        $S drift >/dev/null && echo "drift can look"
        code=0; $S plan --detailed-exitcode >/dev/null || code=$?
        echo "plan: $code"
        code=0; $S apply --auto-approve --parallelism 1 --cluster c0 --layer base > said 2>&1 || code=$?
        echo "apply: $code"; grep -h "mount it for writing" said | sed 's/.*cannot/cannot/'
        diff -r before out && echo "nothing half-written"
        $S state verify
        umount out
        $S apply --auto-approve >/dev/null 2>&1
        $S plan --refresh all --detailed-exitcode >/dev/null
        echo "mended"
        "#,
    );
    if let Some(ran) = ran {
        insta::assert_snapshot!(plain(&folder, &ran.exits(0).all()), @r#"
        drift can look
        plan: 2
        apply: 1
        cannot write `DIR/out/c0/base/configmap.default.base-0.yaml`; mount it for writing, or give the target another path
        nothing half-written
        The state is sound.
        mended
        "#);
    }
}

#[test]
fn a_state_that_may_only_be_read() {
    let folder = applied();
    folder.put("later.yaml.txt", changed().documents());
    let ran = in_namespace(
        &folder,
        r#"
        mount --bind state state
        mount -o remount,bind,ro state
        cp later.yaml.txt fleet.yaml
        cp -r out before
        code=0; $S plan --detailed-exitcode > said 2>&1 || code=$?
        echo "plan: $code"; grep -h error -A2 said || true
        code=0; $S drift > said 2>&1 || code=$?
        echo "drift: $code"; grep -h error -A2 said || true
        code=0; $S apply --auto-approve > said 2>&1 || code=$?
        echo "apply: $code"; grep -h error -A2 said
        diff -r before out && echo "nothing written"
        umount state
        $S apply --auto-approve >/dev/null 2>&1
        echo "mended"
        "#,
    );
    if let Some(ran) = ran {
        insta::assert_snapshot!(plain(&folder, &ran.exits(0).all()), @r#"
        plan: 2
        drift: 0
        apply: 1
        error: cannot open DIR/state/stratiform.db.lock
         = note: Read-only file system (os error 30)
        nothing written
        mended
        "#);
    }
}

/// A long apply, with a word as soon as its first layer is done.
fn begun(
    folder: &Folder,
) -> (
    Child,
    mpsc::Receiver<String>,
    std::thread::JoinHandle<String>,
) {
    let mut apply = folder
        .command(&["apply", "--auto-approve", "--parallelism", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(apply.stderr.take().expect("it is piped"));
    let (sender, said) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        let mut all = String::new();
        for line in lines.lines().map_while(Result::ok) {
            all.push_str(&line);
            all.push('\n');
            // Nobody may be listening any more.
            let _ = sender.send(line);
        }
        all
    });
    (apply, said, reading)
}

fn interrupt(apply: &Child) {
    // It may have ended just now; then there is nothing to interrupt.
    let _ = rustix::process::kill_process(
        rustix::process::Pid::from_child(apply),
        rustix::process::Signal::INT,
    );
}

/// Every layer of a chain that is so long that an interruption meets it.
fn chain() -> Fleet {
    let mut layers = vec![Layer::new("l0", &[], 1)];
    for at in 1..150 {
        layers.push(Layer::new(&format!("l{at}"), &[&format!("l{}", at - 1)], 1));
    }
    Fleet::new(1, &layers)
}

#[test]
fn the_first_interruption_finishes_what_is_in_flight() {
    let folder = Folder::new("{}");
    folder.generate(&chain());
    let (apply, said, reading) = begun(&folder);
    // The first line says that it begins, the second that something is done.
    let wait = Duration::from_secs(60);
    said.recv_timeout(wait).expect("it begins");
    said.recv_timeout(wait).expect("something is done");
    interrupt(&apply);
    let ran = Ran::of(apply.wait_with_output().expect("it ends"));
    let told = reading.join().expect("reading does not panic");
    assert_eq!(ran.code, Some(130), "{}\n{told}", ran.out);
    let snapshot = folder.snapshot();
    let cluster = snapshot.clusters.values().next().expect("it is recorded");
    assert!(cluster.in_flight.is_empty(), "{:#?}", cluster.in_flight);
    let (layers, files) = (cluster.layers.len(), folder.files("out"));
    assert!((1..150).contains(&layers), "{layers} layers");
    assert_eq!(
        files.iter().filter(|file| file.ends_with(".yaml")).count(),
        layers
    );
    let history = folder.run(&["history", "--json"]).exits(0).json();
    assert_eq!(history["revisions"][0]["outcome"], "interrupted");
    folder.run(&["state", "verify"]).exits(0);
    folder.apply();
    folder.is_settled();
    assert_eq!(folder.files("out").len(), 151);
}

#[test]
fn the_second_interruption_stops_at_once_and_is_safe() {
    let folder = Folder::new("{}");
    folder.generate(&chain());
    let (mut apply, said, reading) = begun(&folder);
    said.recv_timeout(Duration::from_secs(60))
        .expect("it begins");
    interrupt(&apply);
    while apply.try_wait().expect("it can be asked").is_none() {
        interrupt(&apply);
        std::thread::yield_now();
    }
    let code = apply.wait().expect("it ended").code();
    let told = reading.join().expect("reading does not panic");
    assert_eq!(code, Some(130), "{told}");
    folder.run(&["state", "verify"]).exits(0);
    folder.run(&["state", "unlock"]).exits(0);
    folder.apply();
    folder.is_settled();
    assert_eq!(folder.files("out").len(), 151);
}
