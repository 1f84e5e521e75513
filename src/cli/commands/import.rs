//! `stratiform import`

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::cli::common::{Invocation, Locking, Readers, registry_named, runtime, write_whole};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::releases::{Given, ImportedReleases, documents};
use crate::diag::{Diagnostic, count};
use crate::engine::{
    FoundReleases, LoadedProject, RebuildRequest, Selection, differing_secrets, load_project,
    rebuild, releases,
};
use crate::model::{ClusterName, Kubeconfig, KubernetesSpec, LayerName};

use super::state::told;

#[derive(Args, Debug)]
#[command(after_help = "\
Helm's releases become layers of a profile that is named as the cluster, and their objects are ours from then on: nothing \
is changed on the cluster, and a plan has nothing to do. The first apply that changes an object marks it as ours; what \
Helm keeps of the release stays, so do not use Helm on it any more.")]
pub struct Arguments {
    /// The cluster's name in the documents
    #[arg(long, value_name = "CLUSTER", value_parser = |text: &str| ClusterName::new(text))]
    name: ClusterName,
    /// The kubeconfig; where kubectl looks when left out
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The context in it; its current one when left out
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Only releases in these namespaces
    #[arg(long, value_name = "NAME")]
    namespace: Vec<String>,
    /// The registry that the chart of a release comes from; else the chart that Helm keeps is written into the project
    #[arg(long = "registry", value_name = "RELEASE=REGISTRY", value_parser = pair)]
    registries: Vec<(String, String)>,
    #[command(flatten)]
    locking: Locking,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (release, registry) = parts.ok_or("write it as RELEASE=REGISTRY")?;
    Ok((release.to_owned(), registry.to_owned()))
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project()?.checked();
    let project = project.map_err(|error| invocation.failed(error))?;
    let root = project.documents.root.clone();
    let mut clusters = project.documents.clusters.iter();
    if clusters.any(|known| known.name == arguments.name) {
        let failure = Failure::new(format!(
            "the project has a cluster {} already",
            arguments.name
        ));
        return Err(failure.help("import it under another name"));
    }
    let target = target(arguments, &root)?;
    let runtime = runtime()?;
    let found = releases(&project, (&target, &arguments.name), &arguments.namespace);
    let found = runtime
        .block_on(found)
        .map_err(|error| invocation.failed(error))?;
    if found.releases.is_empty() {
        let failure = Failure::new("Helm has installed nothing there that we may see");
        return Err(failure.help("see `helm list --all-namespaces` with the same kubeconfig"));
    }
    let registries = registries(arguments, &project, &found, invocation)?;
    let write_with = |kept: &BTreeMap<LayerName, BTreeSet<String>>| {
        let given = Given {
            name: &arguments.name,
            target: &target,
            version: &found.version,
            registries: &registries,
            kept,
        };
        documents(&found.releases, &given)
    };
    let imported = write_with(&BTreeMap::new());
    notes(&found, &imported, invocation);
    if imported.layers.is_empty() {
        return Err(Failure::new("there is no release that can be imported"));
    }
    is_free(&imported, &root)?;
    let session = invocation.lock(&project, "import", &arguments.locking)?;
    write(&imported, &root)?;
    let take_over = || {
        let open = || {
            let project = load_project(&root, Arc::clone(&invocation.sources));
            invocation.workspace(project.map_err(|error| invocation.failed(error))?)
        };
        let mut workspace = open()?;
        let kept = runtime
            .block_on(differing_secrets(&workspace, &arguments.name))
            .map_err(|error| invocation.failed(error))?;
        if !kept.is_empty() {
            write(&write_with(&kept), &root)?;
            workspace = open()?;
        }
        let request = RebuildRequest {
            selection: Selection::new(&[arguments.name.to_string()], &[], &[])
                .map_err(|error| invocation.failed(error))?,
            adopt: true,
            command: format!("import {}", arguments.name),
        };
        let taken = runtime
            .block_on(rebuild(&workspace, &session, &request))
            .map_err(|error| invocation.failed(error))?;
        Ok((taken, kept))
    };
    // The next try begins from nothing, as this one did.
    let (taken, kept) = take_over().inspect_err(|_: &Failure| remove(&imported, &root))?;
    invocation.output.result(&human(&imported, &kept))?;
    told(&taken, invocation)?;
    Ok(Exit::Done)
}

/// The registries that charts come from, by the release's name.
fn registries(
    arguments: &Arguments,
    project: &LoadedProject,
    found: &FoundReleases,
    invocation: &Invocation,
) -> Result<BTreeMap<String, String>, Failure> {
    let own = &project.documents.registries;
    let mut registries = BTreeMap::new();
    for (release, registry) in &arguments.registries {
        if !found.releases.iter().any(|found| found.name == *release) {
            let failure = Failure::new(format!("there is no release {release}"));
            return Err(failure.help("see `helm list --all-namespaces` with the same kubeconfig"));
        }
        registry_named(registry, own, invocation)?;
        registries.insert(release.clone(), registry.clone());
    }
    Ok(registries)
}

/// Where the cluster is, as its document says it: a file below the project by a path from there.
fn target(arguments: &Arguments, root: &Path) -> Result<KubernetesSpec, Failure> {
    let kubeconfig = match &arguments.kubeconfig {
        None => Kubeconfig::Usual,
        Some(path) => {
            let full = path.canonicalize().map_err(|error| {
                Failure::new(format!("cannot read {}: {error}", path.display()))
            })?;
            let below = full.strip_prefix(root).map(Path::to_owned);
            Kubeconfig::File(below.unwrap_or(full))
        }
    };
    Ok(KubernetesSpec {
        kubeconfig,
        context: arguments.context.as_deref().map(Into::into),
    })
}

/// Nothing is written over.
fn is_free(imported: &ImportedReleases, root: &Path) -> Result<(), Failure> {
    let files = imported.files.iter().map(|(path, _)| path);
    let all = files.chain(imported.secrets.iter().map(|(path, _)| path));
    let taken = all
        .into_iter()
        .find(|path| root.join(path).symlink_metadata().is_ok());
    match taken {
        None => Ok(()),
        Some(path) => {
            let failure = Failure::new(format!("there is already {}", path.display()));
            Err(failure.help("remove it, or import the cluster under another name"))
        }
    }
}

fn write(imported: &ImportedReleases, root: &Path) -> Result<(), Failure> {
    let cannot = |path: &Path, error: std::io::Error| {
        Failure::new(format!("cannot write {}: {error}", path.display()))
    };
    let folder = |path: &Path| {
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder).map_err(|error| cannot(folder, error))
    };
    for (path, secret) in &imported.secrets {
        let path = root.join(path);
        folder(&path)?;
        let ignore = path.with_file_name(".gitignore");
        write_whole(&ignore, "# Secrets are not for git.\n*\n", Readers::All)?;
        write_whole(&path, secret, Readers::Owner)?;
    }
    for (path, bytes) in &imported.files {
        let path = root.join(path);
        folder(&path)?;
        fs::write(&path, bytes).map_err(|error| cannot(&path, error))?;
    }
    Ok(())
}

/// Takes away what was written, and the folders that are empty then.
fn remove(imported: &ImportedReleases, root: &Path) {
    let files = imported.files.iter().map(|(path, _)| path);
    for path in files.chain(imported.secrets.iter().map(|(path, _)| path)) {
        // What cannot be removed is told by the next try.
        let _ = fs::remove_file(root.join(path));
        let above = path.ancestors().skip(1);
        for folder in above.filter(|folder| !folder.as_os_str().is_empty()) {
            if fs::remove_dir(root.join(folder)).is_err() {
                break;
            }
        }
    }
}

fn notes(found: &FoundReleases, imported: &ImportedReleases, invocation: &Invocation) {
    let unreadable = found.unreadable.iter();
    let unreadable =
        unreadable.map(|(what, why)| Diagnostic::warning(format!("{what} is left out: {why}")));
    let notes: Vec<Diagnostic> = unreadable
        .chain(imported.notes.iter().map(Diagnostic::warning))
        .collect();
    invocation.output.diagnostics(&notes, &invocation.sources);
}

fn human(imported: &ImportedReleases, kept: &BTreeMap<LayerName, BTreeSet<String>>) -> String {
    let mut text = format!("Imported {}:\n", count(imported.layers.len(), "release"));
    for (layer, release, namespace) in &imported.layers {
        text.push_str(&format!("  {layer}: {namespace}/{release}\n"));
    }
    for (layer, secrets) in kept {
        let names: Vec<&str> = secrets.iter().map(String::as_str).collect();
        text.push_str(&format!(
            "  {layer}: what is in the Secret {} stays as it is; its chart would make up something else\n",
            names.join(", ")
        ));
    }
    text
}
