//! `stratiform render` in a project: what clusters should be, to standard output or into a folder.

use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;

use crate::cli::common::{Invocation, Readers, Selecting, write_whole};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::{RenderedCluster, render_cluster, rendering_state};
use crate::model::Stack;
use crate::target::file_path;
use crate::yaml;

/// So many clusters are held in memory at the same time.
const CHUNK: usize = 16;

pub fn run(
    selecting: &Selecting,
    output_dir: Option<&Path>,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    let selection = selecting.selection(invocation)?;
    let workspace = invocation.workspace(invocation.project()?)?;
    let snapshot = rendering_state(&workspace).map_err(|error| invocation.failed(error))?;
    let chosen: Vec<&Stack> = workspace
        .stacks
        .iter()
        .filter(|stack| selection.has_cluster(&stack.cluster.name, Some(&stack.cluster.labels)))
        .collect();
    if chosen.is_empty() {
        return Err(Failure::new("no cluster matches what was asked for"));
    }
    for chunk in chosen.chunks(CHUNK) {
        let rendered: Vec<_> = chunk
            .par_iter()
            .map(|stack| render_cluster(&workspace, stack, &snapshot, &selection))
            .collect();
        for rendered in rendered {
            let rendered = rendered.map_err(|error| invocation.failed(error))?;
            invocation
                .output
                .diagnostics(&rendered.warnings, &invocation.sources);
            match output_dir {
                Some(output_dir) => put(&rendered, output_dir)?,
                None => invocation.output.result(&text(&rendered, true))?,
            }
        }
    }
    Ok(Exit::Done)
}

/// The objects one after the other, each with where it comes from.
pub(super) fn text(rendered: &RenderedCluster, with_cluster: bool) -> String {
    let mut out = String::new();
    for (layer, objects) in &rendered.layers {
        for object in objects {
            out.push_str("---\n# Source: ");
            if with_cluster {
                // Writing into a string cannot fail.
                let _ = write!(out, "{}/", rendered.cluster);
            }
            let _ = writeln!(out, "{layer}/{}", object.origin.trim_matches('`'));
            out.push_str(&yaml::write_ordered(&object.value));
        }
    }
    out
}

/// One file an object, as the directory target has them, below a folder of the cluster's name.
pub(super) fn put(rendered: &RenderedCluster, output_dir: &Path) -> Result<(), Failure> {
    for (layer, objects) in &rendered.layers {
        for object in objects {
            let path = file_path(layer, &object.key, !object.hooks.is_empty());
            let path = output_dir.join(rendered.cluster.as_str()).join(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| {
                    Failure::new(format!("cannot make {}: {error}", folder.display()))
                })?;
            }
            let readers = if object.key.is_secret() {
                Readers::Owner
            } else {
                Readers::All
            };
            write_whole(&path, &yaml::write_ordered(&object.value), readers)?;
        }
    }
    Ok(())
}
