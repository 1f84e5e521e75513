//! Programs that keep credentials for Docker: `docker-credential-NAME`, with JSON on standard input and output.
//!
//! The protocol is that of <https://github.com/docker/docker-credential-helpers>.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::{Credential, CredentialsError, Environment, Secret};

/// What stands in place of a name when the secret is an identity token.
const TOKEN: &str = "<token>";

/// A program that keeps credentials.
#[derive(Debug)]
pub(super) struct Helper<'a> {
    program: String,
    environment: &'a Environment,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(rename = "ServerURL", default)]
    server: String,
    username: String,
    secret: String,
}

impl<'a> Helper<'a> {
    pub fn new(name: &str, environment: &'a Environment) -> Self {
        Self {
            program: format!("docker-credential-{name}"),
            environment,
        }
    }

    /// Its name as a program.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// What it keeps for a server. A program that is not there keeps nothing: configurations outlive what they name.
    pub fn get(&self, server: &str) -> Result<Option<Credential>, CredentialsError> {
        let Some(output) = self.run("get", server)? else {
            let program = &self.program;
            tracing::warn!("{program}, which Docker's configuration names, is not there");
            return Ok(None);
        };
        if !output.done {
            // The protocol has no other sign.
            return if output.text.contains("credentials not found") {
                Ok(None)
            } else {
                Err(self.failed("tell what it keeps", &output.text))
            };
        }
        // What cannot be read is not shown: it may be the secret.
        let entry: Entry = serde_json::from_str(&output.text)
            .map_err(|_| self.failed("tell what it keeps", "its answer is not as it should be"))?;
        if entry.secret.is_empty() {
            return Ok(None);
        }
        Ok(Some(match entry.username.as_str() {
            TOKEN => Credential::Identity(Secret::new(entry.secret)),
            _ => Credential::basic(entry.username, entry.secret),
        }))
    }

    /// Gives it a credential to keep.
    pub fn store(&self, server: &str, credential: &Credential) -> Result<(), CredentialsError> {
        let (username, secret) = match credential {
            Credential::Basic { username, password } => (username.as_str(), password),
            Credential::Identity(token) => (TOKEN, token),
            Credential::Bearer(_) => {
                return Err(CredentialsError::Unfit {
                    place: self.program.clone(),
                    keeps: "names with passwords",
                });
            }
        };
        let entry = Entry {
            server: server.to_owned(),
            username: username.to_owned(),
            secret: secret.reveal().to_owned(),
        };
        let input = serde_json::to_string(&entry)
            .map_err(|error| self.failed("keep a credential", &error.to_string()))?;
        self.must("store", &input, "keep a credential")
    }

    /// Has it forget what it keeps for a server.
    pub fn erase(&self, server: &str) -> Result<(), CredentialsError> {
        self.must("erase", server, "forget a credential")
    }

    fn must(&self, command: &str, input: &str, what: &'static str) -> Result<(), CredentialsError> {
        match self.run(command, input)? {
            Some(output) if output.done => Ok(()),
            Some(output) => Err(self.failed(what, &output.text)),
            None => Err(self.failed(what, "it is not there")),
        }
    }

    /// Runs it; nothing when it is not there.
    fn run(&self, command: &str, input: &str) -> Result<Option<Output>, CredentialsError> {
        let failed = |error: std::io::Error| self.failed("run", &error.to_string());
        let started = Command::new(&self.program)
            .arg(command)
            .env_clear()
            .envs(self.environment.all())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read what it is asked will say what is wrong.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(failed)?;
        Ok(Some(Output {
            done: output.status.success(),
            text: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        }))
    }

    fn failed(&self, what: &'static str, why: &str) -> CredentialsError {
        CredentialsError::Helper {
            program: self.program.clone(),
            what,
            why: why.replace(char::is_control, " "),
        }
    }
}

struct Output {
    done: bool,
    text: String,
}
