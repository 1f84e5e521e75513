//! `stratiform render --chart`: what `helm template` does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::{Diagnostic, causes};
use crate::model::{Capabilities, HELM_KUBE_VERSION, HookEvent, LONGEST_RELEASE, Version};
use crate::registry::read_chart;
use crate::render::chart::{
    self, Manifest, Release, SetKind, SharedChart, Tree, render, resolve, set,
};
use crate::render::template::{Limits, Run, Seed};

use super::Alone;

#[derive(Args, Debug)]
pub struct ChartOptions {
    /// Set values: `a.b=1,c[0]=x` (with --chart)
    #[arg(long = "set", value_name = "K=V")]
    set: Vec<String>,
    /// Set values that stay texts (with --chart)
    #[arg(long = "set-string", value_name = "K=V")]
    set_string: Vec<String>,
    /// Set values that are JSON (with --chart)
    #[arg(long = "set-json", value_name = "K=JSON")]
    set_json: Vec<String>,
    /// Set values to what files hold (with --chart)
    #[arg(long = "set-file", value_name = "K=FILE")]
    set_file: Vec<String>,
    /// Set a value to a text without looking for commas in it (with --chart)
    #[arg(long = "set-literal", value_name = "K=V")]
    set_literal: Vec<String>,
    /// The name of the release (with --chart)
    #[arg(long, value_name = "NAME", default_value = "release-name")]
    release: String,
    /// Print the chart's crds/ too (with --chart)
    #[arg(long)]
    include_crds: bool,
    /// Leave out hooks (with --chart)
    #[arg(long)]
    no_hooks: bool,
    /// Leave out test hooks (with --chart)
    #[arg(long)]
    skip_tests: bool,
    /// Let templates see an upgrade in place of an install (with --chart)
    #[arg(long)]
    is_upgrade: bool,
    /// Do not check values against the chart's schema (with --chart)
    #[arg(long)]
    skip_schema_validation: bool,
}

pub fn run(
    path: &Path,
    alone: &Alone,
    options: &ChartOptions,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    let shown = path.display().to_string();
    check_release(&options.release)?;
    let values = values(alone, options)?;
    let capabilities = capabilities(alone)?;
    let files = read_chart(path, &shown).map_err(|error| {
        let why = causes(&error).join(": ");
        Failure::new(format!("cannot read the chart {shown}: {why}"))
    })?;
    let chart = SharedChart::load(&files, &invocation.sources).map_err(|error| {
        let why = causes(&error).join(": ");
        let failure = Failure::new(format!("the chart in {shown} cannot be used: {why}"));
        match error.advice("") {
            Some(advice) => failure.help(advice),
            None => failure,
        }
    })?;
    let failed =
        |problem: Diagnostic| Failure::rendering(vec![problem], Arc::clone(&invocation.sources));
    let how = chart::Options {
        skip_schema: options.skip_schema_validation,
    };
    let kube_version = capabilities.kube_version.as_str();
    let resolved = resolve(&chart.chart, &values, kube_version, how)
        .map_err(|error| failed(chart.refusal(&error, "")))?;
    let release = Release {
        name: &options.release,
        namespace: alone.namespace.as_deref().unwrap_or("default"),
        is_upgrade: options.is_upgrade,
        capabilities: &capabilities,
    };
    let seed = fresh_seed()?;
    let start = |set| Run::new(set, Limits::deep(), Some(seed));
    match render(&resolved, &release, &chart.templates, start) {
        Ok((mut rendered, _)) => {
            if options.skip_tests {
                rendered.manifests.hooks.retain(|hook| !is_test(hook));
            }
            let text = rendered.text(options.include_crds, !options.no_hooks);
            invocation.output.result(&text)?;
            Ok(Exit::Done)
        }
        Err(error) => Err(failed(chart.diagnose(&error, &resolved, ""))),
    }
}

/// As Helm has it: one event for tests is enough.
fn is_test(hook: &Manifest) -> bool {
    hook.hooks.contains(&HookEvent::Test)
}

/// Nobody keeps it, so every call gives other passwords, as Helm does.
fn fresh_seed() -> Result<Seed, Failure> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| Failure::new(format!("the system gives no random bytes: {error}")))?;
    Ok(Seed {
        key,
        now: Timestamp::now(),
    })
}

/// The rule of Helm for names of releases.
fn check_release(name: &str) -> Result<(), Failure> {
    let word = |word: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !word.is_empty()
            && word.bytes().all(inner)
            && !word.starts_with('-')
            && !word.ends_with('-')
    };
    if name.len() <= LONGEST_RELEASE && name.split('.').all(word) {
        return Ok(());
    }
    let failure = Failure::new(format!("`{name}` is not a valid release name"));
    Err(failure.help(format!(
        "at most {LONGEST_RELEASE} lower-case letters, digits, `-` and `.`, with a letter or a digit at both ends"
    )))
}

pub(super) fn capabilities(alone: &Alone) -> Result<Capabilities, Failure> {
    let text = alone.kube_version.as_deref().unwrap_or(HELM_KUBE_VERSION);
    let version = Version::new(text)
        .ok()
        .filter(|version| version.numbers().len() > 1)
        .ok_or_else(|| Failure::new(format!("`{text}` is not a version of Kubernetes")))?;
    let further = alone.api_versions.iter().map(String::as_str);
    Ok(Capabilities::assumed(version, further))
}

/// Files first, then what `--set` and its kin say, in Helm's order.
fn values(alone: &Alone, options: &ChartOptions) -> Result<Tree, Failure> {
    let mut tree = Tree::empty();
    for (name, text) in alone.texts()? {
        let file = Tree::parse(text.as_bytes())
            .map_err(|error| Failure::new(format!("failed to parse {name}: {error}")))?;
        tree = tree.merged(&file);
    }
    let all = [
        (&options.set_json, SetKind::Json, "--set-json"),
        (&options.set, SetKind::Typed, "--set"),
        (&options.set_string, SetKind::String, "--set-string"),
        (&options.set_file, SetKind::File(&read_file), "--set-file"),
        (&options.set_literal, SetKind::Literal, "--set-literal"),
    ];
    for (texts, kind, flag) in all {
        for text in texts {
            set(&mut tree, text, kind).map_err(|error| {
                Failure::new(error.to_string()).help(format!("correct `{flag} {text}`"))
            })?;
        }
    }
    Ok(tree)
}

fn read_file(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(PathBuf::from(path)).map_err(|error| format!("{path}: {error}"))
}
