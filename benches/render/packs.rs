//! The packs that are there, and their charts.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A pack with charts.
pub struct Pack {
    /// Its folder.
    pub folder: PathBuf,
    /// Its pack.json.
    pub metadata: Value,
    /// Its charts' paths.
    pub charts: Vec<PathBuf>,
}

impl Pack {
    /// A text of pack.json.
    pub fn text(&self, key: &str) -> &str {
        self.metadata[key].as_str().unwrap_or_default()
    }
}

/// All packs with charts in the folder that `STRATIFORM_PACKS` names, by name.
pub fn all() -> Vec<Pack> {
    let Some(folder) = std::env::var_os("STRATIFORM_PACKS") else {
        return Vec::new();
    };
    let mut packs: Vec<Pack> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| read(&entry.unwrap().path()))
        .collect();
    packs.sort_by(|a, b| a.folder.cmp(&b.folder));
    packs
}

fn read(folder: &Path) -> Option<Pack> {
    let text = std::fs::read(folder.join("pack.json")).ok()?;
    let metadata: Value = serde_json::from_slice(&text).ok()?;
    let charts = metadata["charts"].as_array().into_iter().flatten();
    let charts: Vec<PathBuf> = charts
        .filter_map(|chart| Some(folder.join(chart.as_str()?)))
        .filter(|chart| chart.exists())
        .collect();
    let pack = Pack {
        folder: folder.to_owned(),
        metadata,
        charts,
    };
    (!pack.charts.is_empty()).then_some(pack)
}
