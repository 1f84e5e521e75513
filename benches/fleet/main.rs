//! How long fleets take: a generated fleet of N clusters with 6 layers of 2 objects each, planned, applied and looked at
//! by the real program.
//!
//! `cargo bench --bench fleet` prints a table with times (medians), peak memory and the growth exponent from one size to
//! the next; what a number is measured against (`cp -r`, `sha256sum`) is measured in the same run. `-- --quick` takes
//! only the smallest size, `-- --medium` leaves out the largest.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks, and stops at the first surprise"
)]

mod baseline;
mod generate;
mod measure;

use std::path::Path;

use baseline::{median, system};
use measure::{Measured, program};

const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().map(String::as_str) == Some(measure::CHILD) {
        measure::child(&arguments[1..]);
        return;
    }
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let sizes = match (has("--quick"), has("--medium")) {
        (true, _) => &SIZES[..1],
        (false, true) => &SIZES[..2],
        (false, false) => &SIZES[..],
    };
    let results: Vec<Vec<Row>> = sizes.iter().map(|size| measure_size(*size)).collect();
    println!(
        "| what | {} |",
        sizes
            .iter()
            .map(|size| format!("{size} clusters"))
            .collect::<Vec<_>>()
            .join(" | ")
    );
    println!("| --- |{}", " --- |".repeat(sizes.len()));
    for at in 0..results[0].len() {
        let cells: Vec<String> = (0..sizes.len())
            .map(|size| cell(&results, sizes, size, at))
            .collect();
        println!("| {} | {} |", results[0][at].what, cells.join(" | "));
    }
}

/// One line of the table.
struct Row {
    what: &'static str,
    measured: Measured,
    /// How the time compares to another one.
    against: Option<(&'static str, f64)>,
}

fn cell(results: &[Vec<Row>], sizes: &[usize], size: usize, at: usize) -> String {
    let row = &results[size][at];
    let mut text = format!("{:.3} s", row.measured.seconds);
    if row.measured.megabytes > 0.0 {
        text += &format!(", {:.0} MB", row.measured.megabytes);
    }
    if let Some((what, ratio)) = row.against {
        text += &format!(", {ratio:.2} x {what}");
    }
    if size > 0 {
        let (before, grown) = (
            &results[size - 1][at],
            sizes[size] as f64 / sizes[size - 1] as f64,
        );
        text += &format!(
            ", n^{:.2}",
            (row.measured.seconds / before.measured.seconds).ln() / grown.ln()
        );
    }
    text
}

fn measure_size(clusters: usize) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let rounds = 5;
    // The largest fleet is there for its plans; writing it many times over would only wear the disk.
    let first_applies = if clusters > 1_000 { 1 } else { 3 };
    let mut applies = Vec::new();
    let mut copies = Vec::new();
    for round in 0..first_applies {
        let project = root.join(format!("project-{round}"));
        generate::project(&project, clusters);
        applies.push(program(&project, &["apply", "--auto-approve"], &[]));
        let (from, to) = (project.join("rendered"), root.join(format!("copy-{round}")));
        copies.push(system("cp", &["-r".as_ref(), from.as_ref(), to.as_ref()]));
        std::fs::remove_dir_all(&to).unwrap();
        if round + 1 < first_applies {
            std::fs::remove_dir_all(&project).unwrap();
        }
    }
    let project = root.join(format!("project-{}", first_applies - 1));
    let (apply, copy) = (median(applies), median(copies));
    let plan = |rounds| {
        median(
            (0..rounds)
                .map(|_| program(&project, &["plan"], &[]))
                .collect(),
        )
    };
    let quiet = plan(rounds);
    let drift = median(
        (0..rounds)
            .map(|_| program(&project, &["drift"], &[]))
            .collect(),
    );
    let sums = median(
        (0..rounds)
            .map(|_| sums(&project.join("rendered")))
            .collect(),
    );
    generate::change_one_layer(&project);
    let changed = plan(rounds);
    let ratio = |one: &Measured, other: &Measured| one.seconds / other.seconds;
    vec![
        Row {
            what: "plan, nothing changed",
            against: None,
            measured: quiet,
        },
        Row {
            what: "plan, one layer of one cluster changed",
            against: Some(("the plan above", ratio(&changed, &quiet))),
            measured: changed,
        },
        Row {
            what: "first apply",
            against: Some(("`cp -r`", ratio(&apply, &copy))),
            measured: apply,
        },
        Row {
            what: "drift",
            against: Some(("`sha256sum`", ratio(&drift, &sums))),
            measured: drift,
        },
        Row {
            what: "`cp -r` of the result",
            against: None,
            measured: copy,
        },
        Row {
            what: "`sha256sum` of the result, a process a core",
            against: None,
            measured: sums,
        },
    ]
}

/// `sha256sum` of all files, with as many processes as cores.
fn sums(folder: &Path) -> Measured {
    let cores = std::thread::available_parallelism().unwrap().get();
    let command =
        format!("find . -type f -print0 | xargs -0 -n 1000 -P {cores} sha256sum > /dev/null");
    let folder = folder.to_str().unwrap();
    system(
        "sh",
        &["-c".as_ref(), format!("cd {folder} && {command}").as_ref()],
    )
}
