//! The packs of a commit.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::GitReference;
use crate::remote::cache::Cache;
use crate::remote::{Item, ItemKind, Listing, Offer, RemoteError};

use super::repository::Repository;
use super::tree::{self, File};

/// What a folder of a pack holds.
const PACK_FILE: &str = "pack.json";

/// How deep below the folder packs are looked for, as in registries that are folders.
const DEPTH: usize = 3;

/// The form in which the packs of a commit are kept.
const FORM: u32 = 1;

/// The packs of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Packs(Vec<Pack>);

/// A pack in one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pack {
    /// Its name.
    pub name: Arc<str>,
    /// Its version, as it is written.
    pub version: Arc<str>,
    /// What people call it.
    pub display_name: Option<Arc<str>>,
    /// Its folder in the repository.
    pub folder: String,
}

/// What a list wants to know of `pack.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    name: String,
    version: String,
    display_name: Option<String>,
}

impl Packs {
    /// The packs of a commit that is in the cache already.
    ///
    /// # Errors
    /// When the cache cannot be read.
    pub fn kept(cache: &Cache, key: &str) -> Result<Option<Self>, RemoteError> {
        let note = cache.note(&format!("{key} in form {FORM}"))?;
        Ok(note.and_then(|note| serde_json::from_slice(&note).ok()))
    }

    /// Looks through a commit below a folder. Folders whose `pack.json` says neither name nor version are left out, and so
    /// is what comes a second time.
    ///
    /// # Errors
    /// When git fails.
    pub fn find(
        repository: &Repository<'_>,
        cache: &Cache,
        key: &str,
        place: (&str, &GitReference, &str),
    ) -> Result<Self, RemoteError> {
        let (commit, reference, folder) = place;
        repository.need(commit, reference)?;
        let files = tree::files(repository.git(), commit, folder)?;
        let found = pack_files(&files);
        let contents = repository.contents(commit, found.iter().copied())?;
        let mut packs = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for file in found {
            let below = file.path.strip_suffix(PACK_FILE).unwrap_or_default();
            let folder = join(folder, below.trim_end_matches('/'));
            let content = contents.get(&file.blob).map(Vec::as_slice);
            match summarise(content.unwrap_or_default()) {
                Ok(summary) => {
                    if seen.insert((summary.name.clone(), summary.version.clone())) {
                        packs.push(Pack {
                            name: summary.name.into(),
                            version: summary.version.trim().into(),
                            display_name: summary.display_name.map(Into::into),
                            folder,
                        });
                    }
                }
                Err(error) => tracing::debug!("`{folder}/{PACK_FILE}`: {error}"),
            }
        }
        let packs = Self(packs);
        // Without the note it is looked through again, and nothing worse.
        if let Ok(note) = serde_json::to_vec(&packs) {
            cache.set_note(&format!("{key} in form {FORM}"), &note)?;
        }
        Ok(packs)
    }

    /// A version of a pack.
    pub fn pack(&self, name: &str, version: &str) -> Option<&Pack> {
        let mut all = self.0.iter();
        all.find(|pack| &*pack.name == name && &*pack.version == version)
    }

    /// The versions of a pack.
    pub fn offers(&self, name: &str) -> Vec<Offer> {
        let all = self.0.iter().filter(|pack| &*pack.name == name);
        all.map(Pack::offer).collect()
    }

    /// All of them, by name.
    pub fn listings(&self) -> Vec<Listing> {
        let mut listings: Vec<Listing> = Vec::new();
        let mut sorted: Vec<&Pack> = self.0.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        for pack in sorted {
            match listings.last_mut() {
                Some(last) if last.item.name == pack.name => last.offers.push(pack.offer()),
                _ => listings.push(Listing {
                    item: Item {
                        kind: ItemKind::Pack,
                        name: Arc::clone(&pack.name),
                    },
                    offers: vec![pack.offer()],
                }),
            }
        }
        listings
    }
}

impl Pack {
    fn offer(&self) -> Offer {
        Offer {
            version: Arc::clone(&self.version),
            description: self.display_name.clone(),
            ..Offer::default()
        }
    }
}

/// A folder below a folder.
pub(super) fn join(folder: &str, below: &str) -> String {
    let parts = [folder, below];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// The `pack.json` of each folder that is a pack: not too deep, in no hidden folder, and not inside of a pack.
fn pack_files(files: &[File]) -> Vec<&File> {
    let folder_of = |file: &File| {
        let folder = file.path.strip_suffix(PACK_FILE)?;
        (folder.is_empty() || folder.ends_with('/')).then(|| folder.to_owned())
    };
    let mut found: Vec<(String, &File)> = files
        .iter()
        .filter_map(|file| Some((folder_of(file)?, file)))
        .filter(|(folder, _)| {
            let parts: Vec<&str> = folder.split_terminator('/').collect();
            parts.len() <= DEPTH && parts.iter().all(|part| !part.starts_with('.'))
        })
        .collect();
    // Folders that others are in come first.
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut packs: Vec<(String, &File)> = Vec::new();
    for (folder, file) in found {
        if !packs.iter().any(|(outer, _)| folder.starts_with(outer)) {
            packs.push((folder, file));
        }
    }
    packs.into_iter().map(|(_, file)| file).collect()
}

fn summarise(content: &[u8]) -> Result<Summary, String> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let summary: Summary = serde_json::from_slice(content).map_err(|error| error.to_string())?;
    if summary.name.is_empty() || summary.version.trim().is_empty() {
        return Err("it has no name or no version".to_owned());
    }
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::super::tree::Kind;
    use super::*;

    #[test]
    fn packs_are_where_they_are_in_folders_too() {
        let found = |paths: &[&str]| {
            let files: Vec<File> = paths
                .iter()
                .map(|path| File {
                    path: (*path).to_owned(),
                    kind: Kind::File,
                    blob: String::new(),
                })
                .collect();
            let found = pack_files(&files);
            let paths: Vec<&str> = found.iter().map(|file| file.path.as_str()).collect();
            paths.join(" ")
        };
        assert_eq!(
            found(&[
                "a/b/c/d/pack.json",
                "a/b/c/pack.json",
                "a/b/c2/pack.json",
                "a/xpack.json",
                ".git/pack.json",
                "b/.x/pack.json",
                "b/pack.json/pack.json",
                "c/values.yaml",
            ]),
            "a/b/c/pack.json a/b/c2/pack.json b/pack.json/pack.json"
        );
        assert_eq!(found(&["a/pack.json", "pack.json"]), "pack.json");
    }
}
