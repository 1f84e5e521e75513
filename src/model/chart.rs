//! Helm charts as files, before anything of them is understood.

use std::sync::Arc;

use super::Digest;

/// Helm keeps a release's name in labels and in names of Secrets, which leaves it this many characters.
pub const LONGEST_RELEASE: usize = 53;

/// The files of a Helm chart, unpacked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ChartFiles {
    /// Where the chart is, for messages: `charts/web-1.2.0.tgz`.
    pub origin: Arc<str>,
    /// A digest of all files.
    pub digest: Digest,
    /// The files; of a folder without those that its `.helmignore` names.
    pub files: Arc<[ChartFile]>,
}

impl ChartFiles {
    /// The name of the archive or folder: `web-1.2.0` of `charts/web-1.2.0.tgz`.
    pub fn archive_name(&self) -> &str {
        let name = self.origin.trim_end_matches('/');
        let name = name.rsplit('/').next().unwrap_or(name);
        name.strip_suffix(".tgz")
            .or_else(|| name.strip_suffix(".tar.gz"))
            .unwrap_or(name)
    }
}

/// One file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFile {
    /// The path inside the chart, with `/` between its parts: `templates/web.yaml`.
    pub path: Arc<str>,
    /// What is in it, without a byte order mark.
    pub data: Arc<[u8]>,
}
