//! Programs timed, and their peak memory.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

/// The argument that makes the benchmark a wrapper around one program: only so is its peak memory its own.
pub const CHILD: &str = "--measured-child";

/// What a program took.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// From start to end.
    pub seconds: f64,
    /// At the peak, resident; 0 when nobody looked.
    pub megabytes: f64,
}

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

/// Runs stratiform on a project.
pub fn program(project: &Path, arguments: &[&str]) -> Measured {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .arg(CHILD)
        .arg(env!("CARGO_BIN_EXE_stratiform"))
        .arg("-C")
        .arg(project)
        .args(arguments);
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(
        output.status.success(),
        "stratiform {arguments:?} fails: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    let told = String::from_utf8(output.stdout).unwrap();
    let mut numbers = told
        .split_whitespace()
        .map(|number| number.parse().unwrap());
    Measured {
        seconds: numbers.next().unwrap(),
        megabytes: numbers.next().unwrap(),
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

/// The wrapper: runs a program, and tells its time in seconds and its peak memory in megabytes.
pub fn child(arguments: &[String]) {
    let began = Instant::now();
    let status = Command::new(&arguments[0])
        .args(&arguments[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let seconds = began.elapsed().as_secs_f64();
    let kibibytes = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    println!("{seconds} {}", kibibytes as f64 / 1024.0);
    std::process::exit(status.code().unwrap_or(1));
}
