//! What a fleet fetches, counted at a real Helm repository: each chart once, and nothing that is there already; also when two
//! want it at once, and after a kill in the middle of it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use stratiform::model::Sha256;

use crate::crash::{kill_after, seed};
use crate::served::{charts, command, project, repository, run};
use crate::support::Sandbox;
use crate::support::fault_server::{Fault, Server, Told};
use crate::support::project::Dice;
use crate::support::registries::HelmRepository;
use crate::support::skip::told;

const CLUSTERS: usize = 1000;
const CHARTS: usize = 20;

/// A thousand clusters that have each of twenty charts.
fn fleet(sandbox: &Sandbox) -> Option<HelmRepository> {
    let repository = repository(sandbox)?;
    let names: Vec<String> = (0..CHARTS).map(|at| format!("chart{at}")).collect();
    let all: Vec<_> = names
        .iter()
        .map(|name| (&**name, "1.0.0", "size: 1\n"))
        .collect();
    charts(sandbox, "served", &all);
    let layers: Vec<_> = names.iter().map(|name| (&**name, "1.x")).collect();
    project(sandbox, repository.url(), CLUSTERS, &layers);
    Some(repository)
}

/// How often each thing was asked for.
fn counted(requests: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for request in requests {
        *counts.entry(request.as_str()).or_default() += 1;
    }
    counts
}

/// Each chart once, and the index once.
fn everything_once() -> BTreeMap<String, usize> {
    let charts = (0..CHARTS).map(|at| format!("GET /chart{at}-1.0.0.tgz 200"));
    let index = ["GET /index.yaml 200".to_owned()];
    charts.chain(index).map(|request| (request, 1)).collect()
}

#[track_caller]
fn is_everything_once(requests: &[String]) {
    let expected = everything_once();
    let expected = expected.iter().map(|(request, count)| (&**request, *count));
    assert_eq!(counted(requests), expected.collect());
}

#[test]
fn a_fleet_fetches_each_chart_once_and_not_at_all_when_the_cache_holds_it() {
    let sandbox = Sandbox::empty();
    let Some(repository) = fleet(&sandbox) else {
        return;
    };
    let first = run(&sandbox, &["plan", "--json"]).expect(0);
    is_everything_once(&repository.requests());
    let all = everything_once().len();

    let second = run(&sandbox, &["plan", "--json"]).expect(0);
    assert_eq!(first.stdout, second.stdout);
    run(&sandbox, &["--locked", "validate"]).expect(0);
    run(&sandbox, &["--offline", "validate"]).expect(0);
    assert_eq!(repository.requests().len(), all, "nothing is missing");

    // Without its lock the project asks whether there is something newer, once, and has the rest.
    let lock = sandbox.read("p/stratiform.lock");
    sandbox.remove("p/stratiform.lock");
    run(&sandbox, &["plan"]).expect(0);
    assert_eq!(repository.requests()[all..], ["GET /index.yaml 304"]);
    assert_eq!(sandbox.read("p/stratiform.lock"), lock);
}

#[test]
fn two_plans_at_once_fetch_each_chart_once() {
    let sandbox = Sandbox::empty();
    let Some(repository) = fleet(&sandbox) else {
        return;
    };
    let plan = || {
        let mut command = command(&sandbox, &["plan", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let plans = [plan(), plan()];
    let texts = plans.map(|plan| {
        let ended = plan.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{said}");
        ended.stdout
    });
    assert!(texts[0] == texts[1], "they plan the same");
    let requests = repository.requests();
    let archives: Vec<String> = requests
        .iter()
        .filter(|request| request.contains(".tgz"))
        .cloned()
        .collect();
    let mut expected = everything_once();
    expected.retain(|request, _| request.contains(".tgz"));
    let expected = expected.iter().map(|(request, count)| (&**request, *count));
    assert_eq!(counted(&archives), expected.collect());
    // Who comes second asks whether the index has changed since, unless it waited for it.
    let mut index: Vec<&str> = requests.iter().map(String::as_str).collect();
    index.retain(|request| !request.contains(".tgz"));
    let is_known = |asked: &[&str]| {
        asked == ["GET /index.yaml 200"] || asked == ["GET /index.yaml 200", "GET /index.yaml 304"]
    };
    assert!(is_known(&index), "{index:?}");
}

/// A server of a folder's files that stops in the middle of one of them for as long as it is told to.
struct Slow {
    server: Server,
    stops: Arc<AtomicBool>,
    asked: mpsc::Receiver<String>,
}

/// How much of it comes.
const PIECE: usize = 100;

impl Slow {
    fn new(folder: &Path, slow: &'static str) -> Self {
        let stops = Arc::new(AtomicBool::new(true));
        let (tell, asked) = mpsc::channel();
        let (folder, theirs) = (folder.to_owned(), Arc::clone(&stops));
        let server = Server::new(move |asked| {
            // Nobody may listen any more.
            let _ = tell.send(asked.target.clone());
            let Ok(bytes) = fs::read(folder.join(asked.target.trim_start_matches('/'))) else {
                return Told::status(404);
            };
            let told = Told::body(bytes);
            if asked.target == slow && theirs.load(Ordering::SeqCst) {
                told.fault(Fault::SilentAfter(PIECE))
            } else {
                told
            }
        });
        Self {
            server,
            stops,
            asked,
        }
    }

    /// Waits until something is asked for.
    fn until_asked_for(&self, target: &str) {
        while self.asked.recv().expect("the server is there") != target {}
    }

    fn times(&self, target: &str) -> usize {
        let asked = self.server.asked();
        asked.iter().filter(|one| one.target == target).count()
    }
}

/// Three charts, two clusters, and a server that stops in the middle of one chart.
fn stopping(sandbox: &Sandbox) -> Slow {
    let all = ["one", "two", "web"].map(|name| (name, "1.0.0", "size: 1\n"));
    charts(sandbox, "served", &all);
    let slow = Slow::new(&sandbox.path("served"), "/web-1.0.0.tgz");
    let layers = ["one", "two", "web"].map(|name| (name, "1.x"));
    project(sandbox, &slow.server.url(""), 2, &layers);
    slow
}

const CACHE: &str = "home/.cache/stratiform";

/// Everything that the cache has by a digest is what the digest says.
#[track_caller]
fn is_sound(sandbox: &Sandbox) {
    for file in sandbox.files(&format!("{CACHE}/blobs/sha256")) {
        let path = format!("{CACHE}/blobs/sha256/{file}");
        let bytes = fs::read(sandbox.path(path)).unwrap();
        let (_, name) = file.rsplit_once('/').unwrap();
        assert_eq!(Sha256::of(&bytes).hex(), name, "a broken entry");
    }
}

#[track_caller]
fn has_archive(sandbox: &Sandbox, file: &str) -> bool {
    let bytes = fs::read(sandbox.path("served").join(file)).unwrap();
    let hex = Sha256::of(&bytes).hex();
    let path = format!("{CACHE}/blobs/sha256/{}/{hex}", &hex[..2]);
    sandbox.path(path).exists()
}

fn quiet(mut command: Command) -> Command {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Waits until a piece of the chart is in the cache, on its way.
fn until_half_there(sandbox: &Sandbox) {
    let incoming = format!("{CACHE}/incoming");
    let is_half = |file: &String| {
        let path = sandbox.path(format!("{incoming}/{file}"));
        path.metadata()
            .is_ok_and(|found| found.len() == PIECE as u64)
    };
    while !sandbox.files(&incoming).iter().any(is_half) {
        std::thread::yield_now();
    }
}

#[test]
fn a_plan_that_is_killed_in_the_middle_of_a_download_leaves_nothing_that_counts() {
    let sandbox = Sandbox::empty();
    let slow = stopping(&sandbox);
    let mut plan = quiet(command(&sandbox, &["plan"])).spawn().unwrap();
    until_half_there(&sandbox);
    plan.kill().unwrap();
    plan.wait().unwrap();
    assert!(!sandbox.files(&format!("{CACHE}/incoming")).is_empty());
    assert!(!has_archive(&sandbox, "web-1.0.0.tgz"));
    assert!(!sandbox.path("p/stratiform.lock").exists());
    is_sound(&sandbox);

    slow.stops.store(false, Ordering::SeqCst);
    let healed = run(&sandbox, &["plan", "--json"]).expect(0);
    assert!(sandbox.files(&format!("{CACHE}/incoming")).is_empty());
    assert!(has_archive(&sandbox, "web-1.0.0.tgz"));
    is_sound(&sandbox);
    assert_eq!(slow.times("/web-1.0.0.tgz"), 2);
    let offline = run(&sandbox, &["--offline", "--locked", "plan", "--json"]).expect(0);
    assert_eq!(offline.stdout, healed.stdout);
}

#[test]
fn who_waits_for_a_download_takes_over_when_the_other_is_killed() {
    let sandbox = Sandbox::empty();
    let slow = stopping(&sandbox);
    let mut first = quiet(command(&sandbox, &["plan"])).spawn().unwrap();
    slow.until_asked_for("/index.yaml");
    until_half_there(&sandbox);
    slow.stops.store(false, Ordering::SeqCst);
    let second = quiet(command(&sandbox, &["plan"])).spawn();
    let mut second = second.unwrap();
    // It asks whether the index is still right before it wants the chart.
    slow.until_asked_for("/index.yaml");
    assert!(second.try_wait().unwrap().is_none(), "it must wait");
    assert_eq!(slow.times("/web-1.0.0.tgz"), 1);
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(second.wait().unwrap().success());
    assert_eq!(slow.times("/web-1.0.0.tgz"), 2);
    is_sound(&sandbox);
    run(&sandbox, &["--offline", "--locked", "plan"]).expect(0);
    assert!(sandbox.files(&format!("{CACHE}/incoming")).is_empty());
}

#[test]
fn kills_at_any_time_leave_a_sound_cache() {
    const KILLS: u64 = 30;
    let sandbox = Sandbox::empty();
    let Some(repository) = repository(&sandbox) else {
        return;
    };
    let names: Vec<String> = (0..CHARTS).map(|at| format!("chart{at}")).collect();
    let values = format!("size: 1\nmore: {}\n", "x".repeat(1 << 16));
    let all: Vec<_> = names
        .iter()
        .map(|name| (&**name, "1.0.0", &*values))
        .collect();
    charts(&sandbox, "served", &all);
    let layers: Vec<_> = names.iter().map(|name| (&**name, "1.x")).collect();
    project(&sandbox, repository.url(), 2, &layers);
    let expected = run(&sandbox, &["plan", "--json"]).expect(0);
    let empty = || {
        fs::remove_dir_all(sandbox.path(CACHE)).unwrap();
        sandbox.remove("p/stratiform.lock");
    };
    // How long it takes when nothing disturbs it; other tests do.
    let undisturbed = (0..4).map(|_| {
        empty();
        let begin = Instant::now();
        run(&sandbox, &["plan"]).expect(0);
        begin.elapsed()
    });
    let length = undisturbed.min().unwrap();

    let seed = seed();
    let mut dice = Dice::new(seed);
    let mut alive = 0;
    for kill in 0..KILLS {
        empty();
        let most = length.as_micros() as u64;
        let delay = Duration::from_micros(dice.below(most));
        let plan = quiet(command(&sandbox, &["plan"])).spawn().unwrap();
        alive += u64::from(kill_after(plan, delay));
        is_sound(&sandbox);
        let healed = run(&sandbox, &["plan", "--json"]);
        let place = format!("seed {seed}, kill {kill} after {delay:?} of {length:?}");
        assert_eq!(healed.code, Some(0), "{place}: {healed}");
        assert_eq!(healed.stdout, expected.stdout, "{place}");
        assert!(sandbox.files(&format!("{CACHE}/incoming")).is_empty());
        // The index is the first thing that it asks for; what the killed one asked for may be answered before that.
        let mut asked = repository.requests();
        let index = asked.iter().rposition(|one| one.contains("/index.yaml "));
        let asked = asked.split_off(index.unwrap());
        let twice = counted(&asked).into_values().any(|times| times > 1);
        assert!(!twice, "{place}: {asked:#?}");
    }
    told(&format!(
        "seed {seed}: {alive} of {KILLS} plans were killed while they ran"
    ));
    assert!(
        alive * 2 > KILLS,
        "seed {seed}: only {alive} kills met a running plan"
    );
}
