//! Charts and packs into an OCI registry, so that Helm pulls the ones and `oras` and Palette the others.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci_client::annotations::{
    ORG_OPENCONTAINERS_IMAGE_DESCRIPTION, ORG_OPENCONTAINERS_IMAGE_TITLE,
    ORG_OPENCONTAINERS_IMAGE_VERSION,
};
use oci_client::manifest::{
    IMAGE_LAYER_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest,
};

use crate::archive::LARGEST;
use crate::model::Sha256;
use crate::remote::http::Endpoint;
use crate::remote::{Item, ItemKind, RemoteError};

use super::artifact::{CHART_CONFIG, CHART_LAYER, archive};
use super::repository::{Repository, tag_of};
use super::session::{Scope, Session};
use super::{OciError, blob, manifest};

/// What stands where a config would be, when there is none (image specification 1.1, "empty descriptor").
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// What `oras push` calls what it was told nothing about.
const UNKNOWN: &str = "application/vnd.unknown.artifact.v1";

/// What is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// What it is, and its name.
    pub item: Item,
    /// Its version.
    pub version: String,
    /// Its archive: a gzipped tar.
    pub archive: Bytes,
    /// For a chart what its `Chart.yaml` says, as JSON; for a pack nothing.
    pub metadata: Option<Bytes>,
    /// What it is, for people.
    pub description: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Where it is: `HOST/REPOSITORY:TAG`.
    pub reference: String,
    /// The digest of its archive.
    pub archive: Sha256,
    /// The digest of its manifest; nothing when the very same was there before.
    pub manifest: Option<Sha256>,
}

/// Gives a chart or a pack to the registry at an endpoint, with packs below a path. The same again is no fault; a version
/// that is there with other content is replaced only with `force`.
///
/// # Errors
/// When the registry does not take it, or has that version with other content.
pub fn push(
    endpoint: &Endpoint,
    packs: &str,
    artifact: &Artifact,
    force: bool,
) -> Result<Pushed, RemoteError> {
    let repository = Repository::of(endpoint, packs, &artifact.item)?;
    let tag = tag_of(&artifact.version)?;
    let reference = repository.reference(&tag);
    if endpoint.network().is_offline() {
        return Err(RemoteError::Offline { what: reference });
    }
    let size = u64::try_from(artifact.archive.len()).unwrap_or(u64::MAX);
    if size > LARGEST {
        return Err(OciError::TooLarge { reference, size }.into());
    }
    let session = Session::new(endpoint.clone());
    let digest = Sha256::of(&artifact.archive);
    match there(&session, &repository, &tag, artifact.item.kind)? {
        There::Archive(there) if there == digest => {
            return Ok(Pushed {
                reference,
                archive: digest,
                manifest: None,
            });
        }
        There::Archive(_) | There::Other if !force => {
            return Err(OciError::Exists { reference }.into());
        }
        There::Archive(_) | There::Other | There::Nothing => {}
    }
    let config = config(artifact);
    blob::put(&session, &repository, &digest, &artifact.archive)?;
    blob::put(&session, &repository, &Sha256::of(&config), &config)?;
    let content = content(artifact, &digest, &config);
    let manifest = manifest::put(&session, &repository, &tag, &content)?;
    Ok(Pushed {
        reference,
        archive: digest,
        manifest: Some(manifest),
    })
}

/// What a tag names before a push.
enum There {
    Nothing,
    Archive(Sha256),
    /// Something that is not of the kind.
    Other,
}

fn there(
    session: &Session,
    repository: &Repository,
    tag: &str,
    kind: ItemKind,
) -> Result<There, RemoteError> {
    let scope = Scope::Push(repository.name().to_owned());
    Ok(match manifest::manifest(session, repository, tag, &scope) {
        Ok(None) => There::Nothing,
        Ok(Some(manifest)) => match archive(kind, &repository.reference(tag), &manifest) {
            Ok(archive) => There::Archive(archive.digest),
            Err(_) => There::Other,
        },
        Err(RemoteError::Oci(_)) => There::Other,
        Err(error) => return Err(error),
    })
}

fn config(artifact: &Artifact) -> Bytes {
    let metadata = artifact.metadata.clone();
    metadata.unwrap_or_else(|| Bytes::from_static(b"{}"))
}

/// The manifest, without a time: the same content has the same digest.
fn content(artifact: &Artifact, digest: &Sha256, config: &Bytes) -> OciImageManifest {
    let name = &artifact.item.name;
    let (config_type, layer_type, artifact_type) = match artifact.item.kind {
        ItemKind::Chart => (CHART_CONFIG, CHART_LAYER, None),
        ItemKind::Pack => (EMPTY, IMAGE_LAYER_MEDIA_TYPE, Some(UNKNOWN.to_owned())),
    };
    let mut layer = descriptor(layer_type, digest, &artifact.archive);
    if artifact.item.kind == ItemKind::Pack {
        // `oras pull` calls the file so.
        let title = format!("{name}-{}.tar.gz", artifact.version);
        let title = (ORG_OPENCONTAINERS_IMAGE_TITLE.to_owned(), title);
        layer.annotations = Some(BTreeMap::from([title]));
    }
    let version = artifact.version.clone();
    let mut annotations = BTreeMap::from([
        (ORG_OPENCONTAINERS_IMAGE_TITLE.to_owned(), name.to_string()),
        (ORG_OPENCONTAINERS_IMAGE_VERSION.to_owned(), version),
    ]);
    if let Some(description) = &artifact.description {
        let key = ORG_OPENCONTAINERS_IMAGE_DESCRIPTION.to_owned();
        annotations.insert(key, description.clone());
    }
    OciImageManifest {
        schema_version: 2,
        media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
        config: descriptor(config_type, &Sha256::of(config), config),
        layers: vec![layer],
        subject: None,
        artifact_type,
        annotations: Some(annotations),
    }
}

fn descriptor(media_type: &str, digest: &Sha256, bytes: &Bytes) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: digest.to_string(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    }
}
