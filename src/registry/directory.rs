//! A registry that is a folder of packs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::diag::{Diagnostic, Span};
use crate::model::{Category, RegistryName, Version};

use super::folder::Folder;
use super::metadata::{DEFAULT_ADDON, category};
use super::pack::PACK_FILE;

/// How deep below the registry's folder packs are looked for.
const DEPTH: usize = 3;

/// A folder of packs: names, versions and places. The packs are not read yet.
#[derive(Debug)]
pub struct Directory {
    name: RegistryName,
    packs: BTreeMap<Arc<str>, BTreeMap<Version, Place>>,
    broken: Vec<Broken>,
}

/// Where a pack is.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// The path as messages call it.
    pub(super) shown: PathBuf,
    category: Category,
    display_name: Arc<str>,
}

/// A folder with a `pack.json` that says neither name nor version.
#[derive(Debug)]
pub(super) struct Broken {
    /// The folder as messages call it.
    pub(super) shown: PathBuf,
    /// What is wrong, in a few words.
    pub(super) why: String,
}

/// A pack that a registry holds, with all its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The registry.
    pub registry: RegistryName,
    /// The pack's name.
    pub name: Arc<str>,
    /// Its versions, the highest first.
    pub versions: Vec<Version>,
    /// The category of the highest version.
    pub category: Category,
    /// The display name of the highest version.
    pub display_name: Arc<str>,
}

/// What the index wants to know of `pack.json`. Everything else is looked at when the pack is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    name: String,
    version: String,
    layer: String,
    addon_type: Option<String>,
    display_name: Option<String>,
}

impl Directory {
    /// Looks through a folder. `shown` is the folder as messages call it, `span` the place that names it.
    ///
    /// # Errors
    /// When the folder is not there, or holds the same version of a pack twice.
    pub fn scan(
        name: RegistryName,
        path: &Path,
        shown: &Path,
        span: Span,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        if let Err(error) = collect(path, shown, 0, &mut found) {
            let text = format!(
                "cannot look through registry `{name}` in `{}`",
                shown.display()
            );
            return Err(vec![
                Diagnostic::error(text)
                    .at(span)
                    .detail(error.to_string())
                    .help("make the folder, or correct the path, which is relative to the project's root"),
            ]);
        }
        let mut directory = Self {
            name,
            packs: BTreeMap::new(),
            broken: Vec::new(),
        };
        let mut problems = Vec::new();
        for (path, shown) in found {
            match summarise(&path, &shown) {
                Ok((pack, version, place)) => {
                    directory.insert(&pack, version, place, span, &mut problems);
                }
                Err(why) => directory.broken.push(Broken { shown, why }),
            }
        }
        if problems.is_empty() {
            Ok(directory)
        } else {
            Err(problems)
        }
    }

    fn insert(
        &mut self,
        pack: &str,
        version: Version,
        place: Place,
        span: Span,
        problems: &mut Vec<Diagnostic>,
    ) {
        let versions = self.packs.entry(pack.into()).or_default();
        if let Some((there, first)) = versions.get_key_value(&version) {
            let text = format!(
                "registry `{}` holds pack `{pack}` {version} twice",
                self.name
            );
            let mut detail = format!(
                "once in `{}` and once in `{}`",
                first.shown.display(),
                place.shown.display()
            );
            if there.as_str() != version.as_str() {
                detail.push_str(&format!("; {there} and {version} are the same version"));
            }
            problems.push(
                Diagnostic::error(text)
                    .at(span)
                    .detail(detail)
                    .help("remove one of the folders, or give one another version"),
            );
        } else {
            versions.insert(version, place);
        }
    }

    /// The registry's name.
    pub fn name(&self) -> &RegistryName {
        &self.name
    }

    /// What it holds, by name.
    pub fn list(&self) -> impl Iterator<Item = Listed> {
        self.packs.iter().filter_map(|(name, versions)| {
            let (_, newest) = versions.last_key_value()?;
            Some(Listed {
                registry: self.name.clone(),
                name: Arc::clone(name),
                versions: versions.keys().rev().cloned().collect(),
                category: newest.category.clone(),
                display_name: Arc::clone(&newest.display_name),
            })
        })
    }

    /// The versions of a pack.
    pub(super) fn versions(&self, pack: &str) -> Option<&BTreeMap<Version, Place>> {
        self.packs.get(pack)
    }

    /// The names of all packs.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.packs.keys().map(|name| &**name)
    }

    /// The folders that say neither name nor version.
    pub(super) fn broken(&self) -> &[Broken] {
        &self.broken
    }
}

/// Finds the folders of packs, sorted. Inside of a pack no other is looked for.
fn collect(
    path: &Path,
    shown: &Path,
    depth: usize,
    found: &mut Vec<(PathBuf, PathBuf)>,
) -> std::io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name());
    }
    if names.iter().any(|name| name == PACK_FILE) {
        found.push((path.to_owned(), shown.to_owned()));
        return Ok(());
    }
    if depth == DEPTH {
        return Ok(());
    }
    names.retain(|name| !name.as_encoded_bytes().starts_with(b"."));
    names.sort_unstable();
    for name in names {
        let below = path.join(&name);
        // Links to folders of packs are followed; the depth bounds what circles.
        if below.is_dir() {
            collect(&below, &shown.join(&name), depth + 1, found)?;
        }
    }
    Ok(())
}

fn summarise(path: &Path, shown: &Path) -> Result<(String, Version, Place), String> {
    let bytes = Folder::open(path, shown)
        .and_then(|folder| folder.bytes(PACK_FILE))
        .map_err(|error| error.with_causes())?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let summary: Summary = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let version = Version::new(summary.version.trim()).map_err(|error| error.to_string())?;
    // What is wrong with a layer is said when the pack is read; a list can do without.
    let category = category(&summary.layer, summary.addon_type.as_deref())
        .unwrap_or_else(|_| Category::Addon(DEFAULT_ADDON.into()));
    let display_name = summary.display_name.as_deref().unwrap_or(&summary.name);
    let place = Place {
        path: path.to_owned(),
        shown: shown.to_owned(),
        category,
        display_name: display_name.into(),
    };
    Ok((summary.name, version, place))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::testing::{Files, asking, pack_json, shown};
    use super::*;
    use crate::diag::Sources;

    fn scan(files: &Files, sources: &Sources) -> Result<Directory, Vec<Diagnostic>> {
        let name = RegistryName::new("local").unwrap();
        let (_, span) = asking(sources);
        Directory::scan(name, &files.path().join("packs"), Path::new("packs"), span)
    }

    #[test]
    fn packs_are_found_three_folders_deep_and_not_inside_of_others() {
        let files = Files::new();
        files.pack("packs/b-1.2", "b", "1.2.0");
        files.pack("packs/b-1.10", "b", "1.10.0");
        files.pack("packs/one/two/three", "a", "22.04");
        files.pack("packs/one/two/three/four", "inside", "1.0.0");
        files.pack("packs/one/two/other/four", "too-deep", "1.0.0");
        files.pack("packs/.git/x", "hidden", "1.0.0");
        files.put("packs/README.md", "text");
        files.put("packs/bad/pack.json", "{");
        let directory = scan(&files, &Sources::default()).unwrap();
        let listed: Vec<_> = directory
            .list()
            .map(|pack| format!("{} {:?} {}", pack.name, pack.versions, pack.category))
            .collect();
        assert_eq!(
            listed,
            [
                r#"a ["22.04"] system-app"#,
                r#"b ["1.10.0", "1.2.0"] system-app"#
            ]
        );
        assert_eq!(directory.broken()[0].shown, Path::new("packs/bad"));
    }

    #[test]
    fn the_same_version_twice_names_both_folders() {
        let files = Files::new();
        let sources = Sources::default();
        files.pack("packs/a", "a", "1.2.0");
        files.put("packs/b/pack.json", pack_json("a", "v1.2", ""));
        let problems = scan(&files, &sources).unwrap_err();
        insta::assert_snapshot!(shown(&problems, &sources, &files), @r#"
error: registry `local` holds pack `a` v1.2 twice
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = note: once in `packs/a` and once in `packs/b`; 1.2.0 and v1.2 are the same version
  = help: remove one of the folders, or give one another version
"#);
    }

    #[test]
    fn a_folder_that_is_not_there_says_so() {
        let files = Files::new();
        let sources = Sources::default();
        let problems = scan(&files, &sources).unwrap_err();
        insta::assert_snapshot!(shown(&problems, &sources, &files), @r#"
error: cannot look through registry `local` in `packs`
 --> profile.yaml:1:7
  |
1 | pack: here
  |       ^^^^
  |
  = note: No such file or directory (os error 2)
  = help: make the folder, or correct the path, which is relative to the project's root
"#);
    }
}
