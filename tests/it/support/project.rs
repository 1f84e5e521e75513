//! Projects in temporary folders, and a generator of them: clusters that somebody else made, layers of manifests, values.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use stratiform::model::Digest;
use stratiform::state::{Mode, Snapshot, SqliteStore, Store};
use tempfile::TempDir;

/// What a run of the program came to.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; nothing when it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// What came out of a process.
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// The run, which must have ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "exit code\n--- out\n{}--- err\n{}",
            self.out,
            self.err
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in\n{}\n{}", self.out, self.err))
    }

    /// Both outputs.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// A project in a temporary folder.
#[derive(Debug)]
pub struct Folder {
    _holder: TempDir,
    root: PathBuf,
}

impl Folder {
    /// A project without documents but its own. `spec` stands under `spec:`, as YAML in one line.
    pub fn new(spec: &str) -> Self {
        let holder = tempfile::tempdir().expect("a temporary folder");
        // Messages show the folder as the system knows it.
        let root = holder.path().canonicalize().expect("the folder is there");
        let folder = Self {
            _holder: holder,
            root,
        };
        folder.project(spec);
        folder
    }

    /// Writes the project's own document.
    pub fn project(&self, spec: &str) {
        self.put(
            "stratiform.yaml",
            format!("apiVersion: stratiform/v1\nkind: Project\nmetadata: {{name: trial}}\nspec: {spec}\n"),
        );
    }

    /// The project's root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path in it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The state file.
    pub fn state(&self) -> PathBuf {
        self.path("state/stratiform.db")
    }

    /// Writes a file, and the folders above it.
    pub fn put(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        let folder = path.parent().expect("a file is in a folder");
        std::fs::create_dir_all(folder).expect("folders can be made");
        std::fs::write(&path, content).expect("files can be written");
        path
    }

    /// The text of a file.
    #[track_caller]
    pub fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path))
            .unwrap_or_else(|error| panic!("{path}: {error}; there are {:#?}", self.files("")))
    }

    /// Replaces a piece of a file's text.
    #[track_caller]
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
        self.put(path, text.replace(from, to));
    }

    /// All files below a folder, as paths relative to it, in order.
    pub fn files(&self, below: &str) -> Vec<String> {
        let top = self.path(below);
        let mut found = Vec::new();
        let mut folders = vec![top.clone()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let entry = entry.expect("folders can be read");
                if entry.file_type().expect("a file has a type").is_dir() {
                    folders.push(entry.path());
                } else {
                    let path = entry.path();
                    let path = path.strip_prefix(&top).expect("it is below");
                    found.push(path.to_str().expect("names are UTF-8").to_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// All files below a folder with their bytes; a link's are the path that it leads to.
    pub fn bytes(&self, below: &str) -> BTreeMap<String, Vec<u8>> {
        let read = |path: String| {
            let full = self.path(below).join(&path);
            let bytes = match std::fs::read_link(&full) {
                Ok(link) => link.into_os_string().into_encoded_bytes(),
                Err(_) => std::fs::read(&full).expect("files can be read"),
            };
            (path, bytes)
        };
        self.files(below).into_iter().map(read).collect()
    }

    /// The program, in an environment of its own, for this project.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stratiform"));
        command
            .env_clear()
            .env("USER", "tester")
            .env("HOME", &self.root)
            .env("PATH", "/usr/bin:/bin")
            .env("COLUMNS", "100")
            .current_dir(&self.root)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(&[], arguments)
    }

    /// Runs the program with more in its environment.
    pub fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        Ran::of(command.output().expect("the program starts"))
    }

    /// `apply` without questions, which must succeed.
    #[track_caller]
    pub fn apply(&self) -> Ran {
        self.run(&["apply", "--auto-approve"]).exits(0)
    }

    /// Whether there is nothing to do; `plan --detailed-exitcode` must say so.
    #[track_caller]
    pub fn is_settled(&self) {
        self.run(&["plan", "--refresh", "all", "--detailed-exitcode"])
            .exits(0);
    }

    /// What the state knows.
    pub fn snapshot(&self) -> Snapshot {
        let mut store = SqliteStore::open(&self.state(), Mode::Read).expect("the state opens");
        store.snapshot().expect("the state can be read")
    }

    /// All that stands in the folder of the state: its files as they are, and the texts in the state, which it keeps
    /// compressed.
    pub fn kept(&self) -> String {
        let files = self.bytes("state").into_values().flatten();
        let mut kept = String::from_utf8_lossy(&files.collect::<Vec<u8>>()).into_owned();
        if !self.state().exists() {
            return kept;
        }
        let connection = rusqlite::Connection::open(self.state()).expect("SQLite opens it");
        let mut blobs = connection
            .prepare("SELECT digest FROM blobs")
            .expect("there are blobs");
        let blobs = blobs.query_map([], |row| row.get::<_, [u8; 32]>(0));
        let mut store = SqliteStore::open(&self.state(), Mode::Read).expect("the state opens");
        for digest in blobs.expect("they can be listed") {
            let digest = Digest::from_bytes(digest.expect("each has a digest"));
            kept += &store.blob(&digest).expect("what is listed is there");
        }
        kept
    }

    /// Writes a generated project.
    pub fn generate(&self, fleet: &Fleet) {
        self.project(&fleet.project());
        self.put("fleet.yaml", fleet.documents());
    }
}

/// A layer of ConfigMaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// The layers that it needs.
    pub needs: Vec<String>,
    /// Its ConfigMaps, each with a value.
    pub objects: BTreeMap<String, u32>,
    /// Where they go; `default` when left out.
    pub namespace: Option<String>,
}

impl Layer {
    /// A layer of `objects` ConfigMaps that are called after it.
    pub fn new(name: &str, needs: &[&str], objects: u32) -> Self {
        Self {
            name: name.to_owned(),
            needs: needs.iter().map(|name| (*name).to_owned()).collect(),
            objects: (0..objects)
                .map(|at| (format!("{name}-{at}"), at))
                .collect(),
            namespace: None,
        }
    }
}

/// Many clusters with the same layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// The clusters.
    pub clusters: Vec<String>,
    /// The layers of the one profile that all of them have.
    pub layers: Vec<Layer>,
    /// Layers that had other names.
    pub moved_layers: Vec<(String, String)>,
    /// Clusters that had other names, and keep their folders.
    pub moved_clusters: Vec<(String, String)>,
    /// Whether objects go with their cluster's document.
    pub delete: bool,
}

impl Fleet {
    /// So many clusters, called `c0`, `c1` ...
    pub fn new(clusters: usize, layers: &[Layer]) -> Self {
        Self {
            clusters: (0..clusters).map(|at| format!("c{at}")).collect(),
            layers: layers.to_vec(),
            ..Self::default()
        }
    }

    /// The layer of a name.
    pub fn layer(&mut self, name: &str) -> &mut Layer {
        let found = self.layers.iter_mut().find(|layer| layer.name == name);
        found.expect("there is such a layer")
    }

    fn project(&self) -> String {
        format!(
            "{{moved: [{}], deleteLimit: 100000}}",
            moves(&self.moved_clusters)
        )
    }

    /// Its profile and its group.
    pub fn documents(&self) -> String {
        let mut text = String::from(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: stuff}\nspec:\n  type: add-on\n",
        );
        let _ = writeln!(text, "  moved: [{}]\n  layers:", moves(&self.moved_layers));
        for layer in &self.layers {
            let objects: Vec<String> = layer
                .objects
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            let _ = write!(
                text,
                "    - name: {}\n      category: system-app\n      dependsOn: [{}]\n",
                layer.name,
                layer.needs.join(", ")
            );
            if let Some(namespace) = &layer.namespace {
                let _ = writeln!(text, "      namespace: {namespace}");
            }
            let _ = writeln!(
                text,
                "      values: {{objects: {{{}}}, cluster: \"{{{{ .spectro.system.cluster.uid }}}}\"}}",
                objects.join(", ")
            );
            text.push_str(TEMPLATE);
        }
        let clusters: Vec<String> = self
            .clusters
            .iter()
            .map(|name| {
                let folder = self.folder(name);
                format!(
                    "    - {{name: {name}, target: {{directory: {{path: \"out/{folder}\"}}}}}}\n"
                )
            })
            .collect();
        let _ = write!(
            text,
            "---\napiVersion: stratiform/v1\nkind: ClusterGroup\nmetadata: {{name: fleet}}\nspec:\n  template:\n    \
             existing: {{kubernetesVersion: 1.33.1}}\n    profiles: [{{name: stuff}}]\n    deletion: {}\n  clusters:\n{}",
            if self.delete { "delete" } else { "forget" },
            clusters.concat()
        );
        if self.clusters.is_empty() {
            let end = text.find("---\napiVersion: stratiform/v1\nkind: ClusterGroup");
            text.truncate(end.expect("the group stands there"));
        }
        text
    }

    /// The folder of a cluster: that of its first name.
    fn folder<'a>(&'a self, cluster: &'a str) -> &'a str {
        let old = self.moved_clusters.iter().find(|(_, to)| to == cluster);
        old.map_or(cluster, |(from, _)| from)
    }
}

const TEMPLATE: &str = r#"      manifests:
        - name: maps
          inline: |
            {{- range $name, $value := .Values.objects }}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: {{ $name }}}
            data: {value: "{{ $value }}", cluster: "{{ $.Values.cluster }}"}
            {{- end }}
"#;

fn moves(moves: &[(String, String)]) -> String {
    let all: Vec<String> = moves
        .iter()
        .map(|(from, to)| format!("{{from: {from}, to: {to}}}"))
        .collect();
    all.join(", ")
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice with a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).expect("it is an index")]
    }

    /// Whether something happens that happens in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}
