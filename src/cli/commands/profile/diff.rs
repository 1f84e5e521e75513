//! `stratiform profile diff`

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::ui::{profile_diff_human, profile_diff_json};

#[derive(Args, Debug)]
pub struct Arguments {
    /// The one profile, `NAME` or `NAME@VERSION`
    before: String,
    /// The other profile, `NAME` or `NAME@VERSION`
    after: String,
    /// Exit with 2 when the two differ; without it, the exit code is 0 whether they do or not, as with `git diff`
    #[arg(long)]
    exit_code: bool,
    /// Show long differences to their end
    #[arg(long)]
    expand: bool,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let profiles = super::profiles(invocation)?;
    let before = super::named(profiles.documents(), &arguments.before)?;
    let after = super::named(profiles.documents(), &arguments.after)?;
    let difference = profiles.compare(before, after);
    let text = if invocation.json {
        format!("{:#}\n", profile_diff_json(&difference))
    } else {
        profile_diff_human(&difference, &super::view(invocation, arguments.expand))
    };
    invocation.output.result(&text)?;
    Ok(if arguments.exit_code && !difference.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    })
}
