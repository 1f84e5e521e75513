//! The folder as it should be, compared with what it is, and written.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::archive;
use crate::model::Sha256;
use crate::registry::replace::{half_written, replace};
use crate::registry::{Lock, Supplier};

use super::folder::{bytes, read_index};
use super::index::{self, INDEX_FILE};
use super::{Copied, VendorError, names};

const IMAGES_FILE: &str = "images.txt";

/// Folders that are ours alone: what is not pinned does not stay there.
const OWN_FOLDERS: [&str; 2] = ["charts", "packs"];

/// A folder as it should be.
#[derive(Clone, Debug)]
pub struct Copies {
    folder: PathBuf,
    contents: Vec<Copied>,
    images: Option<String>,
}

/// What a folder is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// A file is missing.
    Missing(String),
    /// A file has other content.
    Other(String),
    /// A file is there that should not be.
    Left(String),
}

impl Difference {
    /// The file, relative to the folder.
    pub fn file(&self) -> &str {
        let (Self::Missing(file) | Self::Other(file) | Self::Left(file)) = self;
        file
    }

    /// What is wrong with it: "is missing".
    pub fn why(&self) -> &'static str {
        match self {
            Self::Missing(_) => "is missing",
            Self::Other(file) if file == IMAGES_FILE => "does not list the images of the clusters",
            Self::Other(_) => "is not what `stratiform.lock` says",
            Self::Left(_) => "is not in `stratiform.lock`",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` {}", self.file(), self.why())
    }
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that were written, relative to the folder, sorted.
    pub written: Vec<String>,
    /// Files that were removed.
    pub removed: Vec<String>,
}

impl Copies {
    /// A folder with all that the lock has from afar.
    pub fn new(folder: &Path, lock: &Lock) -> Self {
        Self {
            folder: folder.to_owned(),
            contents: names::of_lock(lock),
            images: None,
        }
    }

    /// With a list of images. Without one, what is there is as good as any.
    #[must_use]
    pub fn with_images<'i>(mut self, images: impl IntoIterator<Item = &'i str>) -> Self {
        let lines = images.into_iter().map(|image| format!("{image}\n"));
        self.images = Some(lines.collect());
        self
    }

    /// What is copied, sorted by file.
    pub fn contents(&self) -> &[Copied] {
        &self.contents
    }

    /// What the folder is not as it should be, sorted by file. Every copy is read and its digest compared.
    ///
    /// # Errors
    /// When the folder is somebody else's, or cannot be read.
    pub fn differences(&self) -> Result<Vec<Difference>, VendorError> {
        self.is_ours()?;
        let mut all = Vec::new();
        for copied in &self.contents {
            let is_right = |bytes: &[u8]| Sha256::of(bytes) == copied.archive;
            all.extend(self.compare(&copied.file, is_right)?);
        }
        for (name, text) in self.texts() {
            all.extend(self.compare(name, |bytes| bytes == text.as_bytes())?);
        }
        all.extend(self.left()?.into_iter().map(Difference::Left));
        all.sort_by(|one, other| one.file().cmp(other.file()));
        Ok(all)
    }

    /// Makes the folder what it should be, and touches nothing that is so already. Two processes do it one after the other.
    ///
    /// # Errors
    /// When the folder is somebody else's, something cannot be read, or the folder cannot be written; then it holds what it
    /// held, and may hold more.
    pub fn write(&self, supplier: &dyn Supplier) -> Result<Written, VendorError> {
        let folder = &self.folder;
        fs::create_dir_all(folder).map_err(VendorError::io("make", folder))?;
        let held = File::open(folder).map_err(VendorError::io("open", folder))?;
        held.lock().map_err(VendorError::io("lock", folder))?;
        let differences = self.differences()?;
        // From here on it is ours, also for who comes after a kill.
        if !folder.join(INDEX_FILE).exists() {
            self.put(INDEX_FILE, index::text(&[]).as_bytes())?;
        }
        let is_wrong = |file: &str| {
            let to_write = |one: &&Difference| !matches!(one, Difference::Left(_));
            let mut all = differences.iter().filter(to_write);
            all.any(|one| one.file() == file)
        };
        let mut done = Written::default();
        for copied in self.contents.iter().filter(|one| is_wrong(&one.file)) {
            let bytes = supplier.read(&copied.archive)?;
            let bytes = bytes.ok_or_else(|| VendorError::Gone {
                what: format!("{} `{}` {}", copied.kind, copied.name, copied.version),
            })?;
            self.put(&copied.file, &bytes)?;
            done.written.push(copied.file.clone());
        }
        for (name, text) in self.texts().into_iter().filter(|(name, _)| is_wrong(name)) {
            self.put(name, text.as_bytes())?;
            done.written.push(name.to_owned());
        }
        for file in self.left()? {
            let path = folder.join(&file);
            fs::remove_file(&path).map_err(VendorError::io("remove", &path))?;
            remove_empty(folder, path.parent());
            done.removed.push(file);
        }
        done.written.sort();
        Ok(done)
    }

    /// The texts, the index last.
    fn texts(&self) -> Vec<(&'static str, String)> {
        let images = self.images.clone().map(|images| (IMAGES_FILE, images));
        let index = (INDEX_FILE, index::text(&self.contents));
        images.into_iter().chain([index]).collect()
    }

    /// A folder without our index must be empty, since we would remove things from it.
    fn is_ours(&self) -> Result<(), VendorError> {
        let folder = &self.folder;
        if folder.join(INDEX_FILE).exists() {
            return match read_index(folder) {
                // It is written anew.
                Ok(_) | Err(VendorError::Index { .. }) => Ok(()),
                Err(error) => Err(error),
            };
        }
        // What was killed may have come no further than to the beginning of an index.
        let half = half_written(INDEX_FILE);
        if entries(folder)?
            .iter()
            .all(|(name, _)| name.starts_with(&half))
        {
            return Ok(());
        }
        Err(VendorError::NotOurs {
            folder: folder.clone(),
        })
    }

    fn compare(
        &self,
        file: &str,
        is_right: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Difference>, VendorError> {
        let path = self.folder.join(file);
        match bytes(&path, archive::LARGEST) {
            Ok(None) => Ok(Some(Difference::Missing(file.to_owned()))),
            Ok(Some(bytes)) if is_right(&bytes) => Ok(None),
            Ok(Some(_)) => Ok(Some(Difference::Other(file.to_owned()))),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Ok(Some(Difference::Other(file.to_owned())))
            }
            Err(error) => Err(VendorError::io("read", &path)(error)),
        }
    }

    /// Files that should not be there: what is not pinned, and what killed processes have left.
    fn left(&self) -> Result<Vec<String>, VendorError> {
        let wanted: BTreeSet<&str> = self.contents.iter().map(|one| &*one.file).collect();
        let mut left = Vec::new();
        let mut folders: Vec<String> = OWN_FOLDERS.map(str::to_owned).into();
        while let Some(folder) = folders.pop() {
            for (name, is_folder) in entries(&self.folder.join(&folder))? {
                let path = format!("{folder}/{name}");
                if is_folder {
                    folders.push(path);
                } else if !wanted.contains(&*path) {
                    left.push(path);
                }
            }
        }
        let half = [INDEX_FILE, IMAGES_FILE].map(half_written);
        let top = entries(&self.folder)?.into_iter();
        let top = top.filter(|(name, is_folder)| {
            !is_folder && half.iter().any(|start| name.starts_with(start))
        });
        left.extend(top.map(|(name, _)| name));
        left.sort();
        Ok(left)
    }

    fn put(&self, file: &str, bytes: &[u8]) -> Result<(), VendorError> {
        let path = self.folder.join(file);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(VendorError::io("make", folder))?;
        replace(&path, bytes).map_err(VendorError::io("write", &path))
    }
}

/// The names in a folder, and which are folders; none when it is not there. Links are files.
fn entries(folder: &Path) -> Result<Vec<(String, bool)>, VendorError> {
    let cannot = || VendorError::io("read", folder);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot()(error)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry.map_err(cannot())?;
        let is_folder = entry.file_type().map_err(cannot())?.is_dir();
        all.push((entry.file_name().to_string_lossy().into_owned(), is_folder));
    }
    Ok(all)
}

/// Removes a folder that has become empty, and those above it, up to the one that is given.
fn remove_empty(top: &Path, mut folder: Option<&Path>) {
    while let Some(empty) = folder.filter(|folder| *folder != top) {
        // One that is not empty stays.
        if fs::remove_dir(empty).is_err() {
            return;
        }
        folder = empty.parent();
    }
}
