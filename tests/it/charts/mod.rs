//! Helm charts rendered by our program and by the real helm: both print the same bytes, or both refuse.
//!
//! `packs` takes the charts of real packs, `trees` generates charts with subcharts in them, `calls` generates calls of
//! template functions. Where helm is not there, they say that they are skipped.

mod calls;
mod compare;
mod expressions;
mod packs;
mod pieces;
mod reduce;
mod tree;
mod trees;
mod values;

/// How many cases a test takes: so many, or what a variable says (for a long run by hand).
fn count(variable: &str, usual: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .map_or(usual, |text| text.parse().expect("a number of cases"))
}

/// Runs something for each case on all cores, and gives what it found, in the order of the cases.
fn on_all_cores<T: Sync, F: Send>(cases: &[T], check: impl Fn(&T) -> F + Sync) -> Vec<F> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut found: Vec<(usize, F)> = std::thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            loop {
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let Some(case) = cases.get(at) else {
                    return found;
                };
                found.push((at, check(case)));
            }
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a check panicked"))
            .collect()
    });
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Panics when there are differences, and shows the first few of them.
#[track_caller]
fn none(differences: &[String], of: usize) {
    let shown: Vec<&str> = differences.iter().take(5).map(String::as_str).collect();
    assert!(
        differences.is_empty(),
        "{} of {of} differ; the first of them:\n\n{}",
        differences.len(),
        shown.join("\n\n")
    );
}
