//! Looking at a cluster's objects.

use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, statat};
use rustix::io::Errno;

use crate::model::{LayerName, Seen};
use crate::target::{Ask, Extent, Known, Observation, Observed, TargetError};

use super::folder::{io, kind_name, not_a_folder, open_folder};
use super::look::{self, Found};
use super::name::{self, HOOKS};
use super::target::Inner;

/// The folder that objects were looked up in last: objects come layer by layer.
struct Current<'a> {
    layer: &'a LayerName,
    hook: bool,
    /// Nothing when it is not there.
    folder: Option<OwnedFd>,
}

impl Inner {
    pub(super) fn observe(&self, ask: &Ask) -> Result<Observation, TargetError> {
        let base = self.base.open()?;
        let mut objects = Vec::with_capacity(ask.known.len());
        let mut buffer = Vec::new();
        if let Some(base) = &base {
            let mut current: Option<Current<'_>> = None;
            for known in &ask.known {
                let at_hand = current
                    .take()
                    .filter(|current| current.hook == known.hook && *current.layer == known.layer);
                let at = match at_hand {
                    Some(at) => at,
                    None => Current {
                        layer: &known.layer,
                        hook: known.hook,
                        folder: self.layer(base, &known.layer, known.hook)?,
                    },
                };
                objects.push(match &at.folder {
                    Some(folder) => self.one(folder, known, ask.extent, &mut buffer)?,
                    None => Observed::Absent,
                });
                current = Some(at);
            }
        } else {
            objects.resize(ask.known.len(), Observed::Absent);
        }
        let index_intact = self.index_intact(base.as_ref(), ask, &mut buffer)?;
        let unmanaged = match (&base, ask.extent) {
            (Some(base), Extent::Full) => self.unmanaged(base, &ask.known)?,
            _ => Vec::new(),
        };
        Ok(Observation {
            objects,
            unmanaged,
            index_intact,
        })
    }

    /// The folder of a layer's objects or hooks; nothing when it is not there.
    pub(super) fn layer(
        &self,
        base: &OwnedFd,
        layer: &LayerName,
        hook: bool,
    ) -> Result<Option<OwnedFd>, TargetError> {
        let step = |parent: &OwnedFd, name: &str, path: &str| match open_folder(parent, name) {
            Ok(folder) => Ok(Some(folder)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(not_a_folder(parent, name, self.base.path(path), errno)),
        };
        match step(base, layer.as_str(), layer.as_str())? {
            Some(folder) if hook => step(&folder, HOOKS, &format!("{layer}/{HOOKS}")),
            folder => Ok(folder),
        }
    }

    fn one(
        &self,
        folder: &OwnedFd,
        known: &Known,
        extent: Extent,
        buffer: &mut Vec<u8>,
    ) -> Result<Observed, TargetError> {
        let file = name::file_name(&known.key);
        let refuse = |errno| {
            let path = name::path(&known.layer, known.hook, &file);
            io("read", self.base.path(path), errno)
        };
        if extent == Extent::Quick
            && let (Some(seen), Some(_)) = (known.seen, known.content)
        {
            match statat(folder, &file, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) if look::seen(&stat) == seen && is_file(&stat) => {
                    return Ok(Observed::Same { seen: Some(seen) });
                }
                Ok(_) => {}
                Err(Errno::NOENT) => return Ok(Observed::Absent),
                Err(errno) => return Err(refuse(errno)),
            }
        }
        let content = match look::read(folder, &file, &self.key, buffer).map_err(refuse)? {
            Found::Nothing => return Ok(Observed::Absent),
            Found::Other(kind) => {
                let what = kind_name(kind);
                return Ok(Observed::Different {
                    object: Err(format!("it is {what} and not a file")),
                    content: self.key.hash(what.as_bytes()),
                    seen: None,
                });
            }
            Found::File(content) => content,
        };
        // What we remember from our own writing is as good as what has settled.
        let remembered = |seen: &Seen| *seen == look::seen(&content.stat);
        let seen = known
            .seen
            .filter(remembered)
            .or_else(|| look::settled(&content.stat));
        Ok(if known.content == Some(content.digest) {
            Observed::Same { seen }
        } else {
            Observed::Different {
                object: look::object(buffer, &content.stat),
                content: content.digest,
                seen,
            }
        })
    }
}

fn is_file(stat: &rustix::fs::Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}
