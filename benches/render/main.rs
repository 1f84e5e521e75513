//! How long charts take: those of the packs in `STRATIFORM_PACKS`, each by `helm template` and by us; and a fleet of 1,000
//! clusters with 6 layers of charts, planned for the first time by the real program.
//!
//! `cargo bench --bench render` prints both as tables. Cold is a chart that is read from disk, unpacked, parsed and rendered;
//! warm is one that is kept and rendered with values read anew, as for the second cluster of a fleet. Helm is a process a
//! chart, since that is what one would run. `-- --quick` takes fewer rounds and clusters. Without packs the fleet has
//! charts of our own; without `target/helm/helm` (`tests/helm/fetch`) nothing is compared.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks, and stops at the first surprise"
)]

mod charts;
mod fleet;
#[path = "../fleet/measure.rs"]
mod measure;
mod packs;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().map(String::as_str) == Some(measure::CHILD) {
        measure::child(&arguments[1..]);
        return;
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let packs = packs::all();
    charts::compare(&packs, quick);
    println!();
    fleet::plan(&packs, if quick { 50 } else { 1_000 });
}
