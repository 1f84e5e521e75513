//! Why an archive is refused.

use std::io;

/// Why an archive cannot be unpacked. Helm refuses the same archives, mostly in the same words.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no gzip stream, is cut off, damaged, or what is in it is no tar archive.
    #[error("it is not a gzipped tar archive")]
    Broken(#[source] io::Error),
    /// There are no files in it.
    #[error("no files in chart archive")]
    Empty,
    /// A path is absolute once its first folder is dropped.
    #[error("chart illegally contains absolute paths: `{0}`")]
    Absolute(String),
    /// A file is not in a folder, and all files of a chart are.
    #[error("chart illegally contains content outside the base directory: `{0}`")]
    Outside(String),
    /// A path goes up.
    #[error("chart illegally references parent directory: `{0}`")]
    Upwards(String),
    /// A path begins with a drive letter.
    #[error("chart contains illegally named files: `{0}`")]
    Drive(String),
    /// `Chart.yaml` is a folder at the top.
    #[error("chart yaml not in base directory: `{0}`")]
    NoBase(String),
    /// The files are larger together than what is unpacked.
    #[error("decompressed chart is larger than the maximum size {0}")]
    TooLarge(u64),
    /// There are more entries than what is unpacked.
    #[error("the archive has more than {0} entries")]
    TooMany(usize),
    /// A path leads out of the archive of a folder.
    #[error("`{0}` leads out of the archive")]
    Leaves(String),
    /// The archive of a folder holds no files, or not the file that makes it one.
    #[error("it holds no `{0}`, neither at its top nor in a folder there")]
    Without(&'static str),
}
