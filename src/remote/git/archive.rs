//! The folder of a pack as an archive that is always the same for the same files.

use std::collections::HashMap;
use std::io;

use tar::{Builder, EntryType, Header};

use super::tree::{File, Kind};

/// Writes files as a tar archive, in a folder: without times and owners, in the order of their paths.
///
/// # Errors
/// When the archive cannot be written, or a content is missing.
pub(super) fn write(
    to: impl io::Write,
    folder: &str,
    files: &[File],
    contents: &HashMap<String, Vec<u8>>,
) -> io::Result<()> {
    let mut archive = Builder::new(to);
    for file in files {
        let content = contents.get(&file.blob).ok_or(io::ErrorKind::NotFound)?;
        let path = format!("{folder}/{}", file.path);
        let mut header = Header::new_gnu();
        header.set_mtime(0);
        header.set_mode(if file.kind == Kind::Program {
            0o755
        } else {
            0o644
        });
        if file.kind == Kind::Link {
            header.set_entry_type(EntryType::Symlink);
            header.set_size(0);
            archive.append_link(&mut header, path, &*String::from_utf8_lossy(content))?;
        } else {
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, path, content.as_slice())?;
        }
    }
    archive.finish()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::model::Sha256;

    #[test]
    fn an_archive_never_changes() {
        let file = |path: &str, kind, blob: &str| File {
            path: path.to_owned(),
            kind,
            blob: blob.to_owned(),
        };
        let long = format!("{}/values.yaml", "long".repeat(30));
        let files = [
            file("link", Kind::Link, "2"),
            file(&long, Kind::File, "1"),
            file("pack.json", Kind::File, "1"),
            file("run.sh", Kind::Program, "2"),
        ];
        let contents: HashMap<String, Vec<u8>> = [("1", "{}"), ("2", "pack.json")]
            .map(|(blob, text)| (blob.to_owned(), text.as_bytes().to_owned()))
            .into();
        let mut bytes = Vec::new();
        write(&mut bytes, "a-1.0.0", &files, &contents).unwrap();
        // Lock files have this digest.
        insta::assert_snapshot!(Sha256::of(&bytes), @"sha256:8396f4562fa80060637b46d13cf1729e5061ee4fdf3726c64e012c4e0cbf87e2");
        let nothing = HashMap::new();
        assert!(write(Vec::new(), "a", &files, &nothing).is_err());
    }
}
