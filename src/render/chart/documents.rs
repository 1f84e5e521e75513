//! Documents that were read before: most of what a chart renders is the same on many clusters.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::Digest;
use crate::render::objects::Content;
use crate::yaml;

use super::head::Head;

/// A document as it was read.
#[derive(Debug)]
pub(super) struct Parsed {
    /// What it says.
    pub content: Arc<Content>,
    /// What Helm looks at.
    pub head: Head,
}

/// Why a document cannot be read: Helm's words, and the line in the document, if it is known.
pub(super) type Unread = (String, Option<usize>);

/// Documents by the digests of their texts. What comes a second time is kept for a third.
#[derive(Debug, Default)]
pub(super) struct Documents(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    once: HashSet<Digest>,
    kept: HashMap<Digest, Arc<Parsed>>,
    bytes: usize,
}

/// So many bytes of text are kept in memory as documents. They take several times as much.
const MOST_BYTES: usize = 8 << 20;
/// So many digests are remembered.
const MOST_DIGESTS: usize = 200_000;

impl Documents {
    /// Reads a document, or remembers it.
    ///
    /// # Errors
    /// When it is not YAML, or no object as far as Helm looks at it.
    pub(super) fn read(&self, text: &str) -> Result<Arc<Parsed>, Unread> {
        let digest = Digest::of(text.as_bytes());
        if let Some(known) = self.lock().kept.get(&digest) {
            return Ok(Arc::clone(known));
        }
        let parsed = Arc::new(parse(text)?);
        let mut known = self.lock();
        if !known.once.contains(&digest) {
            if known.once.len() < MOST_DIGESTS {
                known.once.insert(digest);
            }
        } else if known.bytes + text.len() <= MOST_BYTES {
            known.bytes += text.len();
            known.kept.insert(digest, Arc::clone(&parsed));
        }
        Ok(parsed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parse(text: &str) -> Result<Parsed, Unread> {
    let documents = yaml::parse(text).map_err(|error| {
        let message = format!("error converting YAML to JSON: {error}");
        (message, Some(error.line))
    })?;
    let value = documents.into_iter().next().unwrap_or_default();
    let head = Head::of(&value).map_err(|message| (message, None))?;
    let content = Arc::new(Content::new(value));
    Ok(Parsed { content, head })
}
