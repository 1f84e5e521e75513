//! `stratiform pack lint`

use std::path::PathBuf;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::diag::has_errors;
use crate::registry::lint;

pub(super) fn run(folders: &[PathBuf], invocation: &Invocation) -> Result<Exit, Failure> {
    let mut wrong = 0;
    for folder in folders {
        let found = lint(folder, &invocation.sources);
        invocation.output.diagnostics(&found, &invocation.sources);
        let (errors, warnings) = (
            found.iter().filter(|one| one.is_error()).count(),
            found.len(),
        );
        let verdict = match (errors, warnings) {
            (_, 0) => "fine".to_owned(),
            (errors, all) => format!("{errors} errors, {} warnings", all - errors),
        };
        wrong += usize::from(has_errors(&found));
        invocation
            .output
            .result(&format!("{}: {verdict}\n", folder.display()))?;
    }
    Ok(if wrong > 0 {
        Exit::Documents
    } else {
        Exit::Done
    })
}
