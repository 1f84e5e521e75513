//! Pins moved to the newest versions.

use crate::registry::{Asked, Defaults, Registries, Supply, Update};

use super::contents::asked;
use super::error::EngineError;
use super::project::LoadedProject;

/// What is to be updated.
#[derive(Clone, Copy, Debug)]
pub struct UpdateRequest<'a> {
    /// Only the pins of this pack or chart.
    pub name: Option<&'a str>,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// Moves pins of the lock file to the newest versions that match, and says what that changes. What is not pinned yet is
/// pinned, and what nobody asks for any more is dropped. Nothing is composed: so a pin whose version is gone, or no longer
/// fits, can move on.
///
/// # Errors
/// When the documents are wrong, something cannot be had, or the lock file cannot be written.
pub fn update(
    project: &LoadedProject,
    supply: Supply<'_>,
    request: UpdateRequest<'_>,
) -> Result<Vec<(Update, Defaults)>, EngineError> {
    let documents = &project.documents;
    let (root, declared) = (&documents.root, &documents.registries);
    let registries = Registries::open(root, declared, supply, &project.sources)
        .map_err(EngineError::Documents)?;
    let all = asked(documents);
    registries.keep(&all);
    let new: Vec<&Asked> = all.iter().filter(|asked| !registries.pins(asked)).collect();
    registries.gather(new.iter().copied());
    let mut problems = Vec::new();
    for asked in new {
        problems.extend(registries.resolve(asked).err().unwrap_or_default());
    }
    if !problems.is_empty() {
        return Err(EngineError::Documents(problems));
    }
    let moved = registries
        .updates(request.name)
        .and_then(|updates| {
            let moved = registries.all_defaults(&updates)?;
            registries.move_pins(&updates)?;
            Ok(moved)
        })
        .map_err(EngineError::Documents)?;
    if !request.dry_run {
        registries.lock().save()?;
    }
    Ok(moved)
}
