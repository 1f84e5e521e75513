//! Archives of charts, into the cache.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::archive::LARGEST;
use crate::model::Sha256;
use crate::remote::age::will_do;
use crate::remote::cache::{Cache, CacheError};
use crate::remote::http::{Endpoint, Validators};
use crate::remote::{Freshness, RemoteError};

use super::address;
use super::elsewhere::Elsewhere;
use super::index::Chart;

/// A chart that is wanted.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// What messages call it.
    pub what: &'a str,
    /// Its entry in the index.
    pub chart: &'a Chart,
    /// The digest that it must have, and who says so.
    pub expected: Option<(Sha256, &'static str)>,
    /// An archive without a digest that others have fetched since then will do.
    pub since: Timestamp,
}

/// How archives come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways<'a> {
    /// The repository.
    pub endpoint: &'a Endpoint,
    /// Where they come to.
    pub cache: &'a Cache,
    /// What its index leads to.
    pub elsewhere: &'a Elsewhere,
}

/// What was fetched, and when.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    archive: Sha256,
    fetched: Timestamp,
}

/// Brings an archive into the cache. Several threads and processes that want the same one fetch it once.
///
/// # Errors
/// When none of its addresses has what is expected; then it is about the first of them.
pub(super) fn download(ways: &Ways<'_>, wanted: &Wanted<'_>) -> Result<Sha256, RemoteError> {
    let Ways {
        endpoint, cache, ..
    } = *ways;
    let expected = wanted.expected.map(|(digest, _)| digest);
    let name = wanted.what;
    let key = match expected {
        // An OCI registry has a lock of its own, without this word.
        Some(digest) => format!("helm archive {digest}"),
        None => format!("helm chart {name} at {}", endpoint.base()),
    };
    let now = || endpoint.network().timing().clock.now();
    let _lock = cache.lock(&key)?;
    let there = match expected {
        Some(digest) => Some(digest),
        None => noted(cache, &key, wanted.since, now())?,
    };
    if let Some(there) = there.filter(|digest| cache.has(digest)) {
        return Ok(there);
    }
    let mut first = None;
    for url in &wanted.chart.urls {
        match from(ways, wanted, url) {
            Ok(archive) => {
                if expected.is_none() {
                    let fetched = now();
                    // Without the note it is fetched again, and nothing worse.
                    if let Ok(note) = serde_json::to_vec(&Note { archive, fetched }) {
                        cache.set_note(&key, &note)?;
                    }
                }
                return Ok(archive);
            }
            Err(error) => {
                tracing::info!("{name}: {error}");
                first.get_or_insert(error);
            }
        }
    }
    let what = name.to_owned();
    Err(first.unwrap_or(RemoteError::NoAddress { what }))
}

fn noted(
    cache: &Cache,
    key: &str,
    since: Timestamp,
    now: Timestamp,
) -> Result<Option<Sha256>, RemoteError> {
    let note = cache.note(key)?;
    let note = note.and_then(|note| serde_json::from_slice::<Note>(&note).ok());
    let is_new = |note: &Note| will_do(note.fetched, Freshness::Now, since, now);
    Ok(note.filter(is_new).map(|note| note.archive))
}

/// Fetches an archive from one address.
fn from(ways: &Ways<'_>, wanted: &Wanted<'_>, url: &str) -> Result<Sha256, RemoteError> {
    let Ways {
        endpoint, cache, ..
    } = *ways;
    let what = || wanted.what.to_owned();
    let joined = address::join(endpoint.base(), url)
        .ok_or_else(|| RemoteError::NoAddress { what: what() })?;
    if joined.scheme() == "oci" {
        return ways.elsewhere.fetch(&joined, wanted);
    }
    let mut incoming = cache.incoming()?;
    endpoint.get(
        joined.as_str(),
        &Validators::default(),
        LARGEST,
        &mut incoming,
    )?;
    let expected = wanted.expected;
    let committed = incoming.commit(expected.as_ref().map(|(digest, _)| digest));
    committed.map_err(|error| match (error, expected) {
        (CacheError::Mismatch { expected, found }, Some((_, by))) => RemoteError::Changed {
            what: what(),
            by,
            expected,
            found,
        },
        (error, _) => error.into(),
    })
}
