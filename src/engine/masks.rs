//! Objects that were masked before: what clusters share is written and hashed once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::plan::DesiredObject;
use crate::yaml::Value;

/// Objects as they are planned, by the address of what was rendered. Only what the renderer keeps for other clusters is
/// in it; it holds on to that, so an address never means something else.
#[derive(Debug, Default)]
pub struct Masks(Mutex<HashMap<usize, DesiredObject>>);

/// So many objects are kept.
const MOST: usize = 50_000;

impl Masks {
    /// What was made of an object before, or is made of it now. What came out differently with other sensitive inputs is
    /// no cluster's but one's, and must not come here.
    pub(super) fn of(
        &self,
        object: &Arc<Value>,
        make: impl FnOnce() -> DesiredObject,
    ) -> DesiredObject {
        // The renderer has it, too, or nobody will ask again.
        if Arc::strong_count(object) == 1 {
            return make();
        }
        let address = Arc::as_ptr(object).addr();
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&address) {
            return known.clone();
        }
        let made = make();
        let mut known = lock();
        if known.len() < MOST {
            known.insert(address, made.clone());
        }
        made
    }
}
