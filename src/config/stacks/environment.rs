//! What stands outside of the documents: environment variables, and files under the project's root.

use std::env::{self, VarError};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most bytes that a variable's file may have: 1 MiB.
const LIMIT: u64 = 1 << 20;

/// Why something outside of the documents cannot be read. Reads as the rest of a sentence that begins with its name.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such environment variable.
    #[error("is not set")]
    Unset,
    /// There is no such file.
    #[error("does not exist")]
    Missing,
    /// The file is not under the project's root, perhaps by way of a symbolic link.
    #[error("lies outside of the project's root")]
    Outside,
    /// It is a folder, a device or the like.
    #[error("is not a regular file")]
    NotAFile,
    /// The file has more than 1 MiB.
    #[error("is larger than 1 MiB")]
    TooLarge,
    /// It is not UTF-8.
    #[error("is not UTF-8 text")]
    NotText,
    /// The system refuses.
    #[error("cannot be read: {}", .0.kind())]
    Io(io::Error),
}

/// Where values come from that do not stand in documents.
pub trait Environment: Sync {
    /// The value of an environment variable.
    ///
    /// # Errors
    /// When it is not set, or not UTF-8.
    fn variable(&self, name: &str) -> Result<String, ReadError>;

    /// The whole text of a file. The path is relative to the project's root and has no `..` in it.
    ///
    /// # Errors
    /// When the file cannot be read, leads out of the root, is larger than 1 MiB or is not UTF-8.
    fn file(&self, path: &Path) -> Result<String, ReadError>;
}

/// The environment of this process, and the files under a root.
#[derive(Clone, Debug)]
pub struct ProcessEnvironment {
    root: PathBuf,
}

impl ProcessEnvironment {
    /// Files are looked for under `root`, the project's.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Result<String, ReadError> {
        // The standard library takes a name with `=` or a zero byte in it as one that is not set.
        env::var(name).map_err(|error| match error {
            VarError::NotPresent => ReadError::Unset,
            VarError::NotUnicode(_) => ReadError::NotText,
        })
    }

    fn file(&self, path: &Path) -> Result<String, ReadError> {
        let root = self.root.canonicalize().map_err(refused)?;
        let real = root.join(path).canonicalize().map_err(refused)?;
        if !real.starts_with(&root) {
            return Err(ReadError::Outside);
        }
        // A pipe would block when it is opened, so this must be known before.
        if !real.metadata().map_err(refused)?.is_file() {
            return Err(ReadError::NotAFile);
        }
        let mut bytes = Vec::new();
        File::open(&real)
            .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
            .map_err(refused)?;
        if bytes.len() as u64 > LIMIT {
            return Err(ReadError::TooLarge);
        }
        String::from_utf8(bytes).map_err(|_| ReadError::NotText)
    }
}

fn refused(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
        _ => ReadError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use super::*;

    #[test]
    fn only_small_regular_text_files_under_the_root_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::write(folder.path().join("secret"), "outside").unwrap();
        fs::write(root.join("sub/fine"), "text\n").unwrap();
        fs::write(root.join("bytes"), [0xff, 0xfe]).unwrap();
        fs::write(root.join("large"), vec![b'x'; 1 << 20]).unwrap();
        fs::write(root.join("too-large"), vec![b'x'; (1 << 20) + 1]).unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), root.join("link")).unwrap();
        let environment = ProcessEnvironment::new(&root);
        let read = |path: &str| {
            environment
                .file(Path::new(path))
                .map(|text| text.len())
                .map_err(|error| error.to_string())
        };
        assert_eq!(read("sub/fine"), Ok(5));
        assert_eq!(read("large"), Ok(1 << 20));
        assert_eq!(read("too-large"), Err("is larger than 1 MiB".into()));
        assert_eq!(read("bytes"), Err("is not UTF-8 text".into()));
        assert_eq!(read("sub"), Err("is not a regular file".into()));
        assert_eq!(read("nothing"), Err("does not exist".into()));
        assert_eq!(read("bytes/below"), Err("does not exist".into()));
        assert_eq!(
            read("link"),
            Err("lies outside of the project's root".into())
        );
    }

    #[test]
    fn an_environment_variable_that_is_not_set_is_told() {
        let environment = ProcessEnvironment::new("/");
        assert!(environment.variable("PATH").is_ok());
        for name in ["STRATIFORM_TEST_THAT_NOBODY_SETS", "", "A=B"] {
            assert!(matches!(environment.variable(name), Err(ReadError::Unset)));
        }
    }
}
