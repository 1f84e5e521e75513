//! Charts that an index has, and an OCI registry: addresses such as `oci://registry.example/charts/web:1.0.0`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use crate::model::Sha256;
use crate::remote::cache::Cache;
use crate::remote::http::Endpoint;
use crate::remote::oci::Oci;
use crate::remote::{Fetched, Item, ItemKind, RemoteError, Source as _};

use super::download::Wanted;

/// The OCI registries that an index leads to.
#[derive(Debug)]
pub(super) struct Elsewhere {
    endpoint: Endpoint,
    cache: Cache,
    /// By their addresses; each is opened once, for its connections and its tokens.
    opened: Mutex<HashMap<String, Arc<Oci>>>,
}

impl Elsewhere {
    /// What the index of the repository at an endpoint leads to.
    pub fn new(endpoint: Endpoint, cache: Cache) -> Self {
        Self {
            endpoint,
            cache,
            opened: Mutex::default(),
        }
    }

    /// Brings the archive at an address into the cache.
    ///
    /// # Errors
    /// When it cannot be had, or is not what is expected.
    pub fn fetch(&self, url: &Url, wanted: &Wanted<'_>) -> Result<Sha256, RemoteError> {
        let Some((folder, name, tag)) = parts(url) else {
            let what = wanted.what.to_owned();
            return Err(RemoteError::NoAddress { what });
        };
        let item = Item {
            kind: ItemKind::Chart,
            name: name.into(),
        };
        let version = tag.unwrap_or(&wanted.chart.version);
        let pinned = wanted.expected.map(|(archive, _)| Fetched {
            archive,
            commit: None,
        });
        let fetched = self.at(folder)?.fetch(&item, version, pinned.as_ref());
        match (fetched, wanted.expected) {
            (Ok(fetched), _) => Ok(fetched.archive),
            // For that registry it is a pin, whoever says it.
            (
                Err(RemoteError::Changed {
                    expected, found, ..
                }),
                Some((_, by)),
            ) => Err(RemoteError::Changed {
                what: wanted.what.to_owned(),
                by,
                expected,
                found,
            }),
            (Err(error), _) => Err(error),
        }
    }

    fn at(&self, folder: String) -> Result<Arc<Oci>, RemoteError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = opened.get(&folder) {
            return Ok(Arc::clone(there));
        }
        let endpoint = self.endpoint.oci(&folder)?;
        // Charts lie right below the address, and packs are not asked for.
        let oci = Arc::new(Oci::new(endpoint, "".into(), self.cache.clone()));
        opened.insert(folder, Arc::clone(&oci));
        Ok(oci)
    }
}

/// The folder of a chart as an address, its name and its tag. Nothing when there is no name, or a digest in place of a
/// tag, which names no archive. Whoever writes an index gives us no credentials.
fn parts(url: &Url) -> Option<(String, &str, Option<&str>)> {
    let host = url.host_str()?;
    let (path, last) = url.path().rsplit_once('/')?;
    let (name, tag) = match last.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (last, None),
    };
    if name.is_empty() || last.contains('@') {
        return None;
    }
    let port = url.port().map(|port| format!(":{port}"));
    let folder = format!("oci://{host}{}{path}", port.unwrap_or_default());
    Some((folder, name, tag))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (url, expected) in [
            (
                "oci://registry-1.docker.io/bitnamicharts/nginx:15.0.0",
                Some((
                    "oci://registry-1.docker.io/bitnamicharts",
                    "nginx",
                    Some("15.0.0"),
                )),
            ),
            (
                "oci://name:secret@host:5000/web?a=b",
                Some(("oci://host:5000", "web", None)),
            ),
            ("oci://host/a/web@sha256:00", None),
            ("oci://host/a/web:1.0.0@sha256:00", None),
            ("oci://host/", None),
            ("oci://host", None),
        ] {
            let url = Url::parse(url).unwrap();
            let parts = parts(&url);
            let found = parts
                .as_ref()
                .map(|(folder, name, tag)| (&**folder, *name, *tag));
            assert_eq!(found, expected, "{url}");
        }
    }
}
