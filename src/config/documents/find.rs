//! Finding a project and the files that hold its documents.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, Spanned};
use crate::yaml::{self, Limits, Node};

use super::check::Check;
use super::conceal;
use super::fields::Fields;
use super::file::{Files, plain};
use super::kind::{Kind, Owner, kind_of, owner};
use super::path::normal;

/// The file that makes a folder a project.
pub(super) const PROJECT_FILE: &str = "stratiform.yaml";

/// A document of one of our kinds.
pub(super) struct Document {
    pub kind: Kind,
    pub node: Node,
    /// The file that it stands in, relative to the root.
    pub path: PathBuf,
}

/// Whether a folder lies in a project.
pub fn in_project(start: &Path) -> bool {
    let full = fs::canonicalize(start).unwrap_or_default();
    let mut folders = full.ancestors();
    folders.any(|folder| folder.join(PROJECT_FILE).symlink_metadata().is_ok())
}

/// The nearest folder with a project file, at or above the given one.
pub(super) fn root(start: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    let wrong = |why: String| Diagnostic::error(format!("`{}` {why}", start.display()));
    let full = match fs::canonicalize(start) {
        Ok(full) if full.is_dir() => full,
        Ok(_) => {
            return Err(Box::new(
                wrong("is not a folder".to_owned()).help("name the project's folder"),
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Box::new(wrong("does not exist".to_owned())));
        }
        Err(error) => {
            return Err(Box::new(wrong(format!(
                "cannot be read: {}",
                plain(&error)
            ))));
        }
    };
    let here = full
        .ancestors()
        .find(|folder| folder.join(PROJECT_FILE).symlink_metadata().is_ok());
    if let Some(root) = here {
        return Ok(root.to_owned());
    }
    let problem = Diagnostic::error(format!(
        "there is no `{PROJECT_FILE}` in `{}` or in a folder above it",
        start.display()
    ));
    Err(Box::new(if full.join("stratiform.yml").exists() {
        problem.help("rename `stratiform.yml` to `stratiform.yaml`")
    } else {
        problem.help(
            "`stratiform init` writes a small working project, `-C DIR` looks in another folder",
        )
    }))
}

/// What messages put before paths that are relative to the root.
pub(super) fn shown(root: &Path) -> PathBuf {
    let Ok(here) = std::env::current_dir().and_then(fs::canonicalize) else {
        return root.to_owned();
    };
    if let Ok(below) = root.strip_prefix(&here) {
        return below.to_owned();
    }
    here.strip_prefix(root).map_or_else(
        |_| root.to_owned(),
        |up| up.components().map(|_| "..").collect(),
    )
}

/// How a file was come by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// By looking through the project's folder: what is not ours is passed over.
    ByDefault,
    /// In a folder that the project names: what is not ours is an error.
    InNamed,
    /// The project names the file itself.
    Named,
}

/// What a folder holds in place of documents.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    State,
    Packs,
    Target,
}

/// What a file came to.
struct Outcome {
    path: PathBuf,
    found: Found,
    documents: Vec<Document>,
    problems: Vec<Diagnostic>,
}

/// Looks for documents. Folder by folder from the top, so that what the upper ones say of registries and targets keeps
/// the walk out of these.
pub(super) struct Search<'a, 's, 'c> {
    files: &'a Files<'s>,
    check: &'a mut Check<'c>,
    /// Folders that hold something else, relative to the root, and what that is.
    other_folders: HashMap<PathBuf, Holds>,
    /// Files that hold something else, relative to the root.
    other_files: HashSet<PathBuf>,
    seen: HashSet<PathBuf>,
    outcomes: Vec<Outcome>,
}

impl<'a, 's, 'c> Search<'a, 's, 'c> {
    /// A search that has found nothing yet.
    pub fn new(files: &'a Files<'s>, check: &'a mut Check<'c>) -> Self {
        Self {
            files,
            check,
            other_folders: HashMap::new(),
            other_files: HashSet::new(),
            seen: HashSet::new(),
            outcomes: Vec::new(),
        }
    }

    /// Finds all documents; those of the project file come first.
    pub fn run(mut self) -> Vec<Document> {
        let file = PathBuf::from(PROJECT_FILE);
        self.seen.insert(file.clone());
        self.file(file, Found::Named, None);
        let named: Vec<Spanned<PathBuf>> = self
            .outcomes
            .iter()
            .flat_map(|outcome| &outcome.documents)
            .find(|document| document.kind == Kind::Project)
            .map(|document| {
                super::project::documents(&document.node, &mut Check::new(self.check.sources))
            })
            .unwrap_or_default();
        if named.is_empty() {
            self.walk(PathBuf::new(), Found::ByDefault);
        }
        for path in named {
            let relative = normal(&path.value);
            let full = self.files.root.join(&relative);
            if full.is_dir() {
                self.walk(relative, Found::InNamed);
            } else if self.seen.insert(relative.clone()) {
                self.file(relative, Found::Named, Some(&path));
            }
        }
        self.finish()
    }

    fn walk(&mut self, start: PathBuf, found: Found) {
        let mut level = vec![start];
        while !level.is_empty() {
            let mut files = Vec::new();
            let mut next = Vec::new();
            for folder in level {
                if !self.other_folders.contains_key(&folder) {
                    self.list(&folder, &mut files, &mut next);
                }
            }
            files.sort();
            for path in files {
                if !self.other_files.contains(&path) && self.seen.insert(path.clone()) {
                    self.file(path, found, None);
                }
            }
            next.sort();
            level = next;
        }
    }

    /// Puts the files and folders of a folder into lists. A folder with a project file of its own is another project.
    fn list(&mut self, folder: &Path, files: &mut Vec<PathBuf>, folders: &mut Vec<PathBuf>) {
        let full = self.files.root.join(folder);
        let entries = match fs::read_dir(&full) {
            Ok(entries) => entries,
            Err(error) => {
                self.check.report(Diagnostic::error(format!(
                    "the folder `{}` cannot be read: {}",
                    self.files.shown(folder),
                    plain(&error)
                )));
                return;
            }
        };
        let is_root = normal(folder).as_os_str().is_empty();
        let (mut own_files, mut own_folders) = (Vec::new(), Vec::new());
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if !is_root && name == PROJECT_FILE {
                return;
            }
            let path = folder.join(&name);
            // A link to a folder is not followed: it could lead anywhere, and in circles.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => own_folders.push(path),
                Ok(kind) if kind.is_symlink() && full.join(&name).is_dir() => {}
                _ if is_document_file(&path) => own_files.push(path),
                _ => {}
            }
        }
        files.append(&mut own_files);
        folders.append(&mut own_folders);
    }

    /// Reads a file and keeps what it holds.
    fn file(&mut self, path: PathBuf, found: Found, named: Option<&Spanned<PathBuf>>) {
        let mut outcome = Outcome {
            path,
            found,
            documents: Vec::new(),
            problems: Vec::new(),
        };
        let span = named.map(|named| named.span);
        match self.files.bytes(&outcome.path) {
            Err(why) => outcome.problems.push(why.at(span)),
            Ok(bytes) if found == Found::ByDefault && !mentions_us(&bytes) => return,
            Ok(bytes) => match self.files.text(&outcome.path, bytes) {
                Err(why) => outcome.problems.push(why.at(span)),
                Ok(text) => self.parse(text, &mut outcome),
            },
        }
        for document in &outcome.documents {
            self.learn(document);
        }
        self.outcomes.push(outcome);
    }

    fn parse(&mut self, text: String, outcome: &mut Outcome) {
        let source = self
            .check
            .sources
            .add(self.files.shown(&outcome.path), text);
        let text = self.check.sources.get(source);
        let nodes = match yaml::read(source, &text.text, Limits::default()) {
            Ok(nodes) => nodes,
            Err(mut problem) => {
                conceal::unread(source, self.check.sources, &mut problem);
                outcome.problems.push(*problem);
                return;
            }
        };
        let any_ours = nodes.iter().any(|node| owner(node) == Owner::Ours);
        let mut check = Check::new(self.check.sources);
        for node in nodes {
            if node.kind == yaml::NodeKind::Null {
                continue;
            }
            let pass_over = match owner(&node) {
                Owner::Ours => false,
                // Beside documents of ours it is likely a slip.
                Owner::Unsaid => outcome.found == Found::ByDefault && !any_ours,
                Owner::Foreign => outcome.found == Found::ByDefault,
            };
            if pass_over {
                continue;
            }
            if let Some(kind) = kind_of(&node, &mut check) {
                outcome.documents.push(Document {
                    kind,
                    node,
                    path: outcome.path.clone(),
                });
            }
        }
        outcome.problems.append(&mut check.found);
    }

    /// Notes which files and folders hold something else than documents.
    fn learn(&mut self, document: &Document) {
        let spec = Fields::of(&document.node).below("spec");
        match document.kind {
            Kind::Project => {
                let state = spec.text("state").unwrap_or("state/stratiform.db");
                if let Some(folder) = Path::new(state).parent() {
                    self.other_folder(folder, Holds::State);
                }
            }
            Kind::Registry => {
                if let Some(path) = spec.below("directory").text("path") {
                    self.other_folder(Path::new(path), Holds::Packs);
                }
            }
            Kind::Cluster => {
                let name = Fields::of(&document.node).below("metadata").text("name");
                self.target(spec, None, name);
            }
            Kind::ClusterGroup => {
                let common = spec.below("template");
                for node in spec.list("clusters") {
                    let fields = Fields::of(node);
                    self.target(fields, Some(common), fields.text("name"));
                }
            }
            Kind::ClusterProfile => {
                for node in spec.list("layers") {
                    let layer = Fields::of(node);
                    let manifests = layer.list("manifests").iter();
                    let named = manifests.filter_map(|node| Fields::of(node).text("file"));
                    for path in named.chain(layer.text("valuesFile")) {
                        self.other_files.insert(normal(Path::new(path)));
                    }
                }
            }
        }
    }

    /// Notes where a cluster's objects go, and where its kubeconfig is.
    fn target(&mut self, own: Fields<'_>, common: Option<Fields<'_>>, name: Option<&str>) {
        let Some(name) = name else { return };
        let said = |kind, field| {
            let of = |fields: Fields<'_>| {
                fields
                    .below("target")
                    .below(kind)
                    .text(field)
                    .map(str::to_owned)
            };
            let text = of(own).or_else(|| of(common?))?;
            Some(PathBuf::from(text.replace("{name}", name)))
        };
        if let Some(path) = said("directory", "path") {
            self.other_folder(&path, Holds::Target);
        }
        if let Some(path) = said("kubernetes", "kubeconfig") {
            self.other_files.insert(normal(&path));
        }
    }

    fn other_folder(&mut self, path: &Path, holds: Holds) {
        let path = normal(path);
        let path = path
            .strip_prefix(&self.files.root)
            .map_or(path.clone(), Path::to_owned);
        if !path.as_os_str().is_empty() {
            self.other_folders.insert(path, holds);
        }
    }

    /// What was found, without what turned out to be something else.
    fn finish(self) -> Vec<Document> {
        let mut documents = Vec::new();
        for outcome in self.outcomes {
            let folder = outcome
                .path
                .ancestors()
                .find_map(|folder| Some((folder, self.other_folders.get(folder)?)));
            if let (Some((folder, Holds::Target)), Some(document)) =
                (folder, outcome.documents.first())
            {
                // Passing it over could silently take a cluster away, and with it all that it has.
                let at = Fields::of(&document.node).key_span("kind");
                self.check.report(
                    Diagnostic::error(format!(
                        "this document lies in `{}`, the target folder of a cluster",
                        self.files.shown(folder)
                    ))
                    .at(at)
                    .help("give the target a folder of its own, such as `rendered/<cluster>`"),
                );
                continue;
            }
            let elsewhere = self.other_files.contains(&outcome.path) || folder.is_some();
            if outcome.found == Found::Named || !elsewhere {
                documents.extend(outcome.documents);
                self.check.found.extend(outcome.problems);
            }
        }
        documents
    }
}

fn is_document_file(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json")
}

/// Whether a file can hold a document of ours at all. Projects stand in repositories full of other YAML, much of it
/// templates, and only the files that say our name are worth reading as YAML.
fn mentions_us(bytes: &[u8]) -> bool {
    let name = b"stratiform";
    bytes
        .windows(name.len() + 1)
        .any(|window| window.starts_with(name) && matches!(window[name.len()], b'/' | b'\\'))
}
