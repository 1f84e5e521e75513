//! `stratiform profile import`

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::cli::ask;
use crate::cli::common::{Invocation, Readers, registry_named, write_whole};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::palette::{self, Exported, Given, Imported, Secret, Wanted};
use crate::diag::{Diagnostic, count};
use crate::engine::{LoadedProject, load_project};
use crate::model::{Registry, RegistryKind, RegistryName};
use crate::registry::Registries;

/// What the environment variables begin with that give masked values.
const VARIABLE: &str = "STRATIFORM_IMPORT_";

#[derive(Args, Debug)]
#[command(after_help = "\
Values that Palette has masked are asked for on a terminal. Elsewhere they come from --set or from the environment, as \
STRATIFORM_IMPORT_<NAME> with the name in upper case. They are written to files of mode 0600 below `secrets/`, never \
into documents; clusters name these files as `variables: {<name>: {fromFile: ...}}`.")]
pub struct Arguments {
    /// The exported profile, JSON or YAML
    file: PathBuf,
    /// Write below this folder; the project's root when left out
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The value of a variable, or of something that is masked; others can see it while the command runs
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// The registry of this project that stands for one of Palette's
    #[arg(long = "registry", value_name = "THEIRS=OURS", value_parser = pair)]
    registries: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let exported = exported(&arguments.file)?;
    let place = Place::find(arguments, invocation)?;
    let mut imported = import(&exported, arguments, &place, invocation)?;
    place.is_free_for(&imported)?;
    give(&mut imported.wanted, invocation)?;
    write(&imported, &place.root)?;
    let notes: Vec<Diagnostic> = imported.notes.iter().map(Diagnostic::warning).collect();
    invocation.output.diagnostics(&notes, &invocation.sources);
    let text = if invocation.json {
        format!("{:#}\n", json(&imported))
    } else {
        human(&imported)
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

fn exported(file: &Path) -> Result<Exported, Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", file.display())))?;
    palette::read(&text).map_err(|error| {
        Failure::new(format!("cannot import {}: {error}", file.display()))
            .help("in Palette, a profile is exported from its page with Settings, Export")
    })
}

/// Where the files go.
struct Place {
    root: PathBuf,
    /// Relative to the root.
    folder: PathBuf,
    project: Option<LoadedProject>,
}

impl Place {
    /// The project's root, or a folder below it; or a folder that is in no project, which then is like a root.
    fn find(arguments: &Arguments, invocation: &Invocation) -> Result<Self, Failure> {
        let Some(output) = &arguments.output else {
            let project = invocation.project()?;
            return Ok(Self {
                root: project.documents.root.clone(),
                folder: PathBuf::new(),
                project: Some(project),
            });
        };
        let cannot = |error: std::io::Error| {
            Failure::new(format!("cannot write to {}: {error}", output.display()))
        };
        fs::create_dir_all(output).map_err(cannot)?;
        let output = output.canonicalize().map_err(cannot)?;
        let project = load_project(&output, Arc::clone(&invocation.sources)).ok();
        let root = project
            .as_ref()
            .map_or(&output, |project| &project.documents.root);
        Ok(Self {
            folder: output
                .strip_prefix(root)
                .unwrap_or(Path::new(""))
                .to_owned(),
            root: root.clone(),
            project,
        })
    }

    fn registries(&self) -> &[Registry] {
        let project = self.project.as_ref();
        project.map_or(&[], |project| &project.documents.registries)
    }

    /// The categories of the packs in folders, by registry and name.
    fn categories(&self, invocation: &Invocation) -> BTreeMap<(RegistryName, String), String> {
        let folders: Vec<Registry> = self
            .registries()
            .iter()
            .filter(|registry| matches!(registry.kind, RegistryKind::Directory { .. }))
            .cloned()
            .collect();
        // What is wrong with a registry is for those commands to say that need it.
        let listed = invocation.supplied(&self.root, |supply| {
            let registries = Registries::open(&self.root, &folders, supply, &invocation.sources);
            Ok(registries
                .map(|registries| registries.list())
                .unwrap_or_default())
        });
        listed
            .unwrap_or_default()
            .into_iter()
            .map(|pack| {
                let key = (pack.registry.clone(), pack.name.to_string());
                (key, pack.category.to_string())
            })
            .collect()
    }

    /// Nothing is written over.
    fn is_free_for(&self, imported: &Imported) -> Result<(), Failure> {
        let (name, version) = (&imported.name, &imported.version);
        let profiles = self.project.iter();
        let mut profiles = profiles.flat_map(|project| &project.documents.profiles);
        if profiles.any(|known| known.name == *name && known.version == *version) {
            let failure = Failure::new(format!("the project has {name} {version} already"));
            return Err(failure.help(
                "remove it, or change `spec.version` in the exported profile and import that as a new version",
            ));
        }
        let files = imported.files.iter().map(|file| &file.path);
        let secrets = imported.wanted.iter().map(|wanted| &wanted.file);
        let taken: Vec<String> = files
            .chain(secrets)
            .filter(|path| self.root.join(path).symlink_metadata().is_ok())
            .map(|path| path.display().to_string())
            .collect();
        if taken.is_empty() {
            return Ok(());
        }
        let failure = Failure::new(format!("there is already {}", taken.join(", ")));
        Err(failure.help("remove it, or write somewhere else with --output DIR"))
    }
}

fn import(
    exported: &Exported,
    arguments: &Arguments,
    place: &Place,
    invocation: &Invocation,
) -> Result<Imported, Failure> {
    let known: Vec<RegistryName> = place
        .registries()
        .iter()
        .map(|registry| registry.name.clone())
        .collect();
    let mut registries = BTreeMap::new();
    for (theirs, ours) in &arguments.registries {
        let name = registry_named(ours, place.registries(), invocation)?;
        registries.insert(theirs.clone(), name);
    }
    let categories = place.categories(invocation);
    let category = |registry: &RegistryName, pack: &str| {
        categories
            .get(&(registry.clone(), pack.to_owned()))
            .cloned()
    };
    let values = arguments
        .set
        .iter()
        .map(|(name, value)| (name.clone(), Secret::new(value)))
        .collect();
    let given = Given {
        folder: &place.folder,
        registries: &registries,
        known: &known,
        category: &category,
        values: &values,
        sources: &invocation.sources,
    };
    palette::import(exported, &given)
        .map_err(|problems| Failure::rendering(problems, Arc::clone(&invocation.sources)))
}

/// Finds the sensitive values that were not given yet: in the environment, else by asking.
fn give(wanted: &mut [Wanted], invocation: &Invocation) -> Result<(), Failure> {
    let mut missing = Vec::new();
    for one in wanted.iter_mut().filter(|one| one.value.is_none()) {
        let variable = format!(
            "{VARIABLE}{}",
            one.variable.to_uppercase().replace(['-', '.'], "_")
        );
        one.value = std::env::var(&variable).ok().map(Secret::new);
        if one.value.is_none() && std::io::stdin().is_terminal() {
            one.value = Some(asked(one, invocation)?);
        }
        if one.value.is_none() {
            let name = &one.variable;
            missing.push(
                Diagnostic::error(format!("{} is masked in the export", one.about)).help(format!(
                    "give it with the environment variable {variable}, or with --set {name}=VALUE"
                )),
            );
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::rendering(missing, Arc::clone(&invocation.sources)))
}

fn asked(wanted: &Wanted, invocation: &Invocation) -> Result<Secret, Failure> {
    let answer = ask::hidden(
        &format!("{} (not shown):", wanted.about),
        &invocation.output,
    )?;
    if answer.is_empty() {
        let failure = Failure::new(format!("{} wants a value", wanted.about));
        return Err(failure.help("nothing was imported"));
    }
    Ok(Secret::new(answer))
}

/// Writes what the profile's document names before the document itself, so that it never names what is not there.
fn write(imported: &Imported, root: &Path) -> Result<(), Failure> {
    for wanted in &imported.wanted {
        let path = root.join(&wanted.file);
        make_folder(&path)?;
        let ignore = path.with_file_name(".gitignore");
        write_whole(&ignore, "# Secrets are not for git.\n*\n", Readers::All)?;
        let value = wanted.value.as_ref().map_or("", Secret::reveal);
        write_whole(&path, &format!("{value}\n"), Readers::Owner)?;
    }
    for file in imported.files.iter().rev() {
        let path = root.join(&file.path);
        make_folder(&path)?;
        write_whole(&path, &file.text, Readers::All)?;
    }
    Ok(())
}

fn make_folder(file: &Path) -> Result<(), Failure> {
    let Some(folder) = file.parent() else {
        return Ok(());
    };
    fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))
}

fn human(imported: &Imported) -> String {
    let files: Vec<String> = imported
        .files
        .iter()
        .map(|file| format!("  {}\n", file.path.display()))
        .collect();
    let mut text = format!(
        "Imported {} {} ({}):\n{}",
        imported.name,
        imported.version,
        count(imported.layers, "layer"),
        files.concat()
    );
    if !imported.wanted.is_empty() {
        text += "Sensitive values are in files that only you can read. Clusters with the profile want:\n  variables:\n";
        for wanted in &imported.wanted {
            let (name, file) = (&wanted.variable, wanted.file.display());
            text += &format!("    {name}: {{fromFile: {file}}}\n");
        }
    }
    text += "Check it with: stratiform validate\n";
    text
}

fn json(imported: &Imported) -> serde_json::Value {
    let files: Vec<&Path> = imported.files.iter().map(|file| &*file.path).collect();
    let secrets: Vec<serde_json::Value> = imported
        .wanted
        .iter()
        .map(|wanted| serde_json::json!({ "variable": wanted.variable, "about": wanted.about, "file": wanted.file }))
        .collect();
    serde_json::json!({
        "name": imported.name,
        "version": imported.version,
        "files": files,
        "secrets": secrets,
        "notes": imported.notes,
    })
}
