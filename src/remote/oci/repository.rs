//! Where things are in an OCI registry: repositories, tags, and the addresses of both.

use std::fmt;

use url::Url;

use crate::remote::http::{Endpoint, HttpError};
use crate::remote::{Item, ItemKind};

use super::OciError;

/// One repository of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repository {
    host: String,
    name: String,
}

impl Repository {
    /// The repository of an item. Packs are below a path of their own.
    pub fn of(endpoint: &Endpoint, packs: &str, item: &Item) -> Result<Self, OciError> {
        let base = endpoint.base();
        let path = base.path();
        let below = match item.kind {
            ItemKind::Chart => "",
            ItemKind::Pack => packs,
        };
        let parts = [path, below, &*item.name].map(|part| part.trim_matches('/'));
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let name = parts.join("/");
        if let Some(why) = fault(&name) {
            return Err(OciError::Name { name, why });
        }
        let host = base.host_str().unwrap_or_default();
        Ok(Self {
            host: match base.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            },
            name,
        })
    }

    /// Its name in the registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address of something in it.
    pub fn url(&self, endpoint: &Endpoint, rest: &str) -> Result<Url, HttpError> {
        endpoint.resolve(&format!("/v2/{}/{rest}", self.name))
    }

    /// How people write a version of it.
    pub fn reference(&self, tag: &str) -> String {
        format!("{self}:{tag}")
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.host, self.name)
    }
}

/// What is wrong with a repository's name, by the rule of the distribution specification:
/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`, joined by slashes.
fn fault(name: &str) -> Option<&'static str> {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let sign = |byte: u8| matches!(byte, b'.' | b'_' | b'-');
    if name.len() > 255 {
        return Some("it is longer than 255 characters");
    }
    for part in name.split('/') {
        let bytes = part.as_bytes();
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
            return Some("a part of its path is empty");
        };
        if !bytes.iter().all(|byte| word(*byte) || sign(*byte)) {
            return Some("only lower case letters, digits, `.`, `_`, `-` and `/` may stand in it");
        }
        if !word(*first) || !word(*last) || part.contains("..") {
            return Some(
                "each part of its path begins and ends with a letter or a digit, and dots stand alone",
            );
        }
    }
    None
}

/// The tag of a version: `+` cannot stand in one, and is `_` there, as Helm has it.
pub(super) fn tag_of(version: &str) -> Result<String, OciError> {
    let tag = version.replace('+', "_");
    let first = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let rest = |byte: u8| first(byte) || matches!(byte, b'.' | b'-');
    let fine = tag.bytes().next().is_some_and(first) && tag.bytes().all(rest) && tag.len() <= 128;
    if fine {
        Ok(tag)
    } else {
        let version = version.to_owned();
        Err(OciError::Tag { version })
    }
}

/// The version of a tag; nothing for tags that are not versions, such as those of signatures. A chart's version is a
/// semantic one. Versions of packs have `_` of their own (`LTS__18.4.x`), which stays where no `+` can have been.
pub(super) fn version_of(kind: ItemKind, tag: &str) -> Option<String> {
    let semantic =
        |text: &str| semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).is_ok();
    let version = tag.replace('_', "+");
    if semantic(&version) {
        return Some(version);
    }
    let signature = tag.starts_with("sha256-");
    (kind == ItemKind::Pack && !signature).then(|| tag.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{fault, tag_of, version_of};
    use crate::remote::ItemKind::{Chart, Pack};

    #[test]
    fn versions_come_back_from_their_tags() {
        for (kind, version) in [
            (Chart, "1.2.3"),
            (Chart, "v1.2.3-rc.1+build.4"),
            (Pack, "1.2.3+build.4"),
            (Pack, "22.04"),
            (Pack, "LTS__18.4.x"),
            (Pack, "2.0.1-up.1"),
        ] {
            let tag = tag_of(version).unwrap();
            assert_eq!(version_of(kind, &tag).as_deref(), Some(version));
        }
        let signature = format!("sha256-{}.sig", "0".repeat(64));
        assert_eq!(version_of(Chart, &signature), None);
        assert_eq!(version_of(Pack, &signature), None);
        assert_eq!(version_of(Chart, "latest"), None);
        for wrong in ["", "1.0 beta", "-1", "../1", &"1".repeat(129)] {
            assert!(tag_of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_of_repositories_keep_to_the_rule() {
        for fine in ["a", "spectro-packs/archive/nginx", "a__b/c.d/e--f/0"] {
            assert_eq!(fault(fine), None, "{fine}");
        }
        for wrong in ["", "A", "a//b", "a/../b", "a..b", "-a", "a/b_", "a?b", "ä"] {
            assert!(fault(wrong).is_some(), "{wrong}");
        }
    }
}
