//! Files that documents name, each read once.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Diagnostic, SourceId, Sources, Span, Spanned};
use crate::yaml::{self, Limits, Node, NodeKind};

use super::check::Check;
use super::conceal;
use super::words::nearest;

/// The largest file that is read: 64 MiB.
const LARGEST: u64 = 64 << 20;

/// Why a file could not be read.
#[derive(Clone, Debug)]
pub(super) struct Unreadable {
    summary: String,
    help: Option<String>,
}

impl Unreadable {
    fn new(summary: String) -> Self {
        Self {
            summary,
            help: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The problem, at the place that names the file, if there is one.
    pub fn at(self, span: Option<Span>) -> Diagnostic {
        let mut problem = Diagnostic::error(self.summary);
        problem.span = span;
        problem.help = self.help;
        problem
    }
}

/// Reads files of a project.
pub(super) struct Files<'s> {
    sources: &'s Sources,
    /// The project's root.
    pub root: PathBuf,
    /// What messages put before paths that are relative to the root.
    shown: PathBuf,
    texts: HashMap<PathBuf, Result<SourceId, Unreadable>>,
    values: HashMap<PathBuf, Option<Arc<Node>>>,
}

impl<'s> Files<'s> {
    /// A reader for the project with this root.
    pub fn new(root: PathBuf, shown: PathBuf, sources: &'s Sources) -> Self {
        Self {
            sources,
            root,
            shown,
            texts: HashMap::new(),
            values: HashMap::new(),
        }
    }

    /// What messages call a path that is relative to the root.
    pub fn shown(&self, path: &Path) -> String {
        let shown = self.shown.join(path);
        if shown.as_os_str().is_empty() {
            ".".to_owned()
        } else {
            shown.display().to_string()
        }
    }

    /// The bytes of a file, unless it is too large or no file.
    pub fn bytes(&self, path: &Path) -> Result<Vec<u8>, Unreadable> {
        let full = self.root.join(path);
        let shown = self.shown(path);
        let about = fs::metadata(&full).map_err(|error| self.missing(path, &error))?;
        if about.is_dir() {
            return Err(
                Unreadable::new(format!("`{shown}` is a folder")).help("a file is wanted here")
            );
        }
        if !about.is_file() {
            return Err(Unreadable::new(format!("`{shown}` is not a regular file")));
        }
        if about.len() > LARGEST {
            let size = about.len() >> 20;
            return Err(Unreadable::new(format!(
                "`{shown}` has {size} MiB, and a file may have {} MiB",
                LARGEST >> 20
            ))
            .help("if it holds no documents, list those that do under `spec.documents` of the project"));
        }
        fs::read(&full).map_err(|error| {
            Unreadable::new(format!("`{shown}` cannot be read: {}", plain(&error)))
        })
    }

    fn missing(&self, path: &Path, error: &io::Error) -> Unreadable {
        let full = self.root.join(path);
        let shown = self.shown(path);
        if error.kind() != io::ErrorKind::NotFound {
            return Unreadable::new(format!("`{shown}` cannot be read: {}", plain(error)));
        }
        if let Ok(goal) = fs::read_link(&full) {
            return Unreadable::new(format!(
                "`{shown}` is a broken link: it points to `{}`, which does not exist",
                goal.display()
            ));
        }
        let problem = Unreadable::new(format!("`{shown}` does not exist"));
        let (Some(name), Some(folder)) = (path.file_name(), full.parent()) else {
            return problem;
        };
        let siblings: Vec<String> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        match nearest(&name.to_string_lossy(), siblings.iter().map(String::as_str)) {
            Some(near) => {
                let near = path.with_file_name(near);
                problem.help(format!("did you mean `{}`?", near.display()))
            }
            None => problem.help("a path here is relative to the folder of `stratiform.yaml`"),
        }
    }

    /// Takes the bytes of a file as text.
    pub fn text(&self, path: &Path, bytes: Vec<u8>) -> Result<String, Unreadable> {
        String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let line = bytes[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
            Unreadable::new(format!(
                "`{}` is not UTF-8 text: byte 0x{:02x} in line {line}",
                self.shown(path),
                bytes[good]
            ))
            .help("save it as UTF-8")
        })
    }

    /// Reads a text that a document names.
    pub fn read(&mut self, path: &Spanned<PathBuf>, check: &mut Check<'_>) -> Option<SourceId> {
        if !self.texts.contains_key(&path.value) {
            let text = self
                .bytes(&path.value)
                .and_then(|bytes| self.text(&path.value, bytes))
                .map(|text| self.sources.add(self.shown(&path.value), text));
            self.texts.insert(path.value.clone(), text);
        }
        match self.texts.get(&path.value)? {
            Ok(source) => Some(*source),
            Err(why) => {
                check.report(why.clone().at(Some(path.span)));
                None
            }
        }
    }

    /// Reads values that a document names; nothing for an empty file.
    pub fn values(&mut self, path: &Spanned<PathBuf>, check: &mut Check<'_>) -> Option<Arc<Node>> {
        let source = self.read(path, check)?;
        if let Some(known) = self.values.get(&path.value) {
            return known.clone();
        }
        let values = parse_values(source, path.span, check);
        self.values.insert(path.value.clone(), values.clone());
        values
    }
}

fn parse_values(source: SourceId, named: Span, check: &mut Check<'_>) -> Option<Arc<Node>> {
    let text = check.sources.get(source);
    let mut documents = match yaml::read(source, &text.text, Limits::default()) {
        Ok(documents) => documents,
        Err(mut problem) => {
            conceal::unread(source, check.sources, &mut problem);
            check.report(*problem);
            return None;
        }
    };
    if let Some(second) = documents.get(1) {
        check.report(
            Diagnostic::error(format!("`{}` has more than one YAML document", text.name))
                .at(check.first_line(second.span))
                .label("the second one")
                .also(named, "named as values here")
                .help("values are one mapping: remove the `---`"),
        );
        return None;
    }
    let node = documents.pop()?;
    match node.kind {
        NodeKind::Map(_) => Some(Arc::new(node)),
        NodeKind::Null => None,
        _ => {
            check.report(
                Diagnostic::error(format!(
                    "values are a mapping, and `{}` has {}",
                    text.name,
                    node.kind_name()
                ))
                .at(check.first_line(node.span))
                .also(named, "named as values here"),
            );
            None
        }
    }
}

/// What the system says, without its number.
pub(super) fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}
