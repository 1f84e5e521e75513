//! Whole projects, as files: what they decode to, and what is said of bad ones.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bad_cluster;
mod bad_file;
mod bad_group;
mod bad_profile;
mod bad_project;
mod bad_variable;
mod good;
mod registry;
mod schema;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::diag::{Diagnostic, Sources, Style, render};

use super::load::load_root;
use super::set::Documents;

const PROJECT: &str = "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: shop}\n";
const REGISTRY: &str = "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: local}\nspec: {directory: {path: packs}}\n";

/// Writes files into a new folder.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// Loads a folder, with names of files as seen from it.
fn load(root: &Path) -> (Option<Documents>, Vec<Diagnostic>, Sources) {
    let sources = Sources::default();
    let (documents, problems) = load_root(root, Path::new(""), &["jetstack"], &sources);
    (documents, problems, sources)
}

/// What is said of a project with these files.
fn said_of(files: &[(&str, &str)]) -> String {
    let root = folder(files);
    let (_, problems, sources) = load(root.path());
    render(&problems, &sources, Style::Plain)
}

/// What is said of a document without its `apiVersion`, in a project with one registry.
fn said(document: &str) -> String {
    let text = format!("apiVersion: stratiform/v1\n{document}");
    said_of(&[
        ("stratiform.yaml", PROJECT),
        ("registry.yaml", REGISTRY),
        ("it.yaml", &text),
    ])
}

/// The documents of a project with these files, about which nothing may be said.
fn documents(files: &[(&str, &str)]) -> Documents {
    let root = folder(files);
    let (documents, problems, sources) = load(root.path());
    assert_eq!(render(&problems, &sources, Style::Plain), "");
    documents.unwrap()
}
