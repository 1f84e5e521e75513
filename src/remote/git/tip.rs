//! The commit that a branch or a tag names now.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::GitReference;
use crate::remote::age::will_do;
use crate::remote::cache::Cache;
use crate::remote::{Freshness, RemoteError};

use super::command::Git;

/// The most that a repository may say of one reference, in bytes.
const LIMIT: u64 = 1 << 20;

/// What a repository said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tip {
    /// The commit.
    pub commit: String,
    /// When it was so.
    pub checked: Timestamp,
}

impl Tip {
    /// What the cache knows, if that is fresh enough for who began to ask a while ago.
    ///
    /// # Errors
    /// When the cache cannot be read.
    pub fn kept(
        cache: &Cache,
        key: &str,
        freshness: Freshness,
        (began, now): (Timestamp, Timestamp),
    ) -> Result<Option<Self>, RemoteError> {
        let note = cache.note(key)?;
        let tip: Option<Self> = note.and_then(|note| serde_json::from_slice(&note).ok());
        Ok(tip.filter(|tip| will_do(tip.checked, freshness, began, now)))
    }

    /// Asks the repository, and keeps what it says.
    ///
    /// # Errors
    /// When it does not have the reference, or git fails.
    pub fn ask(
        git: &Git<'_>,
        cache: &Cache,
        key: &str,
        reference: &GitReference,
    ) -> Result<Self, RemoteError> {
        let (name, shown) = match reference {
            GitReference::Default => ("HEAD".to_owned(), "HEAD".to_owned()),
            GitReference::Branch(name) => {
                (format!("refs/heads/{name}"), format!("branch `{name}`"))
            }
            GitReference::Tag(name) => (format!("refs/tags/{name}"), format!("tag `{name}`")),
            GitReference::Commit(commit) => {
                let commit = commit.to_string();
                let checked = git.network.timing().clock.now();
                return Ok(Self { commit, checked });
            }
        };
        // A tag that is an object of its own leads to its commit under this name.
        let peeled = format!("{name}^{{}}");
        let url = &git.address.url;
        let said = git.remote(&["ls-remote", "--", url, &name, &peeled], &[], LIMIT)?;
        let commit = commit(&String::from_utf8_lossy(&said), &name, &peeled);
        let Some(commit) = commit else {
            return Err(RemoteError::Unknown {
                what: format!("{shown} in {}", git.address.shown()),
            });
        };
        let checked = git.network.timing().clock.now();
        let tip = Self { commit, checked };
        // Without the note it is asked again, and nothing worse.
        if let Ok(note) = serde_json::to_vec(&tip) {
            cache.set_note(key, &note)?;
        }
        Ok(tip)
    }
}

/// Finds the commit in lines of `<commit>\t<name>`.
fn commit(said: &str, name: &str, peeled: &str) -> Option<String> {
    let find = |wanted: &str| {
        let mut lines = said.lines().filter_map(|line| line.split_once('\t'));
        lines.find(|(_, name)| *name == wanted)
    };
    let (commit, _) = find(peeled).or_else(|| find(name))?;
    Some(commit.to_owned())
}
