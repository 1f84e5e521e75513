//! How long the indexes of Helm repositories take.
//!
//! `cargo bench --bench registry` prints two tables: `registry search` by the real program, in a repository of 10,000
//! versions of charts that a server on loopback has, first with an empty cache and then with a warm one; and indexes read
//! from their text, one of 10,000 versions, and one of 50 MB in the layouts that there are. `-- --quick` takes fewer
//! rounds.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks, and stops at the first surprise"
)]

mod cold;
mod generate;
#[path = "../fleet/measure.rs"]
mod measure;
mod search;
mod server;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(measure::CHILD) => measure::child(&arguments[1..]),
        Some(cold::CHILD) => cold::child(&arguments[1]),
        _ => {
            let quick = arguments.iter().any(|argument| argument == "--quick");
            let rounds = if quick { 3 } else { 11 };
            search::time(rounds);
            println!();
            cold::time(rounds);
        }
    }
}
