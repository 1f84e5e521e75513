//! The cores that one chart may use.

/// Whether the parts of a chart can be spread over all cores: not on a thread of the pool, where the layers of a fleet
/// are spread over them already. There, a thread that waits for its parts would take up whole other layers meanwhile,
/// on top of its own stack.
pub(super) fn are_idle() -> bool {
    rayon::current_thread_index().is_none()
}
