//! The parsed templates of a chart, kept for all its releases.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::render::template::{File, Functions, ParseError, Set};

use super::documents::Documents;
use super::scope::Scoped;

/// The parsed templates of a chart and its subcharts. Which subcharts there are, and under which names, differs from
/// release to release; each text is parsed once all the same, and each selection of charts is put together once.
#[derive(Debug, Default)]
pub struct Templates {
    files: Mutex<HashMap<String, Parsed>>,
    sets: Mutex<HashMap<Vec<String>, Set>>,
    /// What they print, as far as it came before.
    pub(super) documents: Documents,
}

#[derive(Clone, Debug)]
struct Parsed {
    data: Arc<[u8]>,
    file: File,
}

/// More selections than this are not kept; a chart whose releases all differ so much is rare.
const MOST_SETS: usize = 64;

impl Templates {
    /// All of these templates, which are in the order in which they are to be parsed.
    ///
    /// # Errors
    /// The first text that is no template.
    pub(super) fn set(&self, scoped: &[Scoped<'_>]) -> Result<Set, ParseError> {
        let names: Vec<String> = scoped.iter().map(|one| one.name.clone()).collect();
        if let Some(set) = lock(&self.sets).get(&names) {
            return Ok(set.clone());
        }
        let mut set = Set::new(Functions::standard());
        for one in scoped {
            set.add(&self.file(one)?);
        }
        let mut sets = lock(&self.sets);
        if sets.len() < MOST_SETS {
            sets.insert(names, set.clone());
        }
        Ok(set)
    }

    fn file(&self, one: &Scoped<'_>) -> Result<File, ParseError> {
        if let Some(known) = lock(&self.files).get(&one.name)
            && Arc::ptr_eq(&known.data, &one.file.data)
        {
            return Ok(known.file.clone());
        }
        let text = String::from_utf8_lossy(&one.file.data);
        let file = File::parse(&one.name, &text, &Functions::standard())?;
        let parsed = Parsed {
            data: Arc::clone(&one.file.data),
            file: file.clone(),
        };
        lock(&self.files).insert(one.name.clone(), parsed);
        Ok(file)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
