//! Which blob of a manifest is the archive.

use oci_client::annotations::ORG_OPENCONTAINERS_IMAGE_TITLE;
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use serde::{Deserialize, Serialize};

use crate::model::Sha256;
use crate::remote::ItemKind;

use super::OciError;

/// The media type of a chart's archive (helm 4.3, `pkg/registry/constants.go`).
pub(super) const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// The media type that it had before Helm 3.7.
const OLD_CHART_LAYER: &str = "application/tar+gzip";

/// The media type of a chart's metadata.
pub(super) const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// An archive in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Archive {
    pub digest: Sha256,
    /// In bytes, as the registry says.
    pub size: u64,
}

/// The archive that a manifest is about.
pub(super) fn archive(
    kind: ItemKind,
    reference: &str,
    manifest: &OciImageManifest,
) -> Result<Archive, OciError> {
    let (wanted, found) = match kind {
        ItemKind::Chart => ("a Helm chart", chart(manifest)),
        ItemKind::Pack => ("a pack", pack(manifest)),
    };
    let other = |why| OciError::Other {
        reference: reference.to_owned(),
        wanted,
        why,
    };
    let layer = found.map_err(other)?;
    let digest = layer.digest.parse();
    Ok(Archive {
        digest: digest
            .map_err(|_| other(format!("its layer has the digest `{}`", layer.digest)))?,
        size: u64::try_from(layer.size).map_err(|_| other("its size is negative".to_owned()))?,
    })
}

fn chart(manifest: &OciImageManifest) -> Result<&OciDescriptor, String> {
    let of = |kind: &str| {
        let mut layers = manifest.layers.iter();
        layers.find(|layer| layer.media_type == kind)
    };
    of(CHART_LAYER)
        .or_else(|| of(OLD_CHART_LAYER))
        .ok_or_else(|| format!("its config is of the type `{}`", manifest.config.media_type))
}

/// A pack is the only layer, or the only one that is named as an archive: `oras push` takes several files.
fn pack(manifest: &OciImageManifest) -> Result<&OciDescriptor, String> {
    if manifest.config.media_type == CHART_CONFIG {
        return Err("it is a Helm chart".to_owned());
    }
    if let [only] = manifest.layers.as_slice() {
        return Ok(only);
    }
    let is_archive = |layer: &&OciDescriptor| {
        let title = layer.annotations.as_ref();
        let title = title.and_then(|all| all.get(ORG_OPENCONTAINERS_IMAGE_TITLE));
        title.is_some_and(|title| title.ends_with(".tar.gz") || title.ends_with(".tgz"))
    };
    let mut archives = manifest.layers.iter().filter(is_archive);
    match (archives.next(), archives.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(format!(
            "it has {} layers, and not one that is its archive",
            manifest.layers.len()
        )),
    }
}
