//! A folder for one test, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Output;

/// A folder for one test, gone with its end.
pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// An empty folder.
    pub fn empty() -> Self {
        let folder = TempDir::with_prefix("stratiform-").expect("a temporary folder can be made");
        fs::create_dir(folder.path().join("home")).expect("a folder can be made");
        Self { folder }
    }

    /// A copy of `examples/` as git has it: without what runs of the program have left there.
    pub fn examples() -> Self {
        let sandbox = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let is_left_behind = |path: &Path| {
            let project = path
                .parent()
                .is_some_and(|at| at.join("stratiform.yaml").is_file());
            let name = path.file_name().unwrap_or_default();
            project && (name == "rendered" || name == "state" || path.is_symlink())
        };
        copy(&from, &sandbox.root().join("examples"), &is_left_behind);
        sandbox
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root().join(path)
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Writes a file, with the folders above it.
    #[track_caller]
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("a folder can be made");
        }
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Replaces a text that stands in a file exactly once.
    #[track_caller]
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        let times = text.matches(from).count();
        assert_eq!(times, 1, "`{from}` in {path}:\n{text}");
        self.write(path, &text.replace(from, to));
    }

    /// Removes a file that is there.
    #[track_caller]
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// All files below a folder, relative to it and sorted; none when it is not there.
    pub fn files(&self, below: &str) -> Vec<String> {
        let start = self.path(below);
        let mut found = Vec::new();
        let mut folders = vec![start.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(path) = path.strip_prefix(&start) {
                    found.push(path.to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// The program in a folder of the sandbox, with nothing of the machine's environment but `PATH`.
    pub fn command(&self, project: &str, arguments: &[&str]) -> Command {
        let mut command = self.bare(Path::new(env!("CARGO_BIN_EXE_stratiform")));
        command.arg("-C").arg(project).args(arguments);
        command
    }

    /// Another program in the same surroundings, which finds ours on its `PATH`.
    pub fn bare(&self, program: &Path) -> Command {
        let ours = Path::new(env!("CARGO_BIN_EXE_stratiform"));
        let there = std::env::var_os("PATH").unwrap_or_default();
        let folders = ours.parent().map(Path::to_owned).into_iter();
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&there)))
            .expect("the folders of PATH have no colons");
        let mut command = Command::new(program);
        command
            .current_dir(self.root())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("USER", "tester")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program in a folder of the sandbox, and waits for its end.
    #[track_caller]
    pub fn run(&self, project: &str, arguments: &[&str]) -> Output {
        Output::of(&mut self.command(project, arguments))
    }

    /// Settings for snapshots: what differs from run to run is replaced by a word for it.
    pub fn settings(&self) -> insta::Settings {
        let mut settings = insta::Settings::clone_current();
        let canonical = self.root().canonicalize().expect("the folder is there");
        for root in [canonical.as_path(), self.root()] {
            settings.add_filter(&regex::escape(&root.to_string_lossy()), "[ROOT]");
        }
        for (pattern, word) in [
            (
                r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
                "[UUID]",
            ),
            (
                r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| UTC|[+-]\d\d:?\d\d)?",
                "[TIME]",
            ),
            (r"\b\d+(\.\d+)? ?(ns|µs|ms|s)\b", "[DURATION]"),
            (r"\b(pid|process) \d+", "$1 [PID]"),
        ] {
            settings.add_filter(pattern, word);
        }
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
    }
}

/// Copies a folder with everything below it, but for what is left out.
fn copy(from: &Path, to: &Path, leave_out: &dyn Fn(&Path) -> bool) {
    fs::create_dir_all(to).expect("a folder can be made");
    let entries = fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        let target = to.join(path.file_name().unwrap_or_default());
        if leave_out(&path) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &target, leave_out);
        } else {
            fs::copy(&path, &target).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}
