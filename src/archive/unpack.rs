//! Bytes into files.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use super::{ArchiveError, path};

/// A file that was in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path without its first folder, with `/` between its parts.
    pub path: String,
    /// What is in it, without a byte order mark.
    pub data: Vec<u8>,
}

/// What may come out of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of all files together; Helm's 100 MiB by default.
    pub bytes: u64,
    /// The most entries, folders and what only describes other entries included; 50,000 by default.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 100 << 20,
            entries: 50_000,
        }
    }
}

/// What the headers of an archive may need in the stream besides the files: long names, padding.
const HEADERS: u64 = 64 << 20;
/// What a gzip stream begins with.
const GZIP: [u8; 2] = [0x1F, 0x8B];
/// No file is given memory for more than this before its bytes are there.
const FIRST_ROOM: u64 = 1 << 20;

/// All files of a chart's archive, in its order. A path may come more than once; the last one counts.
///
/// # Errors
/// If it is no archive, or a part of it leaves it, or it goes beyond the limits.
pub fn unpack(bytes: &[u8], limits: Limits) -> Result<Vec<Entry>, ArchiveError> {
    let inflated = inflate(bytes, limits.bytes.saturating_add(HEADERS));
    let mut files = Vec::new();
    read(inflated, limits, |name, mut data| {
        if data.starts_with(&[0xEF, 0xBB, 0xBF]) {
            data.drain(..3);
        }
        let path = path::clean(name)?;
        files.push(Entry { path, data });
        Ok(())
    })?;
    if files.is_empty() {
        return Err(ArchiveError::Empty);
    }
    Ok(files)
}

/// All files of an archive of a folder by path, gzipped or not, bytes as they are. The folder is the one that holds the
/// file `mark`: the archive itself or a folder at its top, and paths are relative to it. What lies beside it is left out.
///
/// # Errors
/// If it is no archive, or a part of it leaves it, or it goes beyond the limits, or the mark is not there.
pub fn unpack_folder(
    bytes: &[u8],
    mark: &'static str,
    limits: Limits,
) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    let mut files = BTreeMap::new();
    let keep = |name: &str, data: Vec<u8>| {
        let path = path::whole(name).ok_or_else(|| ArchiveError::Leaves(name.to_owned()))?;
        files.insert(path, data);
        Ok(())
    };
    if bytes.starts_with(&GZIP) {
        let inflated = inflate(bytes, limits.bytes.saturating_add(HEADERS));
        read(inflated, limits, keep)?;
    } else {
        read(Cursor::new(bytes), limits, keep)?;
    }
    if files.contains_key(mark) {
        return Ok(files);
    }
    let folder = files.keys().find_map(|path| {
        let (folder, rest) = path.split_once('/')?;
        (rest == mark).then(|| format!("{folder}/"))
    });
    let folder = folder.ok_or(ArchiveError::Without(mark))?;
    Ok(files
        .into_iter()
        .filter_map(|(path, data)| Some((path.strip_prefix(&folder)?.to_owned(), data)))
        .collect())
}

/// Reads the entries that are files, and gives each to `keep` with its name.
fn read(
    stream: impl Read + Seek,
    limits: Limits,
    mut keep: impl FnMut(&str, Vec<u8>) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut archive = tar::Archive::new(stream);
    let mut left = limits.bytes;
    let too_large = || ArchiveError::TooLarge(limits.bytes);
    let broken = |error: io::Error| {
        if error.kind() == io::ErrorKind::FileTooLarge {
            too_large()
        } else {
            ArchiveError::Broken(error)
        }
    };
    for (count, entry) in archive.entries_with_seek().map_err(broken)?.enumerate() {
        if count == limits.entries {
            return Err(ArchiveError::TooMany(limits.entries));
        }
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if is_folder(entry.header(), &name)
            || matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader)
        {
            continue;
        }
        // A link has no content, whatever its header says.
        let size = if holds_data(kind) { entry.size() } else { 0 };
        if size > left {
            return Err(too_large());
        }
        let mut data = Vec::with_capacity(usize::try_from(size.min(FIRST_ROOM)).unwrap_or(0));
        if size > 0 {
            (&mut entry)
                .take(size)
                .read_to_end(&mut data)
                .map_err(broken)?;
        }
        if (data.len() as u64) < size {
            return Err(broken(io::ErrorKind::UnexpectedEof.into()));
        }
        left -= data.len() as u64;
        if left == 0 {
            return Err(too_large());
        }
        keep(&name, data)?;
    }
    Ok(())
}

fn is_folder(header: &tar::Header, name: &str) -> bool {
    // Old archives say with the mode, or with a slash at the end of a name, what the type does not say.
    let mode = header.mode().unwrap_or(0) & 0o170_000;
    header.entry_type().is_dir()
        || mode == 0o040_000
        || (header.entry_type().is_file() && name.ends_with('/'))
}

fn holds_data(kind: EntryType) -> bool {
    !matches!(
        kind,
        EntryType::Link
            | EntryType::Symlink
            | EntryType::Char
            | EntryType::Block
            | EntryType::Fifo
            | EntryType::Directory
    )
}

/// The bytes behind the compression, all at once, since that is much quicker than in the small parts in which they are
/// read; and why there are no more, if that is not the end of the stream. Never more than `most`, so that a small archive
/// cannot become a large one.
fn inflate(bytes: &[u8], most: u64) -> Inflated {
    // The stream says at its end how long it is. It may lie.
    let said = bytes.last_chunk().map_or(0, |end| u32::from_le_bytes(*end));
    let room = u64::from(said).min(FIRST_ROOM * 16).min(most);
    let mut inflated = Vec::with_capacity(usize::try_from(room).unwrap_or(0) + 1);
    let mut stream = MultiGzDecoder::new(bytes).take(most);
    let mut end = stream.read_to_end(&mut inflated).err();
    if end.is_none() && stream.limit() == 0 {
        end = Some(io::ErrorKind::FileTooLarge.into());
    }
    let bytes = Cursor::new(inflated);
    Inflated { bytes, end }
}

/// Bytes, and behind the last of them what was wrong. Whoever does not read so far never learns.
struct Inflated {
    bytes: Cursor<Vec<u8>>,
    end: Option<io::Error>,
}

impl Read for Inflated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(buffer)? {
            0 if !buffer.is_empty() => self.end.take().map_or(Ok(0), Err),
            read => Ok(read),
        }
    }
}

impl Seek for Inflated {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
