//! Indexes read from their text.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use stratiform::remote::helm::Index;
use stratiform::yaml;

use super::generate;
use super::measure::Measured;

/// The argument that makes the benchmark read one index: only so is the peak memory that of the reader.
pub const CHILD: &str = "--read-index";

/// Prints how long indexes take, and how much memory.
pub fn time(rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    println!("| index, read from its text | versions | size | time | peak memory |");
    println!("| --- | --- | --- | --- | --- |");
    let (small, large) = (generate::index(10_000), generate::index(46_000));
    let whole = generate::index(25_000);
    let flow = |text: &str| {
        let value = yaml::parse_first(text).unwrap();
        serde_json::Value::from(value).to_string()
    };
    let rows = [
        ("as helm writes it", file("small.yaml", &small), 10_000),
        ("as helm writes it", file("large.yaml", &large), 46_000),
        ("JSON", file("large.json", &flow(&large)), 46_000),
        (
            "in another layout",
            // A comment makes it YAML, and everything on one line a text that cannot be taken apart.
            file("flow.yaml", &format!("# flow\n{}", flow(&whole))),
            25_000,
        ),
    ];
    for (layout, path, versions) in rows {
        let size = path.metadata().unwrap().len() as f64 / 1e6;
        let all: Vec<Measured> = (0..rounds).map(|_| read(&path)).collect();
        let mut seconds: Vec<f64> = all.iter().map(|one| one.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let peak = all.iter().map(|one| one.megabytes).fold(0.0, f64::max);
        println!(
            "| {layout} | {versions} | {size:.0} MB | {:.2} s | {peak:.0} MB |",
            seconds[seconds.len() / 2]
        );
    }
}

fn read(path: &Path) -> Measured {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(CHILD).arg(path).stderr(Stdio::inherit());
    let output = command.output().unwrap();
    assert!(output.status.success(), "the index cannot be read");
    let told = String::from_utf8(output.stdout).unwrap();
    let mut numbers = told
        .split_whitespace()
        .map(|number| number.parse().unwrap());
    Measured {
        seconds: numbers.next().unwrap(),
        megabytes: numbers.next().unwrap(),
    }
}

/// Reads one index, and tells the time in seconds and the peak memory in megabytes.
pub fn child(path: &str) {
    let text = std::fs::read(path).unwrap();
    let began = Instant::now();
    let index = Index::parse(&text).unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert!(index.versions() > 0);
    println!("{seconds} {}", peak());
}

/// The peak memory of this program in megabytes. What `getrusage` tells would be at least that of the program which has
/// started this one, and that has made large texts.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kibibytes: f64 = line.trim_end_matches("kB").trim().parse().unwrap();
    kibibytes / 1024.0
}
