//! Packs and charts out of registries, as people take them home.

use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::{self, Limits};
use crate::diag::Diagnostic;
use crate::model::{RegistryKind, RegistryName, Version, VersionReq};
use crate::remote::{Freshness, ItemKind};

use super::folder::Folder;
use super::pack::PACK_FILE;
use super::resolve::Spot;
use super::{Asked, Found, Registries, RegistryError, problems};

/// A version of something, whatever is locked.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What was asked for.
    pub asked: Asked,
    /// Its version.
    pub version: Version,
    /// All versions of it, lowest first.
    pub versions: Vec<Version>,
    /// What it is.
    pub content: Found,
}

/// Why there are no versions.
enum Missed {
    /// Something else of the same name may be there.
    This(Vec<Diagnostic>),
    /// Nothing can be had from there.
    Everything(Vec<Diagnostic>),
}

impl Registries<'_> {
    /// The newest version of a pack or chart that a requirement takes, whatever is locked. Nothing is noted.
    ///
    /// # Errors
    /// When it is not there, cannot be had, or is broken.
    pub fn look(
        &self,
        registry: &RegistryName,
        name: &str,
        requirement: &VersionReq,
    ) -> Result<Shown, Vec<Diagnostic>> {
        let asked = |kind| Asked::by_hand(kind, registry.clone(), name, requirement.clone());
        let kinds = match self.distant.get(registry).map(|one| &one.registry().kind) {
            Some(RegistryKind::Helm { .. }) => &[ItemKind::Chart][..],
            // It has both, and nobody says which is meant.
            Some(RegistryKind::Oci { .. }) => &[ItemKind::Chart, ItemKind::Pack],
            _ => &[ItemKind::Pack],
        };
        let mut first = None;
        for kind in kinds {
            let asked = asked(*kind);
            match self.versions_of(&asked) {
                Ok(versions) => return self.looked(asked, versions),
                Err(Missed::Everything(problems)) => return Err(first.unwrap_or(problems)),
                Err(Missed::This(problems)) => first = first.or(Some(problems)),
            }
        }
        Err(first.unwrap_or_default())
    }

    fn looked(&self, asked: Asked, versions: Vec<Version>) -> Result<Shown, Vec<Diagnostic>> {
        let best = asked.key.requirement.best(versions.iter());
        let version = best
            .ok_or_else(|| vec![problems::no_version(&asked, versions.iter())])?
            .clone();
        let (content, _) = self.version_of(&asked, &version, None)?;
        Ok(Shown {
            asked,
            version,
            versions,
            content,
        })
    }

    fn versions_of(&self, asked: &Asked) -> Result<Vec<Version>, Missed> {
        match self.spot(asked).map_err(Missed::This)? {
            Spot::Folder(directory) => {
                let versions = directory.versions(&asked.key.name);
                let versions = versions.map(|versions| versions.keys().cloned().collect());
                versions.ok_or_else(|| Missed::This(vec![problems::no_pack(asked, directory)]))
            }
            Spot::Distant(distant) => {
                let supplier = self.supply.supplier;
                let offers = distant.offers(supplier, &asked.item(), Freshness::Recent);
                let offers = offers.map_err(|error| {
                    let problems = vec![problems::unreachable(asked, &error)];
                    if error.is_of_registry() {
                        Missed::Everything(problems)
                    } else {
                        Missed::This(problems)
                    }
                })?;
                if offers.is_empty() {
                    return Err(Missed::This(vec![self.no_item(asked, distant)]));
                }
                Ok(offers.into_iter().map(|(version, _)| version).collect())
            }
        }
    }

    /// Puts what was looked at into a folder: a pack as the folder `NAME-VERSION`, a chart as the archive
    /// `NAME-VERSION.tgz`. Gives the path.
    ///
    /// # Errors
    /// When it cannot be had, or there is something of this name already, or it cannot be written.
    pub fn pull(&self, shown: &Shown, output: &Path) -> Result<PathBuf, Vec<Diagnostic>> {
        let key = &shown.asked.key;
        let stem = format!("{}-{}", key.name, shown.version);
        let path = match key.kind {
            ItemKind::Pack => output.join(&stem),
            ItemKind::Chart => output.join(format!("{stem}.tgz")),
        };
        let failed = |error: RegistryError| {
            let problem = Diagnostic::error(format!("cannot write `{}`", path.display()));
            vec![problem.detail(error.with_causes())]
        };
        if path.symlink_metadata().is_ok() {
            let problem = Diagnostic::error(format!("`{}` is there already", path.display()));
            return Err(vec![
                problem.help("remove it, or name another folder with `--output`"),
            ]);
        }
        match self.spot(&shown.asked)? {
            Spot::Folder(directory) => {
                let versions = directory.versions(&key.name);
                let place = versions.and_then(|versions| versions.get(&shown.version));
                if let Some(place) = place {
                    copy(&place.path, &place.shown, &path).map_err(failed)?;
                }
            }
            Spot::Distant(distant) => {
                let supplier = self.supply.supplier;
                let fetched = distant.fetch(supplier, &shown.asked.item(), &shown.version, None);
                let fetched = fetched.map_err(|error| {
                    vec![problems::not_fetched(&shown.asked, &shown.version, &error)]
                })?;
                let bytes = self.archive(&shown.asked, distant, &shown.version, &fetched)?;
                match key.kind {
                    ItemKind::Pack => unpack(&bytes, &path),
                    ItemKind::Chart => write(&path, &bytes),
                }
                .map_err(failed)?;
            }
        }
        Ok(path)
    }
}

fn unpack(bytes: &[u8], to: &Path) -> Result<(), RegistryError> {
    for (path, data) in archive::unpack_folder(bytes, PACK_FILE, Limits::default())? {
        write(&to.join(path), &data)?;
    }
    Ok(())
}

fn copy(from: &Path, shown: &Path, to: &Path) -> Result<(), RegistryError> {
    let folder = Folder::open(from, shown)?;
    for path in folder.files(".")? {
        write(&to.join(&path), &folder.bytes(&path)?)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RegistryError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, bytes)?)
}
