//! Kills: an apply that dies at a random instant leaves nothing behind that the state does not know.
//!
//! `STRATIFORM_CRASH_SEED` repeats a run; the seed stands in every failure.

#![expect(clippy::print_stderr, reason = "tests tell what they did")]

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stratiform::model::{LayerName, ObjectKey, TargetSpec};
use stratiform::state::Snapshot;

use crate::support::project::{Dice, Fleet, Folder, Layer};

/// What is done to a project, step by step: its documents, and the command that is killed.
struct Step {
    what: &'static str,
    fleet: Fleet,
    command: &'static [&'static str],
}

const APPLY: &[&str] = &["apply", "--auto-approve", "--approve-delete"];
const DESTROY: &[&str] = &["destroy", "--auto-approve", "--approve-delete"];

/// The life of a project, from its first apply to its end.
fn life() -> Vec<Step> {
    let mut steps = Vec::new();
    let mut step = |what, fleet: &Fleet, command| {
        steps.push(Step {
            what,
            fleet: fleet.clone(),
            command,
        });
    };
    let mut spaced = Layer::new("web", &["base"], 2);
    spaced.namespace = Some("web".to_owned());
    let mut fleet = Fleet::new(
        3,
        &[
            Layer::new("base", &[], 3),
            spaced,
            Layer::new("logs", &["base"], 2),
            Layer::new("top", &["logs", "web"], 2),
        ],
    );
    step("create", &fleet, APPLY);
    for layer in &mut fleet.layers {
        layer.objects.values_mut().for_each(|value| *value += 100);
    }
    step("update", &fleet, APPLY);
    let moving = fleet
        .layer("base")
        .objects
        .remove("base-1")
        .expect("an object");
    fleet
        .layer("top")
        .objects
        .insert("base-1".to_owned(), moving);
    let back = fleet
        .layer("top")
        .objects
        .remove("top-0")
        .expect("an object");
    fleet
        .layer("base")
        .objects
        .insert("top-0".to_owned(), back + 1);
    step("move between layers", &fleet, APPLY);
    let old = std::mem::replace(&mut fleet.layer("logs").name, "logging".to_owned());
    fleet.layer("top").needs = vec!["logging".to_owned(), "web".to_owned()];
    fleet.moved_layers = vec![(old, "logging".to_owned())];
    step("rename a layer", &fleet, APPLY);
    fleet.moved_clusters = vec![("c1".to_owned(), "d1".to_owned())];
    fleet.clusters = vec!["c0".to_owned(), "d1".to_owned(), "c2".to_owned()];
    fleet.layer("logging").objects.insert("late".to_owned(), 1);
    step("rename a cluster", &fleet, APPLY);
    fleet.layers.retain(|layer| layer.name != "top");
    fleet.layer("web").objects.remove("web-1");
    step("delete", &fleet, APPLY);
    fleet.layer("base").objects.insert("top-0".to_owned(), 9);
    fleet.layers.push(Layer::new("top", &["base"], 3));
    fleet.layer("top").objects.remove("top-0");
    step("create and update", &fleet, APPLY);
    step("destroy", &fleet, DESTROY);
    steps
}

/// What went wrong after a kill; the place says where.
struct Trial<'a> {
    folder: &'a Folder,
    place: String,
}

impl Trial<'_> {
    #[track_caller]
    fn check(&self, holds: bool, what: &str, more: impl std::fmt::Debug) {
        assert!(holds, "{}: {what}: {more:#?}", self.place);
    }

    /// Nothing is lost, nothing is locked, and everything is known.
    fn after_kill(&self) {
        if self.folder.state().exists() {
            let verified = self.folder.run(&["state", "verify"]);
            self.check(verified.code == Some(0), "the state is damaged", &verified);
            let strangers = strangers(self.folder, &self.folder.snapshot());
            self.check(strangers.is_empty(), "files that nobody knows", strangers);
        } else {
            let files = self.folder.files("out");
            self.check(files.is_empty(), "files without a state", files);
        }
        let lock = self.folder.run(&["state", "unlock"]);
        self.check(lock.code == Some(0), "a lock was left", &lock);
    }

    /// The same command succeeds, leaves nothing to do, and nothing temporary.
    fn heals(&self, step: &Step) {
        let again = self.folder.run(step.command);
        self.check(again.code == Some(0), "it does not heal", &again);
        let snapshot = self.folder.snapshot();
        if step.command == DESTROY {
            let files = self.folder.files("out");
            self.check(files.is_empty(), "files outlive a destroy", files);
            self.check(
                snapshot.clusters.is_empty(),
                "clusters outlive a destroy",
                &snapshot,
            );
        } else {
            let plan = self.folder.run(&["plan", "--refresh", "all", "--json"]);
            let clusters = &plan.json()["clusters"];
            self.check(
                *clusters == serde_json::json!([]),
                "there is more to do",
                clusters,
            );
            let files: BTreeSet<String> = self.folder.files("out").into_iter().collect();
            let known = known(&snapshot, false);
            self.check(files == known, "files and inventory differ", (files, known));
            let wrong = wrong_indexes(self.folder, &snapshot);
            self.check(wrong.is_empty(), "indexes and inventory differ", wrong);
        }
        let flights: Vec<_> = snapshot
            .clusters
            .values()
            .flat_map(|cluster| &cluster.in_flight)
            .collect();
        self.check(flights.is_empty(), "something is still in flight", flights);
    }
}

/// The path of an object below `out`, as the directory target has it.
fn path(target: &TargetSpec, layer: &LayerName, key: &ObjectKey) -> String {
    let TargetSpec::Directory { path, .. } = target else {
        panic!("a folder was asked for");
    };
    let folder = path.strip_prefix("out").expect("targets are below out");
    let namespace = if key.namespace.is_empty() {
        "_"
    } else {
        &key.namespace
    };
    format!(
        "{}/{layer}/{}.{namespace}.{}.yaml",
        folder.display(),
        key.kind.to_lowercase(),
        key.name
    )
}

/// The files that a state knows of, with or without those in flight.
fn known(snapshot: &Snapshot, flights: bool) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for cluster in snapshot.clusters.values() {
        let TargetSpec::Directory { path: folder, .. } = &cluster.target else {
            panic!("a folder was asked for");
        };
        let folder = folder.strip_prefix("out").expect("targets are below out");
        all.insert(format!("{}/.stratiform-index", folder.display()));
        for (layer, record) in &cluster.layers {
            for object in record.objects.iter().filter(|object| object.holder) {
                all.insert(path(&cluster.target, layer, &object.key));
            }
        }
        for flight in cluster.in_flight.iter().filter(|_| flights) {
            all.insert(path(&cluster.target, &flight.layer, &flight.intent.key));
        }
    }
    all
}

/// Files on the targets that the state does not know: neither objects, nor in flight, nor the temporary files that the
/// next apply of their cluster sweeps.
fn strangers(folder: &Folder, snapshot: &Snapshot) -> Vec<String> {
    let known = known(snapshot, true);
    let is_known = |file: &str| {
        let (parent, name) = file.rsplit_once('/').unwrap_or(("", file));
        let temporary = name.starts_with('.') && name.ends_with(".stratiform-tmp");
        let cluster = parent.split('/').next().unwrap_or_default();
        known.contains(file)
            || (temporary && known.contains(&format!("{cluster}/.stratiform-index")))
    };
    let mut files = folder.files("out");
    files.retain(|file| !is_known(file));
    files
}

/// Says where an index differs from the inventory.
fn wrong_indexes(folder: &Folder, snapshot: &Snapshot) -> Vec<(String, Vec<String>)> {
    let mut wrong = Vec::new();
    for (name, cluster) in &snapshot.clusters {
        let TargetSpec::Directory { path: at, .. } = &cluster.target else {
            panic!("a folder was asked for");
        };
        let mut layers: Vec<_> = cluster.layers.iter().collect();
        layers.sort_by_key(|(_, record)| record.position);
        let expected: Vec<String> = layers
            .iter()
            .flat_map(|(layer, record)| {
                let held = record.objects.iter().filter(|object| object.holder);
                held.map(|object| path(&cluster.target, layer, &object.key))
            })
            .collect();
        let index = folder.text(&format!("{}/.stratiform-index", at.display()));
        let at = at.strip_prefix("out").expect("targets are below out");
        let found: Vec<String> = index
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| format!("{}/{line}", at.display()))
            .collect();
        if found != expected {
            wrong.push((name.to_string(), found));
        }
    }
    wrong
}

/// Kills a process when its time has come. Says whether it was still alive.
pub(crate) fn kill_after(mut child: Child, delay: Duration) -> bool {
    let id = rustix::process::Pid::from_child(&child);
    let (ended, end) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || {
        let status = child.wait().expect("a child can be waited for");
        // Nobody listens any more when the child was killed.
        let _ = ended.send(());
        status
    });
    if end.recv_timeout(delay).is_err() {
        // It may have ended just now.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
    }
    !waiting.join().expect("waiting does not panic").success()
}

/// How long each step takes undisturbed.
fn lengths() -> Vec<Duration> {
    let folder = Folder::new("{}");
    life()
        .iter()
        .map(|step| {
            folder.generate(&step.fleet);
            let begin = Instant::now();
            folder.run(step.command).exits(0);
            begin.elapsed()
        })
        .collect()
}

/// The seed of a run: what the environment says, else the time.
pub(crate) fn seed() -> u64 {
    std::env::var("STRATIFORM_CRASH_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.expect("it is after 1970").as_secs()
        })
}

/// Kills so many applies, and checks each.
fn kills(rounds: usize) {
    let seed = seed();
    let steps = life();
    let lengths = lengths();
    let (next, alive) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let life_of_one = |number: usize| {
        let mut dice = Dice::new(seed.wrapping_add(number as u64));
        let folder = Folder::new("{}");
        for (at, step) in steps.iter().enumerate() {
            if number * steps.len() + at >= rounds {
                return;
            }
            folder.generate(&step.fleet);
            let most = lengths[at].as_micros() as u64 * 11 / 10;
            let delay = Duration::from_micros(dice.below(most));
            let trial = Trial {
                folder: &folder,
                place: format!(
                    "seed {seed}, project {number}, step `{}`, killed after {delay:?} of {:?}",
                    step.what, lengths[at]
                ),
            };
            let child = folder
                .command(step.command)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the program starts");
            if kill_after(child, delay) {
                alive.fetch_add(1, Ordering::Relaxed);
            }
            trial.after_kill();
            // Not everybody runs the same again: sometimes the documents go on, on top of what the kill left.
            if step.command == DESTROY || dice.below(3) > 0 {
                trial.heals(step);
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number * steps.len() >= rounds {
                        break;
                    }
                    life_of_one(number);
                }
            });
        }
    });
    let alive = alive.into_inner();
    eprintln!("seed {seed}: {alive} of {rounds} applies were killed while they ran");
    assert!(
        alive * 2 > rounds,
        "seed {seed}: only {alive} of {rounds} kills met a running apply"
    );
}

#[test]
fn a_hundred_kills_lose_nothing() {
    kills(100);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_kills_lose_nothing() {
    kills(1000);
}
