//! `stratiform render --pack`: a pack as a layer of it would be.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::{PackRequest, render_pack};
use crate::model::{ClusterName, Key};
use crate::render::template;
use crate::yaml::{self, Limits, Node};

use super::Alone;
use super::project::{put, text};

#[derive(Args, Debug)]
pub struct PackOptions {
    /// What macros read as the cluster's name (with --pack)
    #[arg(long, value_name = "NAME", default_value = "cluster")]
    cluster_name: String,
    /// Give a variable of the profile a value, for macros such as `.spectro.var.port` (with --pack)
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Choose a preset of the pack (with --pack)
    #[arg(long = "preset", value_name = "GROUP:NAME")]
    presets: Vec<String>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not `NAME=VALUE`"))?;
    Ok((name.to_owned(), value.to_owned()))
}

pub fn run(
    folder: &Path,
    alone: &Alone,
    options: &PackOptions,
    output_dir: Option<&Path>,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    let cluster =
        ClusterName::new(&options.cluster_name).map_err(|error| Failure::new(error.to_string()))?;
    let sources = &invocation.sources;
    let failed = |problems| Failure::rendering(problems, Arc::clone(sources));
    let mut values: Vec<Arc<Node>> = Vec::new();
    for (name, text) in alone.texts()? {
        let source = sources.add(name, text.as_str());
        let documents = yaml::read(source, &text, Limits::default());
        let documents = documents.map_err(|problem| failed(vec![*problem]))?;
        values.extend(documents.into_iter().map(Arc::new));
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| Failure::new(format!("the system gives no random bytes: {error}")))?;
    let request = PackRequest {
        folder,
        presets: options.presets.clone(),
        values,
        variables: options
            .variables
            .iter()
            .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
            .collect(),
        cluster,
        namespace: alone.namespace.as_deref().map(Arc::from),
        capabilities: super::chart::capabilities(alone)?,
        limits: template::Limits::deep(),
        key: Key::from_bytes(key),
        now: jiff::Timestamp::now(),
    };
    let rendered = render_pack(&request, sources).map_err(failed)?;
    invocation.output.diagnostics(&rendered.warnings, sources);
    match output_dir {
        Some(output_dir) => put(&rendered, output_dir)?,
        None => invocation.output.result(&text(&rendered, false))?,
    }
    Ok(Exit::Done)
}
