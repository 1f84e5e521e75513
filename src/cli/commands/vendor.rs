//! `stratiform vendor`

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::Diagnostic;
use crate::engine::{EngineError, Images, LoadedProject, Workspace, images, rendering_state};
use crate::registry::{Copied, Copies, Difference, Lock, Outside, Supply, VENDOR_FOLDER, Written};
use crate::remote::ItemKind;

#[derive(Args, Debug)]
pub struct Arguments {
    /// Write somewhere else than into `vendor` in the project's root, where commands look
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write nothing: exit 3 when the folder is not what stratiform.lock and the documents say
    #[arg(long)]
    check: bool,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project()?;
    let root = project.documents.root.clone();
    let place = Place {
        folder: match &arguments.output {
            Some(output) => output.clone(),
            None => root.join(VENDOR_FOLDER),
        },
        shown: match &arguments.output {
            Some(output) => output.display().to_string(),
            None => VENDOR_FOLDER.to_owned(),
        },
        root,
    };
    if arguments.check {
        place.check(project, invocation)
    } else {
        place.write(project, invocation)
    }
}

/// Where the copies are.
struct Place {
    root: PathBuf,
    folder: PathBuf,
    /// What messages call the folder.
    shown: String,
}

impl Place {
    fn copies(&self, invocation: &Invocation) -> Result<Copies, Failure> {
        let lock = Lock::load(&self.root, &invocation.sources)
            .map_err(|problems| invocation.failed(EngineError::Documents(problems)))?;
        Ok(Copies::new(&self.folder, &lock))
    }

    fn check(&self, project: LoadedProject, invocation: &Invocation) -> Result<Exit, Failure> {
        // First without the images: rendering might have to fetch what is missing here.
        let copies = self.copies(invocation)?;
        let differences = copies.differences()?;
        if !differences.is_empty() {
            return self.differs(&differences, invocation);
        }
        let supplier = Outside::new(&self.root, invocation.offline);
        let images = invocation.supplied_by(&supplier, |supply| {
            let supply = Supply {
                locked: true,
                ..supply
            };
            found(project, invocation, supply)
        })?;
        let copies = copies.with_images(images.keys().map(String::as_str));
        let differences = copies.differences()?;
        if !differences.is_empty() {
            return self.differs(&differences, invocation);
        }
        let text = if invocation.json {
            format!("{:#}\n", json!({ "differences": [] }))
        } else {
            let holds = holds(copies.contents(), images.len());
            format!("{} holds what is pinned: {holds}.\n", self.shown)
        };
        invocation.output.result(&text)?;
        Ok(Exit::Done)
    }

    /// Tells what the folder is not as it should be.
    fn differs(
        &self,
        differences: &[Difference],
        invocation: &Invocation,
    ) -> Result<Exit, Failure> {
        if invocation.json {
            let all: Vec<Value> = differences
                .iter()
                .map(|one| json!({ "file": one.file(), "problem": one.why() }))
                .collect();
            let text = format!("{:#}\n", json!({ "differences": all }));
            invocation.output.result(&text)?;
            return Ok(Exit::Documents);
        }
        let mut problems: Vec<Diagnostic> = differences
            .iter()
            .map(|one| Diagnostic::error(format!("`{}/{}` {}", self.shown, one.file(), one.why())))
            .collect();
        let help = "run `stratiform vendor`, and keep the folder beside `stratiform.lock`";
        let last = problems.pop().map(|last| last.help(help));
        problems.extend(last);
        Err(invocation.failed(EngineError::Documents(problems)))
    }

    fn write(&self, project: LoadedProject, invocation: &Invocation) -> Result<Exit, Failure> {
        let supplier = Outside::new(&self.root, invocation.offline).mending();
        let images =
            invocation.supplied_by(&supplier, |supply| found(project, invocation, supply))?;
        let copies = self.copies(invocation)?;
        let copies = copies.with_images(images.keys().map(String::as_str));
        let written = copies.write(&supplier)?;
        let text = if invocation.json {
            let text = described(&self.folder, copies.contents(), &images, &written);
            format!("{text:#}\n")
        } else {
            self.told(&holds(copies.contents(), images.len()), &written)
        };
        invocation.output.result(&text)?;
        Ok(Exit::Done)
    }

    fn told(&self, holds: &str, written: &Written) -> String {
        let Written { written, removed } = written;
        let shown = &self.shown;
        if written.is_empty() && removed.is_empty() {
            return format!("{shown} was up to date: {holds}.\n");
        }
        let mut text = String::new();
        for (sign, files) in [("+", written), ("-", removed)] {
            for file in files {
                text += &format!("{sign} {shown}/{file}\n");
            }
        }
        text + &format!("{shown} holds {holds}.\n")
    }
}

/// The images of all clusters. What is odd about the project is told, and what it needs is there then.
fn found(
    project: LoadedProject,
    invocation: &Invocation,
    supply: Supply<'_>,
) -> Result<Images, Failure> {
    let failed = |error| invocation.failed(error);
    let workspace = Workspace::open(project, supply).map_err(failed)?;
    let told = &workspace.warnings;
    invocation.output.diagnostics(told, &invocation.sources);
    let snapshot = rendering_state(&workspace).map_err(failed)?;
    images(&workspace, &snapshot).map_err(failed)
}

/// "2 charts, 1 pack and 5 images".
fn holds(contents: &[Copied], images: usize) -> String {
    let of = |kind| contents.iter().filter(|one| one.kind == kind).count();
    let count = |number: usize, what: &str| {
        let end = if number == 1 { "" } else { "s" };
        format!("{number} {what}{end}")
    };
    format!(
        "{}, {} and the names of {}",
        count(of(ItemKind::Chart), "chart"),
        count(of(ItemKind::Pack), "pack"),
        count(images, "image")
    )
}

fn described(folder: &Path, contents: &[Copied], images: &Images, written: &Written) -> Value {
    let contents: Vec<Value> = contents
        .iter()
        .map(|one| {
            json!({
                "kind": one.kind.as_str(),
                "registry": one.registry,
                "name": one.name,
                "version": one.version,
                "digest": one.digest.to_string(),
                "archive": one.archive.to_string(),
                "file": one.file,
            })
        })
        .collect();
    let images: Vec<Value> = images
        .iter()
        .map(|(image, layers)| {
            let layers = layers.iter();
            let layers =
                layers.map(|(layer, clusters)| json!({ "layer": layer, "clusters": clusters }));
            json!({ "image": image, "usedBy": layers.collect::<Vec<_>>() })
        })
        .collect();
    json!({
        "folder": folder,
        "contents": contents,
        "images": images,
        "written": written.written,
        "removed": written.removed,
    })
}
