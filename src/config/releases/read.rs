//! One revision of a release, as Helm keeps it: JSON, packed with gzip and written as base64.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::yaml::Value;

/// One revision of a release.
#[derive(Clone, Debug, Deserialize)]
pub struct Release {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    #[serde(default)]
    pub namespace: String,
    /// The number of the revision.
    #[serde(default)]
    pub version: u64,
    pub(super) chart: Chart,
    /// The values that its user gave.
    #[serde(default)]
    pub(super) config: Option<Value>,
    /// What its templates came to, each document with the template that it is from.
    #[serde(default)]
    manifest: String,
    info: Info,
}

#[derive(Clone, Debug, Deserialize)]
struct Info {
    status: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Chart {
    pub metadata: Value,
    #[serde(default)]
    pub templates: Option<Vec<File>>,
    #[serde(default)]
    pub values: Option<Value>,
    #[serde(default)]
    pub schema: Option<String>,
    #[serde(default)]
    pub files: Option<Vec<File>>,
}

/// A file of a chart, in base64.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct File {
    pub name: String,
    #[serde(default)]
    data: Option<String>,
}

/// More than this is in no release: a Secret holds 1 MiB, packed.
const MOST: u64 = 256 << 20;

/// Reads what the key `release` of a Secret or ConfigMap of Helm's holds, once the API's own base64 is off.
///
/// # Errors
/// Why it is no release.
pub fn read(text: &str) -> Result<Release, String> {
    let packed = STANDARD
        .decode(text.trim())
        .map_err(|error| format!("it is no base64: {error}"))?;
    let json = if packed.starts_with(&[0x1f, 0x8b]) {
        let mut json = Vec::new();
        GzDecoder::new(packed.as_slice())
            .take(MOST)
            .read_to_end(&mut json)
            .map_err(|error| format!("it cannot be unpacked: {error}"))?;
        json
    } else {
        packed
    };
    serde_json::from_slice(&json).map_err(|error| format!("it is no release of Helm: {error}"))
}

impl Release {
    /// Whether it is what is installed now.
    pub fn is_deployed(&self) -> bool {
        self.info.status == "deployed"
    }

    pub(super) fn chart_text(&self, field: &str) -> &str {
        let text = self.chart.metadata.get(field).and_then(Value::as_str);
        text.unwrap_or_default()
    }

    /// Whether its chart has subcharts, which Helm does not keep.
    pub fn has_subcharts(&self) -> bool {
        let all = self.chart.metadata.get("dependencies");
        let named = all
            .and_then(Value::as_list)
            .is_some_and(|all| !all.is_empty());
        // Those that only lie in the folder `charts` are used as well.
        let below = format!("# Source: {}/charts/", self.chart_text("name"));
        named || self.manifest.lines().any(|line| line.starts_with(&below))
    }
}

impl File {
    /// What is in it.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        decoded(self.data.as_deref().unwrap_or_default())
    }
}

pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
