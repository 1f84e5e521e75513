//! A server's process, which ends with its value.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long a server may take until it answers.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running server and whatever it has started.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    /// Starts a server in a process group of its own, with an environment of its own. It ends with this value, and at the
    /// latest with the thread that starts it here: so it is gone also when the tests are killed.
    #[track_caller]
    pub fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
        (input, output): (Stdio, Stdio),
    ) -> Self {
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(program)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(environment.iter().copied())
            .stdin(input)
            .stdout(output)
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let errors = child.stderr.take().expect("it is a pipe");
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                // What comes when nobody listens any more is read nevertheless: a full pipe would stop the server.
                let _ = send.send(line);
            }
        });
        Self { child, lines }
    }

    /// Waits for the first line of its log from which something can be taken.
    #[track_caller]
    pub fn waits_for<T>(&self, take: impl Fn(&str) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut told = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("the server did not start:\n{}", told.join("\n"));
            };
            if let Some(found) = take(&line) {
                return found;
            }
            told.push(line);
        }
    }

    /// What the server has written until its end, which must be near.
    pub fn last_words(&self) -> String {
        let lines: Vec<String> = self.lines.iter().collect();
        lines.join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.child);
        // It may have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}
