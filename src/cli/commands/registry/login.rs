//! `stratiform registry login`

use std::io::{self, IsTerminal as _, Read as _};

use clap::Args;

use crate::cli::ask;
use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::model::Access;
use crate::remote::credentials::{Credential, Credentials, Place, Secret};
use crate::remote::{RemoteError, oci};

use super::remote::{endpoint, find};

/// The longest password or token that is read, in bytes.
const LONGEST: u64 = 64 << 10;

#[derive(Args, Debug)]
pub struct Arguments {
    /// The registry
    name: String,
    /// The user's name; asked for when left out
    #[arg(long, short, value_name = "NAME")]
    username: Option<String>,
    /// Read the password from standard input
    #[arg(long, requires = "username")]
    password_stdin: bool,
    /// Read a token from standard input, in place of name and password
    #[arg(long, conflicts_with_all = ["username", "password_stdin"])]
    token_stdin: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let (root, registry) = find(&arguments.name, invocation)?;
    let name = &registry.name;
    let credential = credential(arguments, invocation)?;
    // What is tried is what was typed, whatever else the document says.
    let access = Access {
        username: None,
        password: None,
        token: None,
        ..registry.access.clone()
    };
    let only = Credentials::only(Some(credential.clone()));
    let endpoint = endpoint(&registry, &access, &root, &only, invocation)?;
    match endpoint.place() {
        Place::Oci { .. } => oci::ping(&endpoint)?,
        Place::Helm { .. } => endpoint.check("index.yaml")?,
    }
    let kept = Credentials::of_process()
        .store(name, endpoint.place(), &credential)
        .map_err(RemoteError::from)?;
    if access != registry.access {
        invocation.output.say(&format!(
            "The document of registry `{name}` has credentials of its own, and they come first."
        ));
    }
    let text = if invocation.json {
        let told = serde_json::json!({ "registry": name, "keptIn": kept });
        format!("{told:#}\n")
    } else {
        format!("Logged in to registry `{name}`; the credentials are kept in {kept}.\n")
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

fn credential(arguments: &Arguments, invocation: &Invocation) -> Result<Credential, Failure> {
    if arguments.token_stdin {
        return Ok(Credential::Bearer(Secret::new(piped("token")?)));
    }
    let asked = io::stdin().is_terminal();
    if !asked && !arguments.password_stdin {
        let failure = Failure::new("nobody is there to type: standard input is not a terminal");
        return Err(failure.help("pass --username NAME --password-stdin, or --token-stdin"));
    }
    let username = match &arguments.username {
        Some(username) => username.clone(),
        None => ask::line("Username:", &invocation.output)?,
    };
    let password = if arguments.password_stdin {
        piped("password")?
    } else {
        ask::hidden("Password (not shown):", &invocation.output)?
    };
    if username.is_empty() || username.contains(':') {
        return Err(Failure::new("a user's name is not empty, and has no `:`"));
    }
    Ok(Credential::basic(username, password))
}

/// What comes on standard input, without the end of its line.
fn piped(what: &str) -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin().lock().take(LONGEST).read_to_string(&mut text)?;
    let bare = text.trim_end_matches(['\r', '\n']);
    if bare.is_empty() {
        return Err(Failure::new(format!(
            "there is no {what} on standard input"
        )));
    }
    Ok(bare.to_owned())
}
