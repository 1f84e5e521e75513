//! Blobs: the archives and the small documents about them.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode};
use url::Url;

use crate::model::Sha256;
use crate::remote::RemoteError;
use crate::remote::http::{HttpError, Request, Sink, shown};

use super::OciError;
use super::repository::Repository;
use super::session::{Scope, Session};

/// How often an upload is begun: a registry that was restarted has forgotten it.
const UPLOADS: u32 = 3;

/// Brings a blob to a sink; gives whether it is there.
pub(super) fn get(
    session: &Session,
    repository: &Repository,
    digest: &Sha256,
    limit: u64,
    sink: &mut dyn Sink,
) -> Result<bool, RemoteError> {
    let url = repository.url(session.endpoint(), &format!("blobs/{digest}"))?;
    let scope = Scope::Pull(repository.name().to_owned());
    session.exchange(&Request::new(Method::GET, url), &scope, &mut |reply| {
        if reply.status() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        reply.success()?;
        reply.pour(limit, sink)?;
        Ok(true)
    })
}

/// Gives a blob to a registry that does not have it.
pub(super) fn put(
    session: &Session,
    repository: &Repository,
    digest: &Sha256,
    bytes: &Bytes,
) -> Result<(), RemoteError> {
    let mut begun = 0;
    loop {
        if has(session, repository, digest)? {
            return Ok(());
        }
        begun += 1;
        let place = begin(session, repository)?;
        match send(session, repository, place, digest, bytes) {
            Err(RemoteError::Http(HttpError::Missing { .. })) if begun < UPLOADS => {}
            done => return done,
        }
    }
}

fn has(session: &Session, repository: &Repository, digest: &Sha256) -> Result<bool, RemoteError> {
    let url = repository.url(session.endpoint(), &format!("blobs/{digest}"))?;
    let request = Request::new(Method::HEAD, url);
    session.exchange(&request, &pushing(repository), &mut |reply| {
        if reply.status() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        reply.success()?;
        Ok(true)
    })
}

/// Begins an upload; gives the address that the bytes go to.
fn begin(session: &Session, repository: &Repository) -> Result<Url, RemoteError> {
    let url = repository.url(session.endpoint(), "blobs/uploads/")?;
    let request = Request::new(Method::POST, url);
    session.exchange(&request, &pushing(repository), &mut |reply| {
        reply.success()?;
        let place = reply.header(LOCATION.as_str());
        let place = place.and_then(|place| reply.url().join(place).ok());
        let place = place.ok_or_else(|| OciError::Protocol {
            url: shown(&request.url),
            why: "it should say where an upload goes to".to_owned(),
        });
        let place = place.map_err(RemoteError::from)?;
        Ok(session.endpoint().resolve(place.as_str())?)
    })
}

fn send(
    session: &Session,
    repository: &Repository,
    mut place: Url,
    digest: &Sha256,
    bytes: &Bytes,
) -> Result<(), RemoteError> {
    place
        .query_pairs_mut()
        .append_pair("digest", &digest.to_string());
    let mut request = Request::new(Method::PUT, place);
    let kind = HeaderValue::from_static("application/octet-stream");
    request.headers.insert(CONTENT_TYPE, kind);
    request.body = bytes.clone();
    session.exchange(&request, &pushing(repository), &mut |reply| {
        Ok(reply.success()?)
    })
}

fn pushing(repository: &Repository) -> Scope {
    Scope::Push(repository.name().to_owned())
}
