//! The ways to a server that few tests take: through proxies, with tokens of an OIDC provider, and from inside of a pod.

mod inside;
mod oidc;
mod proxies;
mod tunnels;

use std::path::Path;

use crate::support::planes::Plane;
use crate::support::project::Folder;

/// A project with a ConfigMap on one cluster, whose target is `kubernetes: TARGET`.
fn project(plane: &Plane, target: &str) -> Folder {
    let folder = Folder::new("{}");
    let namespace = plane.namespace();
    folder.put(
        "site.yaml",
        format!(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: stuff}}\nspec:\n  type: add-on\n  layers:\n    \
             - {{name: maps, category: system-app, namespace: {namespace}, manifests: [{{file: map.yaml}}]}}\n---\n\
             apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: c0}}\nspec:\n  existing: {{kubernetesVersion: 1.33.1}}\n  \
             profiles: [{{name: stuff}}]\n  target: {{kubernetes: {target}}}\n"
        ),
    );
    folder.put(
        "map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {a: b}\n",
    );
    folder
}

/// The target that a kubeconfig is for.
fn kubeconfig(path: &Path) -> String {
    format!("{{kubeconfig: '{}'}}", path.display())
}

/// Whether a text stands in clear in what was said, or in the state of a project.
fn leaks(folder: &Folder, said: &str, secret: &str) -> bool {
    said.contains(secret) || folder.kept().contains(secret)
}
