//! Tests that lack something on this machine.

/// Set by those who want no test to be skipped: a CI, and `.ci/run`.
const NO_SKIPS: [&str; 2] = ["CI", "STRATIFORM_NO_SKIPS"];

/// Says why a test is skipped; where skips are not wanted it fails.
#[track_caller]
pub fn skipped(why: &str) {
    let fails = NO_SKIPS.iter().any(|name| std::env::var_os(name).is_some());
    assert!(!fails, "{why}");
    told(&format!("skipped: {why}"));
}

/// Says something beside what a test checks.
#[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
pub fn told(what: &str) {
    eprintln!("{what}");
}
