//! `stratiform schema`

use clap::{Args, ValueEnum};

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::documents;
use crate::ui;

#[derive(Args, Debug)]
pub struct Arguments {
    /// What the schema is of
    #[arg(value_enum, default_value_t)]
    of: Of,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Of {
    /// The documents that you write
    #[default]
    Documents,
    /// What `plan --json` writes
    Plan,
    /// What `drift --json` writes
    Drift,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let schema = match arguments.of {
        Of::Documents => documents::schema(),
        Of::Plan => ui::plan_schema(),
        Of::Drift => ui::drift_schema(),
    };
    invocation.output.result(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}
