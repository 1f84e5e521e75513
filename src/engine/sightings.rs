//! What was found on servers, remembered.

use jiff::Timestamp;

use crate::model::{ClusterName, Key};
use crate::state::{Mode, Sighting, Store};
use crate::target::Target;

use super::project::LoadedProject;

/// What was just found on a server.
pub(super) async fn seen_now(target: &dyn Target, at: Timestamp, drifted: usize) -> Sighting {
    Sighting {
        at,
        drifted: u32::try_from(drifted).unwrap_or(u32::MAX),
        // A server that does not say what it can do was looked at all the same.
        capabilities: target.capabilities().await.ok().flatten(),
        applied_for: None,
    }
}

/// Keeps what was found, as far as the state can be written: who may only read it has seen it all the same, and looks
/// again the next time.
pub(super) fn remember(project: &LoadedProject, key: &Key, sightings: &[(ClusterName, Sighting)]) {
    if sightings.is_empty() {
        return;
    }
    if let Ok(mut store) = project.store(Mode::Read, key) {
        let _ = store.remember(sightings);
    }
}
