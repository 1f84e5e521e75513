//! `stratiform init`

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::documents::starter;

#[derive(Args, Debug)]
pub struct Arguments {
    /// Where the project is made; made itself when it is not there
    folder: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let folder = match &arguments.folder {
        Some(folder) if invocation.folder.as_os_str() == "." => folder.clone(),
        Some(folder) => invocation.folder.join(folder),
        None => invocation.folder.clone(),
    };
    let taken: Vec<String> = starter()
        .iter()
        .filter(|(path, _)| folder.join(path).symlink_metadata().is_ok())
        .map(|(path, _)| (*path).to_owned())
        .collect();
    if !taken.is_empty() {
        let failure = Failure::new(format!(
            "{} holds {} already",
            folder.display(),
            taken.join(", ")
        ));
        return Err(failure.help("name an empty folder: `stratiform init FOLDER`"));
    }
    for (path, text) in starter() {
        let path = folder.join(path);
        let cannot = |error: std::io::Error| {
            Failure::new(format!("cannot write {}: {error}", path.display()))
        };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(cannot)?;
        }
        let mut options = std::fs::OpenOptions::new();
        let written = options.write(true).create_new(true).open(&path);
        let mut file = written.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                Failure::new(format!("{} is there already", path.display()))
            }
            _ => cannot(error),
        })?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(cannot)?;
    }
    // The key of the state: without it nobody can tell later what was applied.
    let project = crate::engine::load_project(&folder, std::sync::Arc::clone(&invocation.sources));
    project
        .and_then(|project| project.key())
        .map_err(|error| invocation.failed(error))?;
    let (place, shown) = if folder.as_os_str() == "." {
        ("this folder".to_owned(), String::new())
    } else {
        let folder = folder.display();
        (folder.to_string(), format!(" -C {folder}"))
    };
    invocation.output.result(&format!(
        "Made a project of {} files in {place}.\nSee what it would do with: stratiform{shown} plan\n",
        starter().len()
    ))?;
    Ok(Exit::Done)
}
