//! Layers that come out the same on many clusters, rendered once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::Digest;

use super::sensitive::Masked;

/// Renderings by the fingerprint of what they depend on, seeds aside. The oldest make room for new ones.
#[derive(Debug, Default)]
pub struct Renderings(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    slots: HashMap<Digest, Arc<Mutex<Slot>>>,
    order: VecDeque<(Digest, usize)>,
    bytes: usize,
}

#[derive(Debug, Default)]
enum Slot {
    /// Nobody has rendered it yet.
    #[default]
    Unknown,
    /// It is the same for all.
    Same(Arc<Masked>),
    /// Chance goes into it, so it is each cluster's own.
    Own,
}

/// So many bytes of rendered text are kept; as objects they take several times as much.
const MOST_BYTES: usize = 8 << 20;

impl Renderings {
    /// What was rendered from the same before, or is rendered now. Whoever comes while another is at it waits for that.
    ///
    /// # Errors
    /// Those of `render`.
    pub(super) fn of<E>(
        &self,
        fingerprint: &Digest,
        render: impl FnOnce() -> Result<Masked, E>,
    ) -> Result<Arc<Masked>, E> {
        let slot = Arc::clone(lock(&self.0).slots.entry(*fingerprint).or_default());
        let mut guard = lock(&slot);
        match &*guard {
            Slot::Same(known) => return Ok(Arc::clone(known)),
            Slot::Own => {
                drop(guard);
                return render().map(Arc::new);
            }
            Slot::Unknown => {}
        }
        let rendered = Arc::new(render()?);
        *guard = if rendered.seeded {
            Slot::Own
        } else {
            Slot::Same(Arc::clone(&rendered))
        };
        drop(guard);
        if !rendered.seeded {
            self.make_room(*fingerprint, rendered.bytes());
        }
        Ok(rendered)
    }

    fn make_room(&self, fingerprint: Digest, bytes: usize) {
        let mut kept = lock(&self.0);
        kept.bytes += bytes;
        kept.order.push_back((fingerprint, bytes));
        while kept.bytes > MOST_BYTES
            && let Some((oldest, bytes)) = kept.order.pop_front()
        {
            kept.bytes -= bytes;
            kept.slots.remove(&oldest);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::engine::sensitive::blob;

    fn masked(seeded: bool, size: usize) -> Result<Masked, ()> {
        Ok(Masked {
            values: blob("x".repeat(size)),
            objects: Vec::new(),
            namespaces: Vec::new(),
            warnings: Vec::new(),
            seeded,
        })
    }

    #[test]
    fn equal_inputs_are_rendered_once_unless_chance_goes_into_them() {
        let renderings = Renderings::default();
        let mut times = 0;
        for (fingerprint, seeded) in [("a", false), ("a", false), ("b", true), ("b", true)] {
            let fingerprint = Digest::of(fingerprint.as_bytes());
            let count = || {
                times += 1;
                masked(seeded, 1)
            };
            renderings.of(&fingerprint, count).unwrap();
        }
        assert_eq!(times, 3);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let renderings = Renderings::default();
        for number in 0..40_u8 {
            let fingerprint = Digest::of(&[number]);
            renderings
                .of(&fingerprint, || masked(false, MOST_BYTES / 4))
                .unwrap();
        }
        let kept = lock(&renderings.0);
        assert!(kept.bytes <= MOST_BYTES && kept.slots.len() <= 4);
    }

    #[test]
    fn what_failed_is_tried_again() {
        let renderings = Renderings::default();
        let fingerprint = Digest::of(b"a");
        assert!(
            renderings
                .of(&fingerprint, || Err::<Masked, ()>(()))
                .is_err()
        );
        assert!(renderings.of(&fingerprint, || masked(false, 1)).is_ok());
    }
}
