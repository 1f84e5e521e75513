//! Projects whose clusters are contexts of a kubeconfig.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

/// A project in a temporary folder.
pub struct Project(TempDir);

impl Project {
    /// A project without clusters.
    pub fn new() -> Self {
        let project = Self(TempDir::new().unwrap());
        project.put(
            "stratiform.yaml",
            "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: bench}\nspec: {documents: [docs]}\n",
        );
        project
    }

    /// Writes a file.
    pub fn put(&self, path: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A profile with one layer for each of these texts, each of which needs the one before.
    pub fn profile(&self, layers: &[(&str, &str)]) {
        let mut profile = "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: bench}\nspec:\n  type: add-on\n  \
                           variables: [{name: cluster, format: string}]\n  layers:\n"
            .to_owned();
        let mut before = String::new();
        for (name, text) in layers {
            self.put(&format!("manifests/{name}.yaml"), text);
            profile += &format!(
                "    - {{name: {name}, category: system-app, manifests: [{{file: manifests/{name}.yaml}}]{before}}}\n"
            );
            before = format!(", dependsOn: [{name}]");
        }
        self.put("docs/profile.yaml", &profile);
    }

    /// A cluster that is a context of a kubeconfig.
    pub fn cluster(&self, name: &str, kubeconfig: &Path, context: &str) {
        self.put(
            &format!("docs/{name}.yaml"),
            &format!(
                "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec:\n  cloud: custom\n  \
                 existing: {{kubernetesVersion: 1.37.2}}\n  profiles: [{{name: bench}}]\n  variables: {{cluster: {name}}}\n  \
                 target: {{kubernetes: {{kubeconfig: {}, context: {context}}}}}\n",
                kubeconfig.display()
            ),
        );
    }

    /// Runs the program; how many seconds it took.
    pub fn run(&self, arguments: &[&str]) -> f64 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stratiform"));
        command.arg("-C").arg(self.0.path()).args(arguments);
        seconds(&mut command)
    }
}

/// How many seconds a program took from start to end; it must do its work.
pub fn seconds(command: &mut Command) -> f64 {
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert!(
        output.status.success(),
        "{command:?} fails:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    seconds
}

/// The middle one.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
