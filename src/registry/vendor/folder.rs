//! The folder as commands take things from it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::archive;
use crate::diag::{Sources, causes};
use crate::model::Sha256;
use crate::registry::Lock;
use crate::registry::folder::FILE_LIMIT;
use crate::remote::RemoteError;

use super::index::{self, INDEX_FILE, Unusable};
use super::{Copied, VENDOR_FOLDER, VendorError, names};

/// The copies in a project.
#[derive(Debug)]
pub(in crate::registry) struct VendorFolder {
    folder: PathBuf,
    files: HashMap<Sha256, String>,
}

impl VendorFolder {
    /// The one in a project's root; nothing when there is none, or when the folder is somebody else's.
    pub(in crate::registry) fn open(root: &Path) -> Result<Option<Self>, RemoteError> {
        let folder = root.join(VENDOR_FOLDER);
        let all = read_index(&folder).map_err(|error| RemoteError::Vendored {
            file: format!("{VENDOR_FOLDER}/{INDEX_FILE}"),
            why: match error {
                VendorError::Index { why, .. } => format!("cannot be used: {why}"),
                VendorError::Newer { .. } => "was written by a newer stratiform".to_owned(),
                other => causes(&other).join(": "),
            },
        })?;
        Ok(all.map(|all| Self::with(folder, all)))
    }

    /// The same by what the lock file says, whatever has become of the index.
    pub(in crate::registry) fn by_lock(root: &Path) -> Option<Self> {
        // What is wrong with the lock file is told by whoever needs it.
        let lock = Lock::load(root, &Sources::default()).ok()?;
        Some(Self::with(root.join(VENDOR_FOLDER), names::of_lock(&lock)))
    }

    fn with(folder: PathBuf, all: Vec<Copied>) -> Self {
        let files = all.into_iter();
        let files = files.map(|copied| (copied.archive, copied.file)).collect();
        Self { folder, files }
    }

    /// Whether a copy is there.
    pub(in crate::registry) fn has(&self, archive: &Sha256) -> bool {
        let file = self.files.get(archive);
        file.is_some_and(|file| self.folder.join(file).exists())
    }

    /// The bytes of a copy; nothing when there is none.
    ///
    /// # Errors
    /// When it is not what it should be.
    pub(in crate::registry) fn read(
        &self,
        archive: &Sha256,
    ) -> Result<Option<Vec<u8>>, RemoteError> {
        let Some(file) = self.files.get(archive) else {
            return Ok(None);
        };
        let wrong = |why: String| RemoteError::Vendored {
            file: format!("{VENDOR_FOLDER}/{file}"),
            why,
        };
        let Some(bytes) = bytes(&self.folder.join(file), archive::LARGEST)
            .map_err(|error| wrong(format!("cannot be read: {error}")))?
        else {
            return Ok(None);
        };
        let found = Sha256::of(&bytes);
        if found == *archive {
            Ok(Some(bytes))
        } else {
            Err(wrong(format!(
                "is damaged: it has the digest {found}, and the lock file says {archive}"
            )))
        }
    }
}

/// What the index of a folder says; nothing when there is none.
pub(super) fn read_index(folder: &Path) -> Result<Option<Vec<Copied>>, VendorError> {
    let file = folder.join(INDEX_FILE);
    let Some(bytes) = bytes(&file, FILE_LIMIT).map_err(VendorError::io("read", &file))? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes)
        .map_err(|_| Unusable::Damaged("it is not a text in UTF-8".to_owned()));
    match text.and_then(|text| index::parse(&text)) {
        Ok(all) => Ok(Some(all)),
        Err(Unusable::Newer) => Err(VendorError::Newer { file }),
        Err(Unusable::Damaged(why)) => Err(VendorError::Index { file, why }),
    }
}

/// The bytes of a file; nothing when it is not there.
pub(super) fn bytes(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(io::ErrorKind::IsADirectory.into()),
        Err(error) if is_absent(&error) => return Ok(None),
        _ => {}
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(bytes))
}

fn is_absent(error: &io::Error) -> bool {
    [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind())
}
