//! Folders of packs for tests.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use crate::diag::{Diagnostic, SourceId, Sources, Span, Style, render};
use crate::model::{PackRef, Registry, RegistryKind, RegistryName, Sha256, VersionReq};
use crate::remote::{RemoteError, Source};

use super::{Supplier, Supply};

/// Files in a temporary folder.
pub(super) struct Files(pub(super) TempDir);

impl Files {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and the folders above it.
    pub(super) fn put(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes the smallest pack.
    pub(super) fn pack(&self, folder: &str, name: &str, version: &str) {
        self.put(&format!("{folder}/pack.json"), pack_json(name, version, ""));
        self.put(&format!("{folder}/manifests/a.yaml"), "kind: ConfigMap\n");
        self.put(&format!("{folder}/values.yaml"), "pack: {namespace: a}\n");
    }
}

/// A `pack.json` with further fields, each with a comma behind it.
pub(super) fn pack_json(name: &str, version: &str, more: &str) -> String {
    format!(
        "{{\n  {more}\n  \"name\": \"{name}\",\n  \"displayName\": \"{name}\",\n  \"version\": \"{version}\",\n  \
         \"layer\": \"addon\",\n  \"kubeManifests\": [\"manifests/a.yaml\"]\n}}\n"
    )
}

/// A chart's archive.
pub(super) fn chart(name: &str) -> Vec<u8> {
    archive(&[
        (&format!("{name}/charts/b/Chart.yaml"), "name: b\n"),
        (
            &format!("{name}/Chart.yaml"),
            &format!("name: {name}\nversion: 1.0.0\n"),
        ),
    ])
}

/// A gzipped tar archive.
pub(super) fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar.into_inner().unwrap()).unwrap();
    gzip.finish().unwrap()
}

/// The text that asks, where its diagnostics point to.
pub(super) fn asking(sources: &Sources) -> (SourceId, Span) {
    let source = sources.add("profile.yaml", "pack: here\n");
    let span = Span {
        source,
        start: 6,
        end: 10,
    };
    (source, span)
}

pub(super) fn pack_ref(registry: &str, name: &str, version: &str, span: Span) -> PackRef {
    PackRef {
        registry: RegistryName::new(registry).unwrap(),
        name: name.into(),
        version: VersionReq::new(version).unwrap(),
        span,
    }
}

pub(super) fn registry(name: &str, path: &str, span: Span) -> Registry {
    Registry {
        name: RegistryName::new(name).unwrap(),
        kind: RegistryKind::Directory { path: path.into() },
        access: crate::model::Access::default(),
        span,
    }
}

/// Diagnostics as people see them, without the name of the temporary folder.
pub(super) fn shown(problems: &[Diagnostic], sources: &Sources, files: &Files) -> String {
    let text = render(problems, sources, Style::Plain);
    text.replace(files.path().to_str().unwrap(), "DIR")
}

/// Registries elsewhere, for projects that have none.
#[derive(Debug)]
pub(super) struct Nowhere;

impl Supplier for Nowhere {
    fn open(&self, registry: &Registry) -> Result<Arc<dyn Source>, RemoteError> {
        panic!("nobody asks registry {}", registry.name)
    }

    fn has(&self, _: &Sha256) -> bool {
        false
    }

    fn read(&self, _: &Sha256) -> Result<Option<Vec<u8>>, RemoteError> {
        Ok(None)
    }
}

/// A supply of a supplier that may change the lock.
pub(super) fn supply(supplier: &dyn Supplier) -> Supply<'_> {
    Supply {
        supplier,
        locked: false,
        watch: &|_| {},
    }
}
