//! The real packs, and what Helm installs in place of one.

use std::path::{Path, PathBuf};

use regex::{Captures, Regex};
use stratiform::diag::Sources;
use stratiform::model::{DependencyKind, Pack};
use stratiform::registry;
use stratiform::yaml::{Value, parse_first, to_json};

use crate::support::skip::told;

/// What macros read as the cluster's name.
pub const CLUSTER: &str = "berlin";

/// What macros read as the version of Kubernetes.
pub const VERSION: &str = "1.33.4";

/// Values that packs leave to their users, by the names of packs.
const USER_VALUES: [(&str, &str); 5] = [
    (
        "external-snapshotter",
        r#"{"manifests": {"vsclass": {"driver": "ebs.csi.aws.com"}}}"#,
    ),
    (
        "falcon-sensor",
        r#"{"manifests": {"install-falcon": {"agentPackageUrl": "https://example.com/falcon.rpm", "customerId": "c1d"}}}"#,
    ),
    // In Base64.
    (
        "hello-universe",
        r#"{"manifests": {"hello-universe": {"dbPassword": "cGFzc3dvcmQ=", "authToken": "dG9rZW4="}}}"#,
    ),
    ("karpenter", r#"{"awsAccountNumber": "123456789012"}"#),
    (
        "splunk",
        r#"{"charts": {"splunk-connect-for-kubernetes": {"global": {"splunk": {"hec": {"host": "splunk.example.com", "token": "t0ken"}}}}}}"#,
    ),
];

/// What one of them reads by a macro.
const ACCOUNT: &str = "123456789012";

/// A folder of packs.
pub struct Shelf {
    /// Where they are.
    pub folder: PathBuf,
}

impl Shelf {
    /// The folder that `STRATIFORM_PACKS` names. Not everybody has one, so that no test fails without.
    pub fn find() -> Option<Self> {
        let named = std::env::var_os("STRATIFORM_PACKS").map(PathBuf::from);
        let folder = named.and_then(|folder| folder.canonicalize().ok());
        if folder.is_none() {
            told("skipped: STRATIFORM_PACKS names no folder of packs");
        }
        folder.map(|folder| Self { folder })
    }

    /// The pack in a folder of this name.
    #[track_caller]
    pub fn pack(&self, name: &str) -> RealPack {
        let folder = self.folder.join(name);
        RealPack::read(&folder).unwrap_or_else(|| panic!("{} is no pack", folder.display()))
    }

    /// All that can be read, by name of the folder.
    pub fn packs(&self) -> Vec<RealPack> {
        let entries = std::fs::read_dir(&self.folder).expect("the folder can be read");
        let mut folders: Vec<PathBuf> = entries
            .map(|entry| entry.expect("the folder can be read").path())
            .collect();
        folders.sort();
        folders.iter().filter_map(|at| RealPack::read(at)).collect()
    }
}

/// One real pack.
pub struct RealPack {
    /// The name of its folder.
    pub name: String,
    /// What is in it.
    pub pack: Pack,
    folder: PathBuf,
    values: Value,
}

/// One release of Helm.
pub struct Release {
    /// Its name.
    pub name: String,
    /// A folder or an archive.
    pub chart: PathBuf,
    /// Where it goes.
    pub namespace: String,
    /// Files with values; later ones win.
    pub values: Vec<PathBuf>,
}

impl Release {
    /// A command of Helm about it.
    pub fn arguments(&self, command: &str) -> Vec<String> {
        let chart = self.chart.display().to_string();
        let mut arguments = vec![command.to_owned(), self.name.clone(), chart];
        arguments.extend(["--namespace".to_owned(), self.namespace.clone()]);
        for values in &self.values {
            arguments.extend(["--values".to_owned(), values.display().to_string()]);
        }
        arguments
    }
}

impl RealPack {
    fn read(folder: &Path) -> Option<Self> {
        let pack = registry::read(folder, folder, &Sources::default()).ok()?;
        let text = std::fs::read_to_string(folder.join("values.yaml")).unwrap_or_default();
        Some(Self {
            name: folder.file_name()?.to_str()?.to_owned(),
            pack,
            folder: folder.to_owned(),
            values: parse_first(&resolved(&text)).expect("values are YAML"),
        })
    }

    /// The names of the packs that must be there too.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let needed = self.pack.dependencies.iter();
        needed
            .filter(|needed| needed.kind == DependencyKind::Required)
            .map(|needed| &*needed.pack)
    }

    /// What the user says over its own values, as a map in JSON.
    pub fn user_values(&self) -> &'static str {
        let given = USER_VALUES
            .iter()
            .find(|(name, _)| **name == *self.pack.name);
        given.map_or("{}", |(_, values)| values)
    }

    /// What Helm installs for it, in order: its charts, and each manifest as a chart. Their files are written into a folder.
    pub fn releases(&self, into: &Path, presets: &[&str]) -> Vec<Release> {
        let folder = into.join(&self.name);
        std::fs::create_dir_all(&folder).expect("folders can be made");
        let charts = self.pack.charts.iter().map(|chart| {
            let archive = self.folder.join(&*chart.origin);
            let metadata = chart.files.iter().find(|file| &*file.path == "Chart.yaml");
            let metadata = metadata.and_then(|file| std::str::from_utf8(&file.data).ok());
            let metadata = parse_first(metadata.expect("a chart has metadata")).expect("YAML");
            let name = metadata.get("name").and_then(Value::as_str);
            let name = name.expect("a chart has a name");
            let release = self.at(&["pack", "releaseNameOverride", name]);
            let release = release.map_or_else(|| format!("{}-{name}", self.pack.name), text);
            (
                release,
                archive,
                self.files(&folder, "charts", name, presets),
            )
        });
        let manifests = self.pack.manifests.iter().map(|manifest| {
            let chart = folder.join(&*manifest.name);
            let put = |path: &str, text: &str| {
                let path = chart.join(path);
                std::fs::create_dir_all(path.parent().expect("it is in a folder"))
                    .and_then(|()| std::fs::write(path, text))
                    .expect("files can be written");
            };
            put(
                "Chart.yaml",
                "apiVersion: v2\nname: manifest\nversion: 1.0.0\n",
            );
            put("templates/manifest.yaml", &manifest.text);
            let values = self.files(&folder, "manifests", &manifest.name, presets);
            (manifest.name.to_string(), chart, values)
        });
        let namespace = self.at(&["pack", "namespace"]).map(text);
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        charts
            .chain(manifests)
            .map(|(name, chart, values)| Release {
                name,
                chart,
                namespace: namespace.clone(),
                values,
            })
            .collect()
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        let found = self.values.at(path.iter().copied());
        found.filter(|value| !value.is_null())
    }

    /// Files of the values of a chart or manifest: the pack's own, those of the chosen presets, and the user's.
    fn files(&self, folder: &Path, kind: &str, name: &str, presets: &[&str]) -> Vec<PathBuf> {
        let own = self.at(&[kind, name]).cloned();
        let mut values: Vec<Value> = own.into_iter().collect();
        for preset in &self.pack.presets {
            if presets.contains(&&*format!("{}:{}", preset.group, preset.name)) {
                let add = preset.add.to_value();
                values.extend(add.at([kind, name]).cloned());
            }
        }
        let user = parse_first(self.user_values()).expect("it is JSON");
        values.extend(user.at([kind, name]).cloned());
        let files = values
            .iter()
            .enumerate()
            .map(|(at, values)| written(folder, &format!("{kind}-{name}-{at}"), &to_json(values)));
        files.collect()
    }
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(format!("{name}.yaml"));
    std::fs::write(&path, text).expect("files can be written");
    path
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is a text").to_owned()
}

/// The text of values with what stands for the macros that real packs have in values of charts and manifests.
fn resolved(text: &str) -> String {
    let macros = Regex::new(r"\{\{\s*\.spectro\.([A-Za-z._]+)\s*\}\}").expect("it is a pattern");
    let value = |found: &Captures<'_>| match &found[1] {
        "system.cluster.name" => CLUSTER.to_owned(),
        "system.kubernetes.version" => VERSION.to_owned(),
        "var.NGC_API_KEY" => "key".to_owned(),
        "pack.karpenter.awsAccountNumber" => ACCOUNT.to_owned(),
        _ => found[0].to_owned(),
    };
    macros.replace_all(text, value).into_owned()
}
