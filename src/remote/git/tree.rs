//! The files of a commit.

use crate::remote::RemoteError;

use super::command::Git;

/// The most bytes that the list of a commit's files may have.
const LIST_LIMIT: u64 = 64 << 20;

/// What is at a path of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file.
    File,
    /// A file that can be run.
    Program,
    /// A symbolic link; its content is where it leads.
    Link,
}

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Its path, from the folder that was asked for.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// The number of its content.
    pub blob: String,
}

/// The files below a folder of a commit, sorted by their paths' bytes; none when there is no such folder. What is no file,
/// and paths that are not UTF-8, are left out.
///
/// # Errors
/// When git fails.
pub(super) fn files(git: &Git<'_>, commit: &str, folder: &str) -> Result<Vec<File>, RemoteError> {
    let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", commit];
    let literal = format!("{folder}/");
    if !folder.is_empty() {
        arguments.extend(["--", &literal]);
    }
    let listed = git.local(&arguments, &[], LIST_LIMIT)?;
    let mut files: Vec<File> = listed
        .split(|byte| *byte == 0)
        .filter_map(|line| file(std::str::from_utf8(line).ok()?, folder))
        .collect();
    files.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    Ok(files)
}

/// Reads `<mode> <type> <object>\t<path>`.
fn file(line: &str, folder: &str) -> Option<File> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let kind = match words.next()? {
        "100755" => Kind::Program,
        "120000" => Kind::Link,
        mode if mode.starts_with("100") => Kind::File,
        // Another repository.
        _ => return None,
    };
    let path = match folder {
        "" => path,
        folder => path.strip_prefix(folder)?.strip_prefix('/')?,
    };
    Some(File {
        path: path.to_owned(),
        kind,
        blob: words.nth(1)?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_git_are_files() {
        let read = |line: &str, folder: &str| {
            file(line, folder).map(|file| format!("{:?} {} {}", file.kind, file.blob, file.path))
        };
        for (line, folder, expected) in [
            ("100644 blob abc\ta b/c", "", Some("File abc a b/c")),
            ("100755 blob abc\tx/a\tb", "x", Some("Program abc a\tb")),
            ("120000 blob abc\tx/y/a", "x/y", Some("Link abc a")),
            ("160000 commit abc\tx", "", None),
            ("100644 blob abc\txy/a", "x", None),
            ("", "", None),
        ] {
            assert_eq!(read(line, folder).as_deref(), expected, "{line}");
        }
    }
}
