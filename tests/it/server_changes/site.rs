//! A project with one cluster on a plane, in a namespace of its own.

use std::fmt::Write as _;

use crate::support::planes::{Plane, User};
use crate::support::project::{Folder, Ran};

/// A project with one cluster on a plane, whose layers are manifests.
pub struct Site {
    /// The plane.
    pub plane: &'static Plane,
    /// The project.
    pub folder: Folder,
    /// The namespace of its objects, which is there before.
    pub namespace: String,
}

impl Site {
    pub fn new(plane: &'static Plane) -> Self {
        let namespace = plane.namespace();
        plane
            .kubectl(&["create", "namespace", &namespace])
            .expect(0);
        let version = plane.kubectl(&["get", "--raw", "/version"]).expect(0);
        let version: serde_json::Value = serde_json::from_str(&version.stdout).expect("it is JSON");
        let version = version["gitVersion"].as_str().unwrap_or_default();
        let folder = Folder::new("{}");
        folder.put(
            "cluster.yaml",
            format!(
                "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: c0}}\nspec:\n  existing: {{kubernetesVersion: {}}}\n  \
                 profiles: [{{name: stuff}}]\n  target: {{kubernetes: {{kubeconfig: '{}'}}}}\n",
                version.trim_start_matches('v'),
                plane.kubeconfig(User::Admin).display()
            ),
        );
        Self {
            plane,
            folder,
            namespace,
        }
    }

    /// Gives it these layers, by name and manifests, in which `NAMESPACE` stands for its own.
    pub fn layers(&self, layers: &[(&str, &str)]) {
        let mut profile = String::from(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: stuff}\nspec:\n  type: add-on\n  layers:\n",
        );
        for (name, manifests) in layers {
            let _ = writeln!(
                profile,
                "    - {{name: {name}, category: system-app, manifests: [{{file: manifests/{name}.yaml}}]}}"
            );
            let manifests = manifests.replace("NAMESPACE", &self.namespace);
            self.folder
                .put(&format!("manifests/{name}.yaml"), manifests);
        }
        if layers.is_empty() {
            profile = profile.replace("layers:", "layers: []");
        }
        self.folder.put("profile.yaml", profile);
    }

    pub fn apply(&self, more: &[&str]) -> Ran {
        let apply = ["apply", "--auto-approve"];
        self.folder.run(&[&apply, more].concat())
    }

    /// A plan that has something to do and may be applied, as people see it.
    #[track_caller]
    pub fn plan(&self) -> String {
        self.folder
            .run(&["plan", "--detailed-exitcode"])
            .exits(2)
            .out
    }

    /// Nothing is left to do, and nothing has drifted.
    #[track_caller]
    pub fn is_settled(&self) {
        self.folder.is_settled();
        self.folder.run(&["drift"]).exits(0);
    }

    /// kubectl in the namespace.
    #[track_caller]
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        let all = [arguments, &["-n", &self.namespace]].concat();
        self.plane.kubectl(&all).expect(0).stdout
    }

    /// A field of an object; empty when either is not there.
    #[track_caller]
    pub fn field(&self, what: &str, path: &str) -> String {
        let path = format!("-o=jsonpath={path}");
        self.kubectl(&["get", what, "--ignore-not-found", &path])
    }

    #[track_caller]
    pub fn uid(&self, what: &str) -> String {
        self.field(what, "{.metadata.uid}")
    }

    /// A text without what differs from run to run.
    pub fn plain(&self, text: &str) -> String {
        let plain = |line: &str| match line.split_once("stratiform/") {
            Some((before, mark)) if !mark.starts_with("layer") => {
                let name = mark.split(':').next().unwrap_or_default();
                format!("{before}stratiform/{name}: UID")
            }
            _ => line.replace(&self.namespace, "NAMESPACE"),
        };
        let lines: Vec<String> = text.lines().map(plain).collect();
        lines.join("\n")
    }
}
