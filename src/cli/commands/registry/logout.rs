//! `stratiform registry logout`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::remote::RemoteError;
use crate::remote::credentials::Credentials;

use super::remote::{endpoint, find};

#[derive(Args, Debug)]
pub struct Arguments {
    /// The registry
    name: String,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let (root, registry) = find(&arguments.name, invocation)?;
    let credentials = Credentials::of_process();
    let endpoint = endpoint(&registry, &registry.access, &root, &credentials, invocation)?;
    let erased = credentials
        .erase(endpoint.place())
        .map_err(RemoteError::from)?;
    let name = &registry.name;
    let text = match &erased {
        _ if invocation.json => {
            let told = serde_json::json!({ "registry": name, "erasedFrom": erased });
            format!("{told:#}\n")
        }
        Some(place) => format!("Logged out of registry `{name}`; erased from {place}.\n"),
        None => format!("No credentials were kept for registry `{name}`.\n"),
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
