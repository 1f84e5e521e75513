//! An exported profile into the files of a project.

mod chart;
mod layer;
mod manifests;
mod masked;
mod variable;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, Sources, join, nearest};
use crate::model::{LayerName, ProfileName, RegistryName};
use crate::yaml::{self, Map, Value};

use super::format::{Exported, OwnProfile};
use super::secret::Secret;

/// What an import needs beside the exported profile.
pub struct Given<'a> {
    /// The folder that the files go to, relative to the project's root; empty for the root itself.
    pub folder: &'a Path,
    /// Our registries by the names that Palette has for them.
    pub registries: &'a BTreeMap<String, RegistryName>,
    /// The registries that the project has.
    pub known: &'a [RegistryName],
    /// The category of a pack of a registry, where it can be told without asking anybody.
    pub category: &'a dyn Fn(&RegistryName, &str) -> Option<String>,
    /// Values of variables, and of what is masked, by name.
    pub values: &'a BTreeMap<String, Secret>,
    /// Keeps the texts that problems point to.
    pub sources: &'a Sources,
}

/// What an exported profile came to.
#[derive(Debug)]
pub struct Imported {
    /// The profile's name.
    pub name: ProfileName,
    /// The profile's version.
    pub version: semver::Version,
    /// How many layers it has.
    pub layers: usize,
    /// The files, the profile's document first. Their paths are relative to the project's root.
    pub files: Vec<ImportedFile>,
    /// The sensitive values. They stand in none of the files.
    pub wanted: Vec<Wanted>,
    /// What is not quite as it was, and what is to be done.
    pub notes: Vec<String>,
}

/// A file of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFile {
    /// Where it goes, relative to the project's root.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

/// A sensitive value, which clusters give to a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The variable.
    pub variable: String,
    /// What it is.
    pub about: String,
    /// The value, once it is known.
    pub value: Option<Secret>,
    /// The file that it goes to, relative to the project's root.
    pub file: PathBuf,
}

/// Turns an exported profile into the files of a project.
///
/// # Errors
/// Everything that has no counterpart here.
pub fn import(exported: &Exported, given: &Given<'_>) -> Result<Imported, Vec<Diagnostic>> {
    let mut draft = Draft::new(exported, given);
    let name = ProfileName::new(name_of(&exported.metadata.name));
    let version = version(&exported.spec.version);
    if name.is_err() {
        let text = &exported.metadata.name;
        draft.problem(format!("`{text}` cannot be the name of a profile"));
    }
    if version.is_none() {
        let text = &exported.spec.version;
        draft.problem(format!("`{text}` is not a semantic version"));
    }
    let kind = draft.kind(&exported.spec.template.kind);
    let mut variables: Vec<Value> = exported
        .spec
        .variables
        .iter()
        .map(|entry| draft.variable(entry))
        .collect();
    let layers = draft.layers(&exported.spec.template.packs);
    variables.append(&mut draft.variables);
    draft.unknown_values(exported);
    draft.notes_on_registries();
    draft.notes_on_names(exported, name.as_ref().ok());
    let (Ok(name), Some(version), Some(kind)) = (name, version, kind) else {
        return Err(draft.problems);
    };
    if !draft.problems.is_empty() {
        return Err(draft.problems);
    }
    let kind = draft.kind_with_manifests(kind);
    let count = layers.len();
    let document = document(exported, (&name, &version), kind, variables, layers);
    let mut files = vec![ImportedFile {
        path: given.folder.join(format!("profiles/{name}-{version}.yaml")),
        text: document,
    }];
    files.append(&mut draft.files);
    Ok(Imported {
        name,
        version,
        layers: count,
        files,
        wanted: draft.wanted,
        notes: draft.notes,
    })
}

/// An import in the making.
struct Draft<'a> {
    given: &'a Given<'a>,
    /// The name and version of the profile, for names of folders.
    base: String,
    files: Vec<ImportedFile>,
    wanted: Vec<Wanted>,
    notes: Vec<String>,
    problems: Vec<Diagnostic>,
    /// Variables that stand for masked values of layers.
    variables: Vec<Value>,
    variable_names: BTreeSet<String>,
    layer_names: BTreeSet<String>,
    /// Registries that the project does not have: Palette's name and kind by ours.
    missing: BTreeMap<String, (String, String)>,
    /// Layers whose category nobody told.
    uncategorized: Vec<String>,
    /// Layers with manifests beside their pack.
    attached: Vec<String>,
}

impl<'a> Draft<'a> {
    fn new(exported: &Exported, given: &'a Given<'a>) -> Self {
        let version = version(&exported.spec.version);
        let version = version.map_or_else(String::new, |version| format!("-{version}"));
        let names = exported.spec.variables.iter();
        Self {
            given,
            base: format!("{}{version}", name_of(&exported.metadata.name)),
            files: Vec::new(),
            wanted: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
            variables: Vec::new(),
            variable_names: names.map(|variable| variable.name.clone()).collect(),
            layer_names: BTreeSet::new(),
            missing: BTreeMap::new(),
            uncategorized: Vec::new(),
            attached: Vec::new(),
        }
    }

    fn problem(&mut self, summary: String) {
        self.problems.push(Diagnostic::error(summary));
    }

    /// A folder or file of this import, below one of the project's folders.
    fn path(&self, folder: &str, rest: &str) -> PathBuf {
        let base = &self.base;
        self.given.folder.join(format!("{folder}/{base}/{rest}"))
    }

    fn file(&mut self, path: &Path, text: impl Into<String>) -> Value {
        self.files.push(ImportedFile {
            path: path.to_owned(),
            text: text.into(),
        });
        Value::from(path.to_string_lossy().into_owned())
    }

    fn want(&mut self, variable: &str, about: String, known: Option<&str>) {
        let given = self.given.values.get(variable).cloned();
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let file: String = variable
            .chars()
            .map(|c| if fine(c) { c } else { '_' })
            .collect();
        self.wanted.push(Wanted {
            variable: variable.to_owned(),
            about,
            value: given.or_else(|| known.map(Secret::new)),
            file: self.path("secrets", &file),
        });
    }

    fn kind(&mut self, kind: &str) -> Option<&'static str> {
        match kind {
            "cluster" => Some("full"),
            "infra" => Some("infra"),
            "add-on" => Some("add-on"),
            other => {
                self.problems.push(
                    Diagnostic::error(format!(
                        "a profile of the type `{other}` has no counterpart"
                    ))
                    .help("profiles are `cluster`, `infra` or `add-on`"),
                );
                None
            }
        }
    }

    /// An infra profile has no room for the manifests that Palette lets one attach to its layers; a full one has.
    fn kind_with_manifests(&mut self, kind: &'static str) -> &'static str {
        if kind != "infra" || self.attached.is_empty() {
            return kind;
        }
        let layers = join(self.attached.iter().map(String::as_str), "and");
        self.notes.push(format!(
            "manifests are attached to {layers}, which makes layers of their own; so the profile is of type full, and no longer infra"
        ));
        "full"
    }

    /// Values that were given for something that is not there.
    fn unknown_values(&mut self, exported: &Exported) {
        let known: BTreeSet<&str> = exported
            .spec
            .variables
            .iter()
            .map(|variable| variable.name.as_str())
            .chain(self.wanted.iter().map(|wanted| wanted.variable.as_str()))
            .collect();
        let mut problems = Vec::new();
        for name in self.given.values.keys() {
            if known.contains(name.as_str()) {
                continue;
            }
            let problem = Diagnostic::error(format!("the profile has no variable `{name}`"));
            problems.push(match nearest(name, known.iter().copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None if known.is_empty() => problem.help("it has none at all"),
                None => problem.help(format!("it has {}", join(known.iter().copied(), "and"))),
            });
        }
        self.problems.append(&mut problems);
    }

    fn notes_on_registries(&mut self) {
        for (name, (theirs, kind)) in &self.missing {
            let spec = match kind.as_str() {
                "helm" => "{helm: {url: \"https://HOST/PATH\"}}",
                "oci" => "{oci: {url: \"oci://HOST/PATH\"}}",
                _ => "{directory: {path: FOLDER}}",
            };
            self.notes.push(format!(
                "there is no registry `{name}` (in Palette: {theirs}). Declare it, with `stratiform registry add` or a document:\n\
                 {{apiVersion: stratiform/v1, kind: Registry, metadata: {{name: {name}}}, spec: {spec}}}\n\
                 or import again with --registry \"{theirs}=NAME\" for one that there is"
            ));
        }
        if !self.uncategorized.is_empty() {
            let layers = join(self.uncategorized.iter().map(String::as_str), "and");
            self.notes.push(format!(
                "Palette does not tell the add-on category of {layers}; `system-app` is written"
            ));
        }
    }

    fn notes_on_names(&mut self, exported: &Exported, name: Option<&ProfileName>) {
        let theirs = &exported.metadata.name;
        if let Some(name) = name.filter(|name| name.as_str() != theirs) {
            let note = format!("the profile `{theirs}` is called `{name}` here");
            self.notes.push(note);
        }
    }

    /// A name for a layer that no other layer has.
    fn layer_name(&mut self, wanted: &str) -> String {
        let name = name_of(wanted);
        let name = if LayerName::new(&name).is_ok() {
            name
        } else {
            "layer".to_owned()
        };
        let taken = |name: &String| self.layer_names.contains(name);
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| !taken(name))
            .unwrap_or(name);
        self.layer_names.insert(free.clone());
        free
    }
}

fn document(
    exported: &Exported,
    (name, version): (&ProfileName, &semver::Version),
    kind: &str,
    variables: Vec<Value>,
    layers: Vec<Value>,
) -> String {
    let mut metadata = Map::default();
    put(&mut metadata, "name", name.as_str());
    put(&mut metadata, "version", version.to_string());
    if !exported.metadata.description.is_empty() {
        put(
            &mut metadata,
            "description",
            exported.metadata.description.as_str(),
        );
    }
    if !exported.metadata.labels.is_empty() {
        let labels = exported.metadata.labels.iter();
        let labels = labels.map(|(key, value)| (key.clone(), Value::from(value.as_str())));
        put(&mut metadata, "labels", Value::Map(labels.collect()));
    }
    let mut spec = Map::default();
    put(&mut spec, "type", kind);
    let cloud = exported.spec.template.cloud_type.as_str();
    if !cloud.is_empty() {
        put(&mut spec, "cloud", cloud);
    }
    if let Some(OwnProfile { cluster_selector }) = &exported.spec.stratiform
        && let Ok(selector) = yaml::parse_first(&cluster_selector.to_string())
        && selector != Value::Null
    {
        put(&mut spec, "clusterSelector", selector);
    }
    if !variables.is_empty() {
        put(&mut spec, "variables", Value::List(variables));
    }
    put(&mut spec, "layers", Value::List(layers));
    let mut document = Map::default();
    put(&mut document, "apiVersion", "stratiform/v1");
    put(&mut document, "kind", "ClusterProfile");
    put(&mut document, "metadata", Value::Map(metadata));
    put(&mut document, "spec", Value::Map(spec));
    let text = yaml::write_ordered(&Value::Map(document));
    format!("# Imported from a profile that Palette exported.\n{text}")
}

/// Adds an entry at the end of a mapping.
fn put(map: &mut Map, key: &str, value: impl Into<Value>) {
    map.insert(key.to_owned(), value.into());
}

/// The version of a profile, 1.0.0 when none is said.
fn version(text: &str) -> Option<semver::Version> {
    if text.is_empty() {
        return Some(semver::Version::new(1, 0, 0));
    }
    semver::Version::parse(text.trim_start_matches('v')).ok()
}

/// A text as a name: in lower case, with dashes for what names cannot have.
fn name_of(text: &str) -> String {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let dashed: String = text
        .to_lowercase()
        .chars()
        .map(|c| if fine(c) { c } else { '-' })
        .collect();
    let parts: Vec<&str> = dashed
        .split('.')
        .map(|part| part.trim_matches('-'))
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn texts_become_names_that_lead_nowhere_else() {
        for (text, expected) in [
            ("Site Base", "site-base"),
            ("web.1", "web.1"),
            ("--a_b--", "a-b"),
            ("../../etc/passwd", "etc-passwd"),
            ("Zürich", "z-rich"),
            ("..", ""),
        ] {
            assert_eq!(name_of(text), expected);
        }
    }
}
