//! Programs timed, and their peak memory.

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

/// Runs stratiform on a project, with these variables besides those of the environment.
pub fn program(project: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Measured {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .arg(CHILD)
        .arg(env!("CARGO_BIN_EXE_stratiform"))
        .arg("-C")
        .arg(project)
        .args(arguments)
        .envs(environment.iter().copied());
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
