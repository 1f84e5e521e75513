//! The real helm, and our program run the same way beside it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Sandbox;
use super::skip::skipped;

/// The real helm program.
#[derive(Clone, Debug)]
pub struct Helm {
    program: PathBuf,
}

impl Helm {
    /// Helm where `tests/helm/fetch` puts it. Without it a test has nothing to compare with: it says so and is skipped, but
    /// where skips are not wanted it fails.
    #[track_caller]
    pub fn find() -> Option<Self> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
        let program = target.map(|target| target.join("helm/helm"));
        let found = program.filter(|program| program.is_file());
        if found.is_none() {
            skipped("target/helm/helm is not there; `tests/helm/fetch` brings it");
        }
        found.map(|program| Self { program })
    }

    /// Any of its commands, in the surroundings of a sandbox.
    pub fn command(&self, sandbox: &Sandbox, arguments: &[&str]) -> Command {
        let mut command = sandbox.bare(&self.program);
        command.args(arguments);
        command
    }

    /// `helm template`.
    pub fn template(&self, sandbox: &Sandbox, render: &Render) -> Bytes {
        let mut command = sandbox.bare(&self.program);
        command.arg("template").arg(render.release());
        command.arg(&render.chart).args(&render.flags);
        Bytes::of(&mut command)
    }
}

/// Our `render`.
pub fn ours(sandbox: &Sandbox, render: &Render) -> Bytes {
    let mut command = sandbox.bare(Path::new(env!("CARGO_BIN_EXE_stratiform")));
    command.args(["render", "--release", render.release()]);
    command.arg("--chart").arg(&render.chart);
    command.args(&render.flags);
    Bytes::of(&mut command)
}

/// What is rendered. The flags are those which both programs know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Render {
    /// A folder or an archive.
    pub chart: PathBuf,
    /// `--values FILE`, `--set K=V`, `--namespace NS`, `--kube-version V`, `--api-versions A`, `--include-crds`,
    /// `--no-hooks`.
    pub flags: Vec<String>,
    /// The name of the release; `trial` when left out.
    pub release: Option<String>,
}

impl Render {
    fn release(&self) -> &str {
        self.release.as_deref().unwrap_or("trial")
    }
}

/// What a renderer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// What it rendered; nothing when it refused.
    pub rendered: Option<Vec<u8>>,
    /// What it wrote to standard error.
    pub told: String,
}

impl Bytes {
    #[track_caller]
    fn of(command: &mut Command) -> Self {
        let output = command
            .stdin(Stdio::null())
            .output()
            .expect("the program can be started");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        // A panic is no refusal, and neither is a signal.
        assert!(
            output.status.code().is_some() && !told.contains("panicked at"),
            "{command:?} ended with {}:\n{told}",
            output.status
        );
        Self {
            rendered: output.status.success().then_some(output.stdout),
            told,
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rendered {
            Some(_) => out.write_str("rendered"),
            None => write!(out, "refused: {}", self.told.trim()),
        }
    }
}
