//! The `git` program.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::remote::credentials::variable;
use crate::remote::{Network, RemoteError};

use super::address::Address;

/// Variables that would lead git to another repository than ours: git sets them for hooks.
const MISLEADING: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
];

/// The most that git may say on its error output, in bytes.
const MOST_SAID: u64 = 64 << 10;

/// What git says when a server does not answer this time; it may the next time.
const PASSING: [&str; 8] = [
    "returned error: 429",
    "returned error: 50",
    "RPC failed",
    "early EOF",
    "Connection reset",
    "Connection refused",
    "timed out",
    "unexpected disconnect",
];

/// What git says when it is not believed.
const DENIED: [&str; 4] = [
    "Authentication failed",
    "terminal prompts disabled",
    "returned error: 401",
    "Permission denied (publickey",
];

/// Runs git on one bare repository.
#[derive(Debug)]
pub(super) struct Git<'a> {
    pub address: &'a Address,
    pub network: &'a Network,
    pub folder: PathBuf,
}

/// What git came to.
struct Came {
    success: bool,
    out: Vec<u8>,
    said: String,
}

impl Git<'_> {
    /// Runs a command that asks nobody. At most `limit` bytes of output are taken.
    ///
    /// # Errors
    /// When it fails.
    pub fn local(
        &self,
        arguments: &[&str],
        input: &[u8],
        limit: u64,
    ) -> Result<Vec<u8>, RemoteError> {
        // No protocol may be used: what is missing is an error, and not fetched file by file.
        let came = self.run("none", arguments, input, limit)?;
        if came.success {
            Ok(came.out)
        } else {
            Err(self.failed(&came.said))
        }
    }

    /// Whether a command that asks nobody succeeds.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn succeeds(&self, arguments: &[&str]) -> Result<bool, RemoteError> {
        Ok(self.run("none", arguments, &[], 0)?.success)
    }

    /// Runs a command that asks the repository, again if that may help.
    ///
    /// # Errors
    /// When it fails for good, or nobody may be asked.
    pub fn remote(
        &self,
        arguments: &[&str],
        input: &[u8],
        limit: u64,
    ) -> Result<Vec<u8>, RemoteError> {
        if self.network.is_offline() {
            return Err(RemoteError::Offline {
                what: format!("what is asked of {}", self.address.shown()),
            });
        }
        let timing = self.network.timing();
        let mut tried = 0;
        loop {
            tried += 1;
            let came = self.run(self.address.protocols, arguments, input, limit)?;
            if came.success {
                return Ok(came.out);
            }
            if tried >= timing.tries || !says(&came.said, &PASSING) {
                return Err(self.failed(&came.said));
            }
            tracing::info!("{}: {}", self.address.shown(), summary(&came.said));
            timing.clock.sleep(Duration::from_secs(1 << tried.min(4)));
        }
    }

    fn failed(&self, said: &str) -> RemoteError {
        let url = self.address.shown().to_owned();
        if says(said, &DENIED) {
            return RemoteError::GitDenied {
                url,
                given: self.address.given,
                variable: variable(&self.address.registry),
            };
        }
        let why = summary(said);
        RemoteError::Git { url, why }
    }

    fn run(
        &self,
        protocols: &str,
        arguments: &[&str],
        input: &[u8],
        limit: u64,
    ) -> Result<Came, RemoteError> {
        let mut command = Command::new("git");
        command
            .arg("--git-dir")
            .arg(&self.folder)
            .args(arguments)
            .current_dir(Path::new("/"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GCM_INTERACTIVE", "never")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_ALLOW_PROTOCOL", protocols)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in MISLEADING {
            command.env_remove(name);
        }
        self.configure(&mut command);
        let came = command
            .spawn()
            .and_then(|child| converse(child, input, limit));
        came.map_err(|error| RemoteError::NoGit {
            registry: self.address.registry.clone(),
            why: error.to_string(),
        })
    }

    /// Tells git its settings by the environment, where no list of processes shows them, behind those that are there.
    fn configure(&self, command: &mut Command) {
        let there = std::env::var("GIT_CONFIG_COUNT").ok();
        let there: usize = there.and_then(|count| count.parse().ok()).unwrap_or(0);
        for (at, (name, value)) in self.address.settings.iter().enumerate() {
            let at = at + there;
            command.env(format!("GIT_CONFIG_KEY_{at}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{at}"), value);
        }
        let count = there + self.address.settings.len();
        command.env("GIT_CONFIG_COUNT", count.to_string());
    }
}

/// Gives a program its input, and takes its output.
fn converse(mut child: Child, input: &[u8], limit: u64) -> std::io::Result<Came> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (out, said) = std::thread::scope(|scope| {
        scope.spawn(move || {
            // One that does not want all of it says so by how it ends.
            stdin.map(|mut stdin| stdin.write_all(input))
        });
        let said = scope.spawn(move || read(stderr, MOST_SAID));
        let out = read(stdout, limit);
        if out.as_ref().is_ok_and(|out| out.len() as u64 > limit) {
            // It has more to say, and nobody listens.
            let _ = child.kill();
        }
        let said = said.join().unwrap_or_else(|_| Ok(Vec::new()));
        (out, said)
    });
    let status = child.wait()?;
    let (out, said) = (out?, said?);
    let mut said = String::from_utf8_lossy(&said).into_owned();
    let too_much = out.len() as u64 > limit && limit > 0;
    if too_much {
        said = format!("it is larger than {limit} bytes");
    }
    Ok(Came {
        success: status.success() && !too_much,
        out,
        said,
    })
}

/// Reads one byte more than the limit, which shows that there are more.
fn read(from: Option<impl Read>, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn says(said: &str, any: &[&str]) -> bool {
    any.iter().any(|text| said.contains(text))
}

/// What counts of what git said: the lines that tell of errors, or else the last one.
fn summary(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let errors: Vec<&str> = lines()
        .filter_map(|line| {
            ["fatal: ", "error: ", "remote: "]
                .iter()
                .find_map(|start| line.strip_prefix(start))
        })
        .collect();
    if errors.is_empty() {
        return lines().next_back().unwrap_or("it says nothing").to_owned();
    }
    errors.join("; ")
}
