//! Bytes into files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};
use tar::EntryType;

use super::{ArchiveError, path};

/// A file that was in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path without its first folder, with `/` between its parts.
    pub path: String,
    /// What is in it, without a byte order mark.
    pub data: Arc<[u8]>,
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
            bytes: super::LARGEST,
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
    let (inflated, end) = inflate(bytes, limits.bytes.saturating_add(HEADERS));
    let mut files = Vec::new();
    walk(&inflated, end, limits, |name, data| {
        let path = path::clean(name)?;
        let data = without_mark(&data).into();
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
    let keep = |name: &str, data: Cow<'_, [u8]>| {
        let path = path::whole(name).ok_or_else(|| ArchiveError::Leaves(name.to_owned()))?;
        files.insert(path, data.into_owned());
        Ok(())
    };
    if bytes.starts_with(&GZIP) {
        let (inflated, end) = inflate(bytes, limits.bytes.saturating_add(HEADERS));
        walk(&inflated, end, limits, keep)?;
    } else {
        walk(bytes, None, limits, keep)?;
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

/// Gives each entry that is a file to `keep`, by its name. `end` is what is wrong behind the last byte.
fn walk(
    bytes: &[u8],
    end: Option<io::Error>,
    limits: Limits,
    mut keep: impl FnMut(&str, Cow<'_, [u8]>) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut archive = tar::Archive::new(Inflated {
        bytes: Cursor::new(bytes),
        end,
    });
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
        let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        let data = match bytes.get(start..end) {
            // The parts of a sparse file stand elsewhere.
            Some(data) if kind != EntryType::GNUSparse => Cow::Borrowed(data),
            _ => Cow::Owned(read(&mut entry, size).map_err(broken)?),
        };
        left -= size;
        if left == 0 {
            return Err(too_large());
        }
        keep(&name, data)?;
    }
    Ok(())
}

/// The data of an entry that does not stand in one piece in the stream.
fn read(entry: &mut impl Read, size: u64) -> io::Result<Vec<u8>> {
    let mut data = Vec::with_capacity(usize::try_from(size.min(FIRST_ROOM)).unwrap_or(0));
    entry.take(size).read_to_end(&mut data)?;
    if (data.len() as u64) < size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(data)
}

/// A text without its byte order mark.
fn without_mark(data: &[u8]) -> &[u8] {
    data.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(data)
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
fn inflate(mut bytes: &[u8], most: u64) -> (Vec<u8>, Option<io::Error>) {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    // The stream says at its end how long it is. It may lie.
    let said = bytes.last_chunk().map_or(0, |end| u32::from_le_bytes(*end));
    let room = u64::from(said).min(FIRST_ROOM * 16);
    let room = usize::try_from(room).unwrap_or(0).min(most);
    let mut inflated = Vec::with_capacity(room + 1);
    loop {
        if let Err(error) = member(&mut bytes, &mut inflated, most) {
            return (inflated, Some(error));
        }
        if bytes.is_empty() {
            return (inflated, None);
        }
    }
}

/// One member of a gzip stream, which may have several. What is behind it stays in `bytes`.
fn member(bytes: &mut &[u8], inflated: &mut Vec<u8>, most: usize) -> io::Result<()> {
    let magic = bytes.get(..2).ok_or(io::ErrorKind::UnexpectedEof)?;
    if magic != GZIP {
        return Err(io::Error::other("invalid gzip header"));
    }
    // The largest window that there is.
    let mut stream = Decompress::new_gzip(15);
    loop {
        if inflated.len() == inflated.capacity() {
            inflated.reserve(inflated.len().max(1 << 15));
        }
        let before = (stream.total_in(), inflated.len());
        let status = stream
            .decompress_vec(bytes, inflated, FlushDecompress::None)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let read = stream.total_in() - before.0;
        *bytes = &bytes[usize::try_from(read).unwrap_or(bytes.len())..];
        if inflated.len() >= most {
            inflated.truncate(most);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if status == Status::StreamEnd {
            return Ok(());
        }
        if bytes.is_empty() && inflated.len() < inflated.capacity() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if read == 0 && inflated.len() == before.1 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

/// Bytes, and behind the last of them what was wrong. Whoever does not read so far never learns.
struct Inflated<'b> {
    bytes: Cursor<&'b [u8]>,
    end: Option<io::Error>,
}

impl Read for Inflated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(buffer)? {
            0 if !buffer.is_empty() => self.end.take().map_or(Ok(0), Err),
            read => Ok(read),
        }
    }
}

impl Seek for Inflated<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
