//! `stratiform profile export`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::Diagnostic;

#[derive(Args, Debug)]
pub struct Arguments {
    /// The profile, `NAME` or `NAME@VERSION`
    profile: String,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let profiles = super::profiles(invocation)?;
    let profile = super::named(profiles.documents(), &arguments.profile)?;
    let exporting = profiles.export(profile);
    let notes: Vec<Diagnostic> = exporting.notes.iter().map(Diagnostic::warning).collect();
    invocation.output.diagnostics(&notes, &invocation.sources);
    let text = serde_json::to_string_pretty(&exporting.exported)
        .map_err(|error| Failure::new(error.to_string()))?;
    invocation.output.result(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
