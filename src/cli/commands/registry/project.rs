//! Changes of the documents of a project, which are taken back when they break it.

use std::fs;
use std::path::Path;

use crate::cli::common::{Invocation, Readers, write_whole};
use crate::cli::failure::Failure;
use crate::diag::Diagnostic;
use crate::engine::EngineError;

/// Writes a file, or removes it when there is no text. When the project has errors then that it did not have before,
/// everything is as it was, and they are told.
pub(super) fn change(
    path: &Path,
    text: Option<&str>,
    invocation: &Invocation,
) -> Result<(), Failure> {
    let bad = errors(&invocation.project()?.diagnostics);
    let before = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let made = path.parent().filter(|folder| !folder.exists());
    put(path, text)?;
    let now = invocation.project()?;
    if errors(&now.diagnostics) > bad {
        put(path, before.as_deref())?;
        if let Some(folder) = made {
            // Something else may have been put there meanwhile; then it stays.
            let _ = fs::remove_dir(folder);
        }
        return Err(invocation.failed(EngineError::Documents(now.diagnostics)));
    }
    invocation
        .output
        .diagnostics(&now.diagnostics, &invocation.sources);
    Ok(())
}

fn errors(problems: &[Diagnostic]) -> usize {
    problems.iter().filter(|problem| problem.is_error()).count()
}

fn put(path: &Path, text: Option<&str>) -> Result<(), Failure> {
    match text {
        Some(text) => {
            if let Some(folder) = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                fs::create_dir_all(folder)?;
            }
            write_whole(path, text, Readers::All)
        }
        None => Ok(fs::remove_file(path)?),
    }
}
