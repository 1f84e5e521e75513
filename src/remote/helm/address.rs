//! Addresses in an index.

use url::Url;

/// An address of an index joined to the repository's, by the rule of `ResolveReferenceURL` in helm's
/// `pkg/repo/v1/chartrepo.go`: an absolute one stays as it is, and any other is below the repository's, with the query of
/// that in place of its own. Nothing when it is no address.
pub(super) fn join(base: &Url, address: &str) -> Option<Url> {
    match Url::parse(address) {
        Ok(absolute) => Some(absolute),
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            let mut below = base.clone();
            if !below.path().ends_with('/') {
                let path = format!("{}/", below.path());
                below.set_path(&path);
            }
            let mut joined = below.join(address).ok()?;
            joined.set_query(base.query());
            Some(joined)
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn addresses_are_joined_as_helm_joins_them() {
        // The first ones are from helm's own test, `TestResolveReferenceURL`.
        for (base, address, expected) in [
            (
                "http://localhost:8123/",
                "/nginx-0.2.0.tgz",
                "http://localhost:8123/nginx-0.2.0.tgz",
            ),
            (
                "http://localhost:8123/charts/",
                "nginx-0.2.0.tgz",
                "http://localhost:8123/charts/nginx-0.2.0.tgz",
            ),
            (
                "http://localhost:8123",
                "https://charts.helm.sh/stable/nginx-0.2.0.tgz",
                "https://charts.helm.sh/stable/nginx-0.2.0.tgz",
            ),
            (
                "http://localhost:8123/charts%2fwith%2fescaped%2fslash",
                "nginx-0.2.0.tgz",
                "http://localhost:8123/charts%2fwith%2fescaped%2fslash/nginx-0.2.0.tgz",
            ),
            (
                "http://localhost:8123/charts?with=queryparameter",
                "nginx-0.2.0.tgz",
                "http://localhost:8123/charts/nginx-0.2.0.tgz?with=queryparameter",
            ),
            (
                "http://localhost:8123/charts",
                "nginx-0.2.0.tgz?token=1",
                "http://localhost:8123/charts/nginx-0.2.0.tgz",
            ),
            (
                "http://localhost:8123/charts",
                "https://elsewhere/a.tgz?token=1",
                "https://elsewhere/a.tgz?token=1",
            ),
            (
                "http://localhost:8123/a/b",
                "../c.tgz",
                "http://localhost:8123/a/c.tgz",
            ),
            (
                "http://localhost:8123/a/b",
                "//elsewhere/c.tgz",
                "http://elsewhere/c.tgz",
            ),
        ] {
            let base = Url::parse(base).unwrap();
            assert_eq!(join(&base, address).unwrap().as_str(), expected);
        }
        let base = Url::parse("http://localhost").unwrap();
        assert_eq!(join(&base, "http://"), None);
    }
}
