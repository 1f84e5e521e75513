//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// How the names begin of what is on its way to become this file. The number of a process follows.
pub(super) fn half_written(name: &str) -> String {
    format!(".{name}.")
}

/// Writes a file beside the old one and puts it in its place, durably. Whoever is killed in the meantime leaves what was on
/// its way.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = folder.join(format!("{}{}", half_written(&name), std::process::id()));
    let written = File::create(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&new);
        return written;
    }
    // The name in the folder has to be durable too.
    File::open(folder)?.sync_all()
}
