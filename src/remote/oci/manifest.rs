//! Manifests: what a tag names.

use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE, OciImageManifest, OciManifest,
};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};

use crate::model::Sha256;
use crate::remote::RemoteError;
use crate::remote::http::{Request, shown};

use super::OciError;
use super::repository::Repository;
use super::session::{Scope, Session};

/// The longest manifest, in bytes: what registries take, by the distribution specification.
const MANIFEST_LIMIT: u64 = 4 << 20;

/// What we understand; an index is asked for only to say what it is.
const ACCEPTED: [&str; 4] = [
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
];

/// The manifest of a tag; nothing when there is no such tag.
pub(super) fn manifest(
    session: &Session,
    repository: &Repository,
    tag: &str,
    scope: &Scope,
) -> Result<Option<OciImageManifest>, RemoteError> {
    let url = repository.url(session.endpoint(), &format!("manifests/{tag}"))?;
    let mut request = Request::new(Method::GET, url);
    for accepted in ACCEPTED {
        let accepted = HeaderValue::from_static(accepted);
        request.headers.append(ACCEPT, accepted);
    }
    let body = session.exchange(&request, scope, &mut |reply| {
        if reply.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        reply.success()?;
        reply.bytes(MANIFEST_LIMIT).map(Some)
    })?;
    let Some(body) = body else {
        return Ok(None);
    };
    match serde_json::from_slice(&body) {
        Ok(OciManifest::Image(manifest)) => Ok(Some(manifest)),
        Ok(OciManifest::ImageIndex(_)) => Err(OciError::Other {
            reference: repository.reference(tag),
            wanted: "a chart or a pack",
            why: "it is an index of images for several platforms".to_owned(),
        }
        .into()),
        Err(error) => Err(OciError::Protocol {
            url: shown(&request.url),
            why: format!("it should give a manifest: {error}"),
        }
        .into()),
    }
}

/// Gives a manifest to the registry under a tag, and tells its digest.
pub(super) fn put(
    session: &Session,
    repository: &Repository,
    tag: &str,
    manifest: &OciImageManifest,
) -> Result<Sha256, RemoteError> {
    let url = repository.url(session.endpoint(), &format!("manifests/{tag}"))?;
    let body = serde_json::to_vec(manifest).map_err(|error| OciError::Protocol {
        url: shown(&url),
        why: error.to_string(),
    })?;
    let digest = Sha256::of(&body);
    let mut request = Request::new(Method::PUT, url);
    let kind = HeaderValue::from_static(OCI_IMAGE_MEDIA_TYPE);
    request.headers.insert(CONTENT_TYPE, kind);
    request.body = body.into();
    let scope = Scope::Push(repository.name().to_owned());
    session.exchange(&request, &scope, &mut |reply| Ok(reply.success()?))?;
    Ok(digest)
}
