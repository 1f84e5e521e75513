//! Charts one by one, by helm and by us.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use stratiform::diag::Sources;
use stratiform::model::{Capabilities, HELM_KUBE_VERSION, Version};
use stratiform::registry::read_chart;
use stratiform::render::chart::{Options, Release, SharedChart, Tree, render, resolve};
use stratiform::render::template::{Limits, Run, Seed};

use super::packs::Pack;

/// What one chart takes, in seconds.
struct Times {
    name: String,
    helm: f64,
    cold: f64,
    warm: f64,
}

/// How many times as fast as helm is asked for, cold and warm.
const ASKED: (f64, f64) = (30.0, 100.0);

/// Prints how both compare.
pub fn compare(packs: &[Pack], quick: bool) {
    let target = Path::new(env!("CARGO_BIN_EXE_stratiform")).ancestors();
    let mut programs = target.map(|folder| folder.join("helm/helm"));
    let Some(helm) = programs.find(|program| program.is_file()) else {
        println!("target/helm/helm is not there; `tests/helm/fetch` brings it");
        return;
    };
    let rounds = if quick { 1 } else { 5 };
    let mut all = Vec::new();
    let mut refused = 0;
    for chart in packs.iter().flat_map(|pack| &pack.charts) {
        match times(&helm, chart, rounds) {
            Some(times) => all.push(times),
            None => refused += 1,
        }
    }
    if all.is_empty() {
        println!("no charts to compare: STRATIFORM_PACKS names no folder of packs");
        return;
    }
    let count = all.len();
    println!("{count} charts, {refused} that helm refuses left out");
    println!("| chart | helm | cold | | warm | |\n| --- | --- | --- | --- | --- | --- |");
    let helm = middle(&all, |times| times.helm);
    let (cold, warm) = (
        middle(&all, |times| times.cold),
        middle(&all, |times| times.warm),
    );
    row("median of all", helm, cold, warm);
    println!(
        "| median of the ratios | | | {:.0} x | | {:.0} x |",
        middle(&all, |times| times.helm / times.cold),
        middle(&all, |times| times.helm / times.warm)
    );
    println!("| asked for | | | {:.0} x | | {:.0} x |", ASKED.0, ASKED.1);
    all.sort_by(|a, b| (a.helm / a.cold).total_cmp(&(b.helm / b.cold)));
    for times in all.iter().take(5).chain(all.last()) {
        row(&times.name, times.helm, times.cold, times.warm);
    }
}

fn row(name: &str, helm: f64, cold: f64, warm: f64) {
    println!(
        "| {name} | {:.1} ms | {:.2} ms | {:.0} x | {:.2} ms | {:.0} x |",
        helm * 1e3,
        cold * 1e3,
        helm / cold,
        warm * 1e3,
        helm / warm
    );
}

fn middle(all: &[Times], of: impl Fn(&Times) -> f64) -> f64 {
    median(all.iter().map(of).collect())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// The medians of a chart; nothing if helm refuses it.
fn times(helm: &Path, chart: &PathBuf, rounds: usize) -> Option<Times> {
    let run = || {
        let mut command = Command::new(helm);
        command.args(["template", "trial"]).arg(chart);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    };
    if !run() {
        return None;
    }
    let our_rounds = rounds * 4 + 1;
    let cold = median(
        (0..our_rounds)
            .map(|_| seconds(|| drop(rendered(&load(chart)))))
            .collect(),
    );
    let kept = load(chart);
    let warm = median(
        (0..our_rounds)
            .map(|_| seconds(|| drop(rendered(&kept))))
            .collect(),
    );
    Some(Times {
        name: chart.file_stem().unwrap().to_string_lossy().into_owned(),
        helm: median((0..rounds).map(|_| seconds(|| assert!(run()))).collect()),
        cold,
        warm,
    })
}

fn seconds(what: impl FnOnce()) -> f64 {
    let began = Instant::now();
    what();
    began.elapsed().as_secs_f64()
}

fn load(chart: &Path) -> SharedChart {
    let files = read_chart(chart, "chart").unwrap();
    SharedChart::load(&files, &Arc::new(Sources::default())).unwrap()
}

fn rendered(chart: &SharedChart) -> String {
    let values = Tree::parse(b"nothing: that a chart knows\n").unwrap();
    let version = Version::new(HELM_KUBE_VERSION).unwrap();
    let resolved = resolve(&chart.chart, &values, HELM_KUBE_VERSION, Options::default()).unwrap();
    let capabilities = Capabilities::assumed(version, []);
    let release = Release {
        name: "trial",
        namespace: "default",
        is_upgrade: false,
        capabilities: &capabilities,
    };
    let seed = Seed {
        key: [7; 32],
        now: Timestamp::UNIX_EPOCH,
    };
    let start = |set| Run::new(set, Limits::default(), Some(seed));
    let (rendered, _) = render(&resolved, &release, &chart.templates, start).unwrap();
    rendered.text(false, true)
}
