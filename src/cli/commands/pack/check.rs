//! `stratiform pack lint`

use std::path::PathBuf;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::{count, has_errors};
use crate::registry::lint;

pub(super) fn run(folders: &[PathBuf], invocation: &Invocation) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut told = Vec::new();
    for folder in folders {
        let found = lint(folder, &invocation.sources);
        invocation.output.diagnostics(&found, &invocation.sources);
        if has_errors(&found) {
            exit = Exit::Documents;
        }
        let errors = found.iter().filter(|one| one.is_error()).count();
        told.push((folder, errors, found.len() - errors));
    }
    let text = if invocation.json {
        let one = |(folder, errors, warnings): &(&PathBuf, usize, usize)| serde_json::json!({ "folder": folder, "errors": errors, "warnings": warnings });
        let all: Vec<_> = told.iter().map(one).collect();
        format!("{:#}\n", serde_json::Value::from(all))
    } else {
        let one = |(folder, errors, warnings): &(&PathBuf, usize, usize)| {
            let verdict = match (*errors, *warnings) {
                (0, 0) => "fine".to_owned(),
                (errors, warnings) => {
                    format!("{}, {}", count(errors, "error"), count(warnings, "warning"))
                }
            };
            format!("{}: {verdict}\n", folder.display())
        };
        told.iter().map(one).collect()
    };
    invocation.output.result(&text)?;
    Ok(exit)
}
