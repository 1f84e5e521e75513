//! One file, looked at.
//!
//! A file is taken as unchanged without reading it when its size, both its times and its inode are as we remember them.
//! The weak point of that is an edit that keeps the size and falls into the same tick of the file system's clock (up to
//! 10 ms) as the look that we remember, as git knows it. Two rules close it:
//! - what we write gets the precise time as its time of modification, which no tick of that clock ever is, so the next
//!   write of anybody changes it;
//! - what we only read is remembered when it was last changed at least [`SETTLED`] ago, and read again otherwise.
//!
//! What is left is a file system that keeps whole seconds only, and an edit within the second of our own write that
//! keeps the size; reading everything (`Extent::Full`) finds that, too.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat};
use rustix::io::Errno;

use crate::model::{Digest, Key, Seen};
use crate::yaml::{self, Value};

/// How long ago a file must have been changed so that its times can be trusted; file systems with the coarsest clock
/// keep even seconds.
const SETTLED: Duration = Duration::from_secs(3);
/// Files above this are compared and never taken as objects: etcd takes no object above a few megabytes.
const LARGEST: u64 = 16 << 20;

/// What stands at an object's place.
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// No file.
    Other(FileType),
    /// A file.
    File(Content),
}

/// What a file holds.
pub(super) struct Content {
    /// Keyed hash of its bytes.
    pub digest: Digest,
    /// What it looked like before it was read.
    pub stat: Stat,
}

/// What the file system says of a file.
pub(super) fn seen(stat: &Stat) -> Seen {
    let nanoseconds =
        |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Seen {
        size: stat.st_size as u64,
        mtime: nanoseconds(stat.st_mtime, stat.st_mtime_nsec as i64),
        ctime: nanoseconds(stat.st_ctime, stat.st_ctime_nsec as i64),
        inode: stat.st_ino,
    }
}

/// What may be remembered of a file that was read: nothing if it was changed just now.
pub(super) fn settled(stat: &Stat) -> Option<Seen> {
    let seen = seen(stat);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let latest = i64::try_from(now.checked_sub(SETTLED)?.as_nanos()).ok()?;
    (seen.ctime.max(seen.mtime) < latest).then_some(seen)
}

/// Reads the file at a name, into a buffer that serves again and again. The buffer then holds the bytes, if there are
/// not too many of them. Follows no link and waits for no pipe.
pub(super) fn read(
    folder: impl AsFd,
    name: &str,
    key: &Key,
    buffer: &mut Vec<u8>,
) -> Result<Found, Errno> {
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match openat(folder.as_fd(), name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(Found::Nothing),
        // A link, a socket.
        Err(errno @ (Errno::LOOP | Errno::NXIO | Errno::NODEV)) => {
            return match kind(folder, name)? {
                FileType::RegularFile => Err(errno),
                kind => Ok(Found::Other(kind)),
            };
        }
        Err(errno) => return Err(errno),
    };
    let stat = fstat(&file)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        kind => return Ok(Found::Other(kind)),
    }
    let digest = if stat.st_size as u64 > LARGEST {
        buffer.clear();
        stream(&file, key)?
    } else {
        whole(&file, stat.st_size as usize, buffer)?;
        key.hash(buffer)
    };
    Ok(Found::File(Content { digest, stat }))
}

/// What stands at a name.
pub(super) fn kind(folder: impl AsFd, name: &str) -> Result<FileType, Errno> {
    let stat = rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

/// Reads all of a file. One read is enough as long as nobody makes it longer meanwhile.
fn whole(file: &OwnedFd, size: usize, buffer: &mut Vec<u8>) -> Result<(), Errno> {
    let mut filled = 0;
    loop {
        let room = filled + size.saturating_sub(filled).max(4096) + 1;
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        let asked = buffer.len() - filled;
        let got = rustix::io::retry_on_intr(|| rustix::io::read(file, &mut buffer[filled..]))?;
        filled += got;
        if got < asked {
            buffer.truncate(filled);
            return Ok(());
        }
    }
}

fn stream(file: &OwnedFd, key: &Key) -> Result<Digest, Errno> {
    let mut hasher = key.hasher();
    let mut chunk = vec![0; 1 << 17];
    loop {
        let got = rustix::io::retry_on_intr(|| rustix::io::read(file, &mut chunk[..]))?;
        if got == 0 {
            return Ok(Digest::from_bytes(hasher.finalize().into()));
        }
        hasher.update(&chunk[..got]);
    }
}

/// The object that a file's bytes hold, or why they hold none.
pub(super) fn object(bytes: &[u8], stat: &Stat) -> Result<Value, String> {
    if stat.st_size as u64 > LARGEST {
        return Err(format!(
            "it has {} bytes, too many for an object",
            stat.st_size
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let mut documents = yaml::parse(text).map_err(|error| error.to_string())?;
    documents.retain(|document| !document.is_null());
    match (documents.pop(), documents.is_empty()) {
        (Some(object @ Value::Map(_)), true) => Ok(object),
        (Some(other), true) => Err(format!("it holds {} and no object", other.kind_name())),
        (Some(_), false) => Err("it holds more than one object".to_owned()),
        (None, _) => Err("it is empty".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn files_that_hold_no_object_say_why() {
        let stat = fstat(std::io::stdin()).unwrap();
        let why = |bytes: &[u8]| object(bytes, &stat).unwrap_err();
        assert_eq!(why(b""), "it is empty");
        assert_eq!(why(b"# nothing\n---\n"), "it is empty");
        assert_eq!(why(b"\xff"), "it is not UTF-8 text");
        assert_eq!(why(b"- a\n"), "it holds a list and no object");
        assert_eq!(why(b"a: 1\n---\nb: 2\n"), "it holds more than one object");
        assert!(why(b"a: [").starts_with("yaml: "));
        assert!(object(b"---\na: 1\n---\n", &stat).is_ok());
    }
}
