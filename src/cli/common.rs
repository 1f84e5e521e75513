//! What commands share: common arguments, opening projects, writing files.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::Args;
use tokio::runtime::{Builder, Runtime};

use crate::config::documents;
use crate::diag::Sources;
use crate::engine::{EngineError, LoadedProject, Selection, Session, Workspace, load_project};
use crate::model::{Registry, RegistryName};
use crate::registry::{Outside, Supplier, Supply, builtin};
use crate::render::template::Limits;
use crate::ui::Fetches;

use super::failure::Failure;
use super::output::Output;

/// What every command is given.
#[derive(Debug)]
pub struct Invocation {
    /// The folder that was named with `-C`, or the working folder.
    pub folder: PathBuf,
    /// Whether the result is JSON.
    pub json: bool,
    /// Whether the network is left alone.
    pub offline: bool,
    /// Whether the lock file stays as it is.
    pub locked: bool,
    /// Where it is written.
    pub output: Output,
    /// The texts that diagnostics point to.
    pub sources: Arc<Sources>,
}

impl Invocation {
    /// An engine's error as a failure.
    pub fn failed(&self, error: EngineError) -> Failure {
        Failure::engine(error, &self.sources)
    }

    /// The documents of the project.
    ///
    /// # Errors
    /// When there is no project.
    pub fn project(&self) -> Result<LoadedProject, Failure> {
        load_project(&self.folder, Arc::clone(&self.sources)).map_err(|error| self.failed(error))
    }

    /// The documents of the project, if the folder lies in one.
    ///
    /// # Errors
    /// When something in them is wrong.
    pub fn project_if_any(&self) -> Result<Option<LoadedProject>, Failure> {
        if !documents::in_project(&self.folder) {
            return Ok(None);
        }
        let project = self.project()?.checked();
        project.map(Some).map_err(|error| self.failed(error))
    }

    /// The project with everything that its documents come to; what is odd about it is told.
    ///
    /// # Errors
    /// When something in it is wrong.
    pub fn workspace(&self, project: LoadedProject) -> Result<Arc<Workspace>, Failure> {
        let workspace = self.supplied(&project.documents.root.clone(), |supply| {
            Workspace::open(project, supply).map_err(|error| self.failed(error))
        })?;
        self.output.diagnostics(&workspace.warnings, &self.sources);
        Ok(Arc::new(workspace))
    }

    /// Does something that needs packs and charts, which may have to be fetched; that is shown.
    ///
    /// # Errors
    /// What `work` says, or when there is no cache.
    pub fn supplied<T>(
        &self,
        root: &Path,
        work: impl FnOnce(Supply<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.supplied_by(&Outside::new(root, self.offline), work)
    }

    /// The same with another way to the world outside.
    ///
    /// # Errors
    /// What `work` says.
    pub fn supplied_by<T>(
        &self,
        supplier: &dyn Supplier,
        work: impl FnOnce(Supply<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let shown = Fetches::new(self.output.bars, self.output.width);
        work(Supply {
            supplier,
            locked: self.locked,
            watch: &|event| shown.event(event),
        })
    }

    /// The lock of the project's state.
    ///
    /// # Errors
    /// When somebody else holds it.
    pub fn lock(
        &self,
        project: &LoadedProject,
        command: &str,
        locking: &Locking,
    ) -> Result<Session, Failure> {
        Session::begin(project, command, locking.lock_timeout).map_err(|error| self.failed(error))
    }
}

/// The root and the registries of a project; where there is none, the working folder and no registry.
pub fn own_registries(project: Option<&LoadedProject>) -> (&Path, &[Registry]) {
    project.map_or((Path::new("."), &[]), |project| {
        (&project.documents.root, &project.documents.registries)
    })
}

/// The registry of a name, among those of a project and those that are built in.
///
/// # Errors
/// When there is none.
pub fn registry_named(
    name: &str,
    own: &[Registry],
    invocation: &Invocation,
) -> Result<RegistryName, Failure> {
    let built_in = builtin(&invocation.sources);
    let mut all = own.iter().chain(&built_in);
    let found = all.find(|registry| registry.name.as_str() == name);
    found.map(|registry| registry.name.clone()).ok_or_else(|| {
        Failure::new(format!("the project has no registry `{name}`"))
            .help("`stratiform registry list` says what there is")
    })
}

/// Which clusters and layers a command is about.
#[derive(Args, Clone, Debug, Default)]
pub struct Selecting {
    /// Only these clusters, by name or glob
    #[arg(long = "cluster", value_name = "NAME|GLOB")]
    clusters: Vec<String>,
    /// Only clusters with these labels
    #[arg(long = "selector", short = 'l', value_name = "K=V")]
    selectors: Vec<String>,
    /// Only these layers
    #[arg(long = "layer", value_name = "NAME")]
    layers: Vec<String>,
}

impl Selecting {
    /// The selection.
    ///
    /// # Errors
    /// When a pattern or label is not one.
    pub fn selection(&self, invocation: &Invocation) -> Result<Selection, Failure> {
        Selection::new(&self.clusters, &self.selectors, &self.layers)
            .map_err(|error| invocation.failed(error))
    }
}

/// How long a command waits for the state.
#[derive(Args, Clone, Debug, Default)]
pub struct Locking {
    /// Wait so long for whoever holds the state's lock, such as 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = crate::model::duration)]
    lock_timeout: Option<Duration>,
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the system lets.
    All,
    /// The user alone: it holds secrets.
    Owner,
}

/// Writes a file whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write_whole(path: &Path, text: &str, readers: Readers) -> Result<(), Failure> {
    let cannot =
        |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", path.display()));
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = path
        .file_name()
        .ok_or_else(|| Failure::new(format!("{} is not a file's name", path.display())))?;
    let temporary = folder.join(format!(
        ".{}.{}.tmp",
        name.to_string_lossy(),
        std::process::id()
    ));
    let mode = match readers {
        Readers::All => 0o666,
        Readers::Owner => 0o600,
    };
    let write = || {
        // Left over from a process that had the number before, it may have other rights.
        let _ = std::fs::remove_file(&temporary);
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        // What could not be finished is of no use to anybody.
        let _ = std::fs::remove_file(&temporary);
        cannot(error)
    })
}

/// The stack of every thread that renders, in bytes. Charts may nest a thousand templates in each other; only what is
/// used of it is ever taken.
pub const STACK: usize = Limits::DEEP_STACK;

/// The runtime of the commands that touch targets. It is one and the same for all steps of a command, so that what is
/// connected to a server stays so.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> Result<&'static Runtime, Failure> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let made = Builder::new_multi_thread()
        .thread_stack_size(STACK)
        .enable_all()
        .build()?;
    Ok(RUNTIME.get_or_init(|| made))
}
