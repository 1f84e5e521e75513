//! `stratiform profile show`

use std::sync::Arc;

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::model::Profile;
use crate::ui::{profile_human, profile_json};

#[derive(Args, Debug)]
pub struct Arguments {
    /// The profile, `NAME` or `NAME@VERSION`
    profile: String,
    /// Also all values of each layer, with the pack's own
    #[arg(long)]
    values: bool,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    if arguments.values {
        let profiles = super::profiles(invocation)?;
        let profile = super::named(profiles.documents(), &arguments.profile)?;
        let layers = profiles.layers(profile);
        let values: Vec<String> = layers.iter().map(|layer| profiles.values(layer)).collect();
        return print(profile, Some(&values), invocation);
    }
    let project = invocation
        .project()?
        .checked()
        .map_err(|error| invocation.failed(error))?;
    let profile = super::named(&project.documents, &arguments.profile)?;
    print(profile, None, invocation)
}

fn print(
    profile: &Arc<Profile>,
    values: Option<&[String]>,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    let text = if invocation.json {
        format!("{:#}\n", profile_json(profile, values))
    } else {
        profile_human(profile, values, &super::view(invocation, false))
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
