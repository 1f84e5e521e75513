//! What Helm installed on a cluster, as documents of a project.
//!
//! Helm keeps each revision of a release on the cluster, chart and values included: [`read`] reads one, and [`documents`]
//! writes a `Cluster`, a profile with a layer for each release, and the charts. Subcharts are not kept by Helm, so that a
//! chart that has some must come from a registry.

mod conceal;
mod documents;
mod read;

pub use documents::{Given, ImportedReleases, documents};
pub use read::{Release, read};
