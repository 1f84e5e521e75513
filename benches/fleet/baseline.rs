//! Other programs timed, and times put together.

use std::ffi::OsStr;
use std::process::Command;
use std::time::Instant;

use super::measure::Measured;

/// The one in the middle, by time; with the most memory that any of them took.
pub fn median(mut all: Vec<Measured>) -> Measured {
    all.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let megabytes = all
        .iter()
        .map(|measured| measured.megabytes)
        .fold(0.0, f64::max);
    Measured {
        megabytes,
        ..all[all.len() / 2]
    }
}

/// Runs another program.
pub fn system(program: &str, arguments: &[&OsStr]) -> Measured {
    let began = Instant::now();
    let status = Command::new(program).args(arguments).status().unwrap();
    assert!(status.success(), "{program} fails");
    Measured {
        seconds: began.elapsed().as_secs_f64(),
        megabytes: 0.0,
    }
}
