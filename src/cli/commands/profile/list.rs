//! `stratiform profile list`

use std::sync::Arc;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::stacks::users;
use crate::ui::{ListedProfile, profile_list_human, profile_list_json};

pub fn run(invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation
        .project()?
        .checked()
        .map_err(|error| invocation.failed(error))?;
    let documents = &project.documents;
    let mut listed: Vec<ListedProfile> = documents
        .profiles
        .iter()
        .zip(users(documents))
        .map(|(profile, clusters)| ListedProfile {
            profile: Arc::clone(profile),
            clusters,
        })
        .collect();
    listed.sort_by(|one, other| {
        let (one, other) = (&one.profile, &other.profile);
        (&one.name, &one.version).cmp(&(&other.name, &other.version))
    });
    let text = if invocation.json {
        format!("{:#}\n", profile_list_json(&listed))
    } else {
        profile_list_human(&listed, &super::view(invocation, false))
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
