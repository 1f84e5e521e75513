//! `stratiform pack pull`

use std::path::Path;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::EngineError;

use super::{Wanted, with};

pub(super) fn run(
    wanted: &Wanted,
    output: &Path,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    let (path, what) = with(wanted, invocation, |registries, shown| {
        let path = registries
            .pull(shown, output)
            .map_err(EngineError::Documents)?;
        Ok((path, format!("{} {}", shown.asked, shown.version)))
    })?;
    let text = if invocation.json {
        format!("{:#}\n", serde_json::json!({ "path": path }))
    } else {
        format!("Put {what} into {}.\n", path.display())
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}
