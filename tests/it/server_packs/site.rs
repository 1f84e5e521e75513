//! A project of one cluster on a plane, whose layers are real packs.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;

use super::shelf::{CLUSTER, RealPack, Shelf, VERSION};
use super::trial::TIMEOUT;
use crate::support::planes::{Plane, User};
use crate::support::project::{Folder, Ran};

/// The core layers that no pack of the trial is for.
const CORE: [&str; 4] = ["os", "k8s", "cni", "csi"];

/// A pack as a layer.
#[derive(Clone, Copy)]
pub struct Layer<'a> {
    /// The pack.
    pub pack: &'a RealPack,
    /// The presets that are chosen.
    pub presets: &'a [&'a str],
    /// Whether its objects are waited for.
    pub wait: bool,
}

/// The project.
pub struct Site {
    folder: Folder,
    kubeconfig: String,
}

impl Site {
    /// A project without layers for a plane.
    pub fn new(shelf: &Shelf, plane: &Plane) -> Self {
        let folder = Folder::new("{deleteLimit: 100000}");
        symlink(&shelf.folder, folder.path("packs")).expect("links can be made");
        folder.put(
            "registries.yaml",
            "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: community}\nspec: {directory: {path: packs}}\n\
             ---\napiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: core}\nspec: {directory: {path: core}}\n",
        );
        // The version of Kubernetes, and nothing more.
        folder.put(
            "core/kubernetes/pack.json",
            format!(
                r#"{{"name": "kubernetes", "displayName": "Kubernetes", "version": "{VERSION}", "layer": "k8s", "cloudTypes": ["all"], "kubeManifests": ["none.yaml"]}}"#
            ),
        );
        folder.put("core/kubernetes/none.yaml", "# nothing\n");
        folder.put(
            "core/kubernetes/values.yaml",
            "pack: {namespace: default}\n",
        );
        let kubeconfig = plane.kubeconfig(User::Admin).display().to_string();
        Self { folder, kubeconfig }
    }

    /// Writes its profile and its cluster anew.
    pub fn has(&self, layers: &[Layer<'_>]) {
        let mut text = String::from(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: stuff}\nspec:\n  type: full\n  cloud: all\n  \
             variables: [{name: NGC_API_KEY, format: string, default: key}]\n  layers:\n",
        );
        for core in CORE {
            let own = layers
                .iter()
                .find(|layer| layer.pack.pack.category.as_str() == core);
            match own {
                Some(layer) => put_layer(&mut text, layer),
                None if core == "k8s" => {
                    let _ = writeln!(
                        text,
                        "    - {{name: k8s, category: k8s, pack: {{registry: core, name: kubernetes, version: {VERSION}}}}}"
                    );
                }
                None => {
                    let _ = writeln!(
                        text,
                        "    - {{name: {core}, category: {core}, manifests: [{{name: none, inline: '# nothing'}}]}}"
                    );
                }
            }
        }
        for layer in layers {
            if !layer.pack.pack.category.is_core() {
                put_layer(&mut text, layer);
            }
        }
        let _ = write!(
            text,
            "---\napiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: {CLUSTER}}}\nspec:\n  cloud: all\n  profiles: [{{name: stuff}}]\n  \
             nodePools: [{{name: all, role: control-plane, count: 3, cpu: 64, memory: 256Gi, disk: 2000Gi}}]\n  \
             target: {{kubernetes: {{kubeconfig: '{}'}}}}\n",
            self.kubeconfig
        );
        self.folder.put("site.yaml", text);
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.folder.run(arguments)
    }

    /// What is wrong when there is something to do, or drift.
    pub fn unsettled(&self) -> Vec<String> {
        let runs: [&[&str]; 2] = [
            &["plan", "--refresh", "all", "--detailed-exitcode"],
            &["drift"],
        ];
        let ran = runs
            .iter()
            .map(|arguments| (arguments, self.run(arguments)));
        ran.filter(|(_, ran)| ran.code != Some(0))
            .map(|(arguments, ran)| format!("{}: {}", arguments[0], ran.all()))
            .collect()
    }
}

fn put_layer(text: &mut String, layer: &Layer<'_>) {
    let pack = &layer.pack.pack;
    let presets: Vec<String> = layer
        .presets
        .iter()
        .map(|name| format!("'{name}'"))
        .collect();
    let _ = writeln!(
        text,
        "    - name: {name}\n      category: {category}\n      pack: {{registry: community, name: {name}, version: {version}}}\n      \
         presets: [{presets}]\n      values: {values}\n      timeout: {TIMEOUT}\n      wait: {wait}",
        name = pack.name,
        category = pack.category.as_str(),
        version = pack.version,
        presets = presets.join(", "),
        values = layer.pack.user_values(),
        wait = layer.wait,
    );
}
