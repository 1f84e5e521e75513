//! Views of profiles: a list, one profile, two side by side.

mod diff;
mod json;
mod list;
mod show;

pub use diff::profile_diff_human;
pub use json::{profile_diff_json, profile_json};
pub use list::{ListedProfile, profile_list_human, profile_list_json};
pub use show::profile_human;

use crate::model::{LayerSource, PackRef};

/// What a layer is made of, in a few words.
fn source(source: &LayerSource) -> String {
    match source {
        LayerSource::Pack(PackRef {
            registry,
            name,
            version,
            ..
        }) => format!("pack {registry}/{name} {version}"),
        LayerSource::Chart(chart) => format!("chart {}", chart.place),
        LayerSource::Manifests(all) => super::words::count(all.len(), "manifest"),
    }
}
