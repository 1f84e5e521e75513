//! Templates, values and archives with something wrong in them: they are refused or rendered, but never is there a panic, a
//! wait without end, or memory without bound.
//!
//! Each check runs in a process of its own with a limit of memory and time, which no code here could set for the
//! process of all tests. More of the same, guided by coverage, is done by the targets in `tests/fuzz/`.

mod archives;
mod mutate;
mod seeds;
mod templates;
mod values;

use std::process::Command;

use crate::support::skip::told;

/// The memory that a check may map, in KiB, and its time in seconds. Both are many times what one takes.
const MEMORY: u32 = 3 << 20;
const SECONDS: u32 = 240;

/// How many mutants a check tries: so many, or what a variable says (for a long run by hand).
fn cases(usual: u32) -> u32 {
    std::env::var("STRATIFORM_MUTANTS")
        .ok()
        .map_or(usual, |text| text.parse().expect("a number of cases"))
}

/// Runs another test in a process with limits.
#[track_caller]
fn in_limits(test: &str) {
    let program = std::env::current_exe().expect("tests know their program");
    let script = format!("ulimit -v {MEMORY}; exec timeout {SECONDS} \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(program)
        .args(["--exact", test, "--ignored", "--nocapture"])
        .output()
        .expect("there is a shell");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && out.contains("1 passed"),
        "{test} ended with {}:\n{out}\n{err}",
        output.status
    );
    for line in err.lines() {
        told(line);
    }
}

#[test]
fn mutants_of_templates_do_no_harm() {
    in_limits("mutants::templates::mutants_of_templates");
}

#[test]
fn mutants_of_values_do_no_harm() {
    in_limits("mutants::values::mutants_of_values");
}

#[test]
fn mutants_of_archives_do_no_harm() {
    in_limits("mutants::archives::mutants_of_archives");
}
