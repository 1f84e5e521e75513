//! Helm charts as files, before anything of them is understood.

use std::sync::Arc;

use super::Digest;

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

/// One file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFile {
    /// The path inside the chart, with `/` between its parts: `templates/web.yaml`.
    pub path: Arc<str>,
    /// What is in it, without a byte order mark.
    pub data: Arc<[u8]>,
}
