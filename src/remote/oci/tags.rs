//! The tags of a repository, page by page.

use reqwest::header::LINK;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::remote::RemoteError;
use crate::remote::http::{Reply, Request, shown};

use super::OciError;
use super::repository::Repository;
use super::session::{Scope, Session};

/// So many tags are asked for at once.
const PAGE: usize = 1000;

/// The longest page, in bytes.
const PAGE_LIMIT: u64 = 8 << 20;

/// So many pages are read.
const MOST_PAGES: usize = 200;

#[derive(Deserialize)]
struct Page {
    /// `null` when there are none.
    tags: Option<Vec<String>>,
}

/// All tags of a repository; none when it is not there.
pub(super) fn tags(session: &Session, repository: &Repository) -> Result<Vec<String>, RemoteError> {
    let first = format!("tags/list?n={PAGE}");
    let mut next = Some(repository.url(session.endpoint(), &first)?);
    let mut all = Vec::new();
    for _ in 0..MOST_PAGES {
        let Some(url) = next.take() else {
            return Ok(all);
        };
        let (mut tags, following) = page(session, repository, url)?;
        all.append(&mut tags);
        next = following;
    }
    Err(OciError::Protocol {
        url: shown(&repository.url(session.endpoint(), &first)?),
        why: format!("there are more than {MOST_PAGES} pages of tags"),
    }
    .into())
}

fn page(
    session: &Session,
    repository: &Repository,
    url: Url,
) -> Result<(Vec<String>, Option<Url>), RemoteError> {
    let request = Request::new(Method::GET, url);
    let scope = Scope::Pull(repository.name().to_owned());
    session.exchange(&request, &scope, &mut |reply| {
        if reply.status() == StatusCode::NOT_FOUND {
            return Ok((Vec::new(), None));
        }
        reply.success()?;
        let next = following(reply);
        let body = reply.bytes(PAGE_LIMIT)?;
        let page: Page = serde_json::from_slice(&body).map_err(|error| {
            RemoteError::from(OciError::Protocol {
                url: shown(&request.url),
                why: format!("it should list tags: {error}"),
            })
        })?;
        // Another host is none of the registry's.
        let next = next.filter(|next| next.origin() == request.url.origin());
        Ok((page.tags.unwrap_or_default(), next))
    })
}

/// The address of the next page, from `Link: </v2/...>; rel="next"` (RFC 8288).
fn following(reply: &Reply) -> Option<Url> {
    let link = reply.header(LINK.as_str())?;
    let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = rest.replace([' ', '"'], "").contains("rel=next");
    is_next.then(|| reply.url().join(address).ok()).flatten()
}
