//! An OCI registry that is told what to answer. The real one is in the integration tests.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use crate::model::{Access, Sha256};
use crate::remote::cache::Cache;
use crate::remote::http::testing::{Asked, Fault, Server, Told};
use crate::remote::http::tests::{basic, endpoint_in, literal, plain, still};
use crate::remote::{Fetched, Freshness, Item, ItemKind, Network, RemoteError, Source as _};

use super::artifact::CHART_LAYER;
use super::{Artifact, Oci, OciError, Pushed, ping, push};

/// A registry, and what asks it.
struct Trial {
    server: Server,
    oci: Oci,
    cache: Cache,
    _folder: TempDir,
}

impl Trial {
    fn new(access: &Access, handler: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> Self {
        let server = Server::new(handler);
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let oci = opened(&still().0, &server, access, &cache);
        Self {
            server,
            oci,
            cache,
            _folder: folder,
        }
    }

    fn fetch(&self, pinned: Option<Sha256>) -> Result<Sha256, RemoteError> {
        let pinned = pinned.map(|archive| Fetched {
            archive,
            commit: None,
        });
        let fetched = self.oci.fetch(&web(), "1.2.3+build", pinned.as_ref());
        fetched.map(|fetched| fetched.archive)
    }

    fn versions(&self, freshness: Freshness) -> Result<Vec<String>, RemoteError> {
        let offers = self.oci.offers(&web(), freshness)?;
        Ok(offers
            .iter()
            .map(|offer| offer.version.to_string())
            .collect())
    }

    fn push(&self, artifact: &Artifact, force: bool) -> Result<Pushed, RemoteError> {
        push(self.oci.endpoint(), "packs", artifact, force)
    }

    fn asked(&self) -> Vec<String> {
        let asked = self.server.asked();
        asked
            .iter()
            .map(|one| format!("{} {}", one.method, one.target))
            .collect()
    }
}

fn opened(network: &Arc<Network>, server: &Server, access: &Access, cache: &Cache) -> Oci {
    let url = format!("oci://{}/charts", server.host());
    Oci::new(
        endpoint_in(network, &url, access),
        "packs".into(),
        cache.clone(),
    )
}

fn web() -> Item {
    Item {
        kind: ItemKind::Chart,
        name: "web".into(),
    }
}

fn manifest(archive: &[u8]) -> Told {
    let text = serde_json::json!({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": "sha256:0", "size": 2},
        "layers": [{"mediaType": CHART_LAYER, "digest": Sha256::of(archive), "size": archive.len()}],
    });
    Told::body(text.to_string())
        .header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
}

const ARCHIVE: &[u8] = b"an archive of some length";

/// A registry that has one chart.
fn holding(asked: &Asked) -> Told {
    let blob = format!("/v2/charts/web/blobs/{}", Sha256::of(ARCHIVE));
    match asked.target.as_str() {
        "/v2/charts/web/manifests/1.2.3_build" => manifest(ARCHIVE),
        target if target == blob => Told::body(ARCHIVE),
        "/v2/charts/web/tags/list?n=1000" => Told::body(r#"{"tags": ["1.2.3_build"]}"#),
        _ => Told::status(404),
    }
}

#[test]
fn a_chart_is_fetched_once_and_not_at_all_when_it_is_pinned_and_there() {
    let trial = Trial::new(&plain(), holding);
    let archive = Sha256::of(ARCHIVE);
    assert_eq!(trial.fetch(None), Ok(archive));
    assert_eq!(
        trial.cache.read(&archive, 1000).unwrap().as_deref(),
        Some(ARCHIVE)
    );
    assert_eq!(trial.server.count(), 2);
    assert_eq!(trial.fetch(Some(archive)), Ok(archive));
    assert_eq!(trial.server.count(), 2);
    let network = Network::new(true);
    let offline = opened(&network, &trial.server, &plain(), &trial.cache);
    let pinned = Fetched {
        archive,
        commit: None,
    };
    assert!(offline.fetch(&web(), "1.2.3+build", Some(&pinned)).is_ok());
    // What the version was is known, too.
    assert!(offline.fetch(&web(), "1.2.3+build", None).is_ok());
    let unknown = Fetched {
        archive: Sha256::of(b"never seen"),
        commit: None,
    };
    for (version, pinned) in [("2.0.0", None), ("2.0.0", Some(&unknown))] {
        let error = offline.fetch(&web(), version, pinned).unwrap_err();
        assert!(matches!(error, RemoteError::Offline { .. }), "{error}");
    }
    assert_eq!(trial.server.count(), 2);
}

#[test]
fn what_is_pinned_is_fetched_also_when_its_tag_has_moved() {
    let trial = Trial::new(&plain(), |asked| {
        if asked.target.contains("/manifests/") {
            return manifest(b"something newer");
        }
        holding(asked)
    });
    let archive = Sha256::of(ARCHIVE);
    assert_eq!(trial.fetch(Some(archive)), Ok(archive));
    let gone = Sha256::of(b"what the registry has forgotten");
    let error = trial.fetch(Some(gone)).unwrap_err();
    let RemoteError::Changed { by, found, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(
        (by, found),
        ("the lock file", Sha256::of(b"something newer"))
    );
}

#[test]
fn what_does_not_match_its_digest_or_is_cut_is_never_kept() {
    let wrong = Trial::new(&plain(), |asked| {
        if asked.target.contains("/blobs/") {
            return Told::body("something else");
        }
        holding(asked)
    });
    let error = wrong.fetch(None).unwrap_err();
    assert!(matches!(error, RemoteError::Changed { .. }), "{error}");
    assert!(!wrong.cache.has(&Sha256::of(ARCHIVE)));
    assert!(!wrong.cache.has(&Sha256::of(b"something else")));

    let cut = Mutex::new(2);
    let cut = Trial::new(&plain(), move |asked| {
        let mut left = cut.lock().unwrap();
        if asked.target.contains("/blobs/") && *left > 0 {
            *left -= 1;
            return holding(asked).fault(Fault::CutAfter(7));
        }
        holding(asked)
    });
    assert_eq!(cut.fetch(None), Ok(Sha256::of(ARCHIVE)));
    assert_eq!(cut.server.count(), 4);
}

#[test]
fn a_token_is_got_with_the_password_and_used_again() {
    let trial = Trial::new(&basic("me", "secret"), |asked| {
        let bearer = asked.header("authorization") == Some("Bearer one");
        match asked.target.split('?').next() {
            Some("/token") => {
                assert_eq!(asked.header("authorization"), Some("Basic bWU6c2VjcmV0"));
                Told::body(r#"{"token": "one", "expires_in": 300}"#)
            }
            _ if bearer => holding(asked),
            _ => Told::status(401).header(
                "WWW-Authenticate",
                &format!(
                    "Bearer realm=\"http://{}/token\",service=\"trial\"",
                    asked.header("host").unwrap()
                ),
            ),
        }
    });
    assert_eq!(trial.fetch(None), Ok(Sha256::of(ARCHIVE)));
    let blob = format!("GET /v2/charts/web/blobs/{}", Sha256::of(ARCHIVE));
    let expected = [
        "GET /v2/charts/web/manifests/1.2.3_build",
        "GET /token?service=trial&scope=repository%3Acharts%2Fweb%3Apull",
        "GET /v2/charts/web/manifests/1.2.3_build",
        &blob,
    ];
    assert_eq!(trial.asked(), expected);
}

#[test]
fn an_identity_token_is_changed_into_another_one() {
    let server = Server::new(|asked| {
        if asked.target == "/token" {
            let body = String::from_utf8(asked.body.clone()).unwrap();
            assert_eq!(asked.header("authorization"), None);
            assert!(body.contains("grant_type=refresh_token"), "{body}");
            assert!(body.contains("refresh_token=idt"), "{body}");
            return Told::body(r#"{"access_token": "two"}"#);
        }
        if asked.header("authorization") == Some("Bearer two") {
            return Told::status(200);
        }
        let realm = format!(
            "Bearer realm=\"http://{}/token\"",
            asked.header("host").unwrap()
        );
        Told::status(401).header("WWW-Authenticate", &realm)
    });
    let identity = crate::remote::credentials::Credential::Identity(
        crate::remote::credentials::Secret::new("idt"),
    );
    let endpoint = crate::remote::http::Endpoint::new(
        &still().0,
        &format!("oci://{}", server.host()),
        &plain(),
        std::path::Path::new("/"),
        &crate::model::RegistryName::new("trial").unwrap(),
        &crate::remote::credentials::Credentials::only(Some(identity)),
    );
    assert_eq!(ping(&endpoint.unwrap()), Ok(()));
    assert_eq!(server.count(), 3);
}

#[test]
fn wrong_credentials_are_not_sent_again_and_again() {
    for (access, count) in [(plain(), 1), (basic("me", "secret"), 2), (with_token(), 1)] {
        let trial = Trial::new(&access, |_| {
            Told::status(401).header("WWW-Authenticate", "Basic realm=\"trial\"")
        });
        let error = trial.fetch(None).unwrap_err().to_string();
        assert!(error.contains("stratiform registry login trial"), "{error}");
        assert!(!error.contains("secret"), "{error}");
        assert_eq!(trial.server.count(), count);
    }
}

fn with_token() -> Access {
    Access {
        token: literal("secret"),
        ..plain()
    }
}

#[test]
fn a_password_is_asked_for_once() {
    let trial = Trial::new(&basic("me", "secret"), |asked| {
        if asked.header("authorization") != Some("Basic bWU6c2VjcmV0") {
            return Told::status(401).header("WWW-Authenticate", "Basic realm=\"trial\"");
        }
        holding(asked)
    });
    trial.fetch(None).unwrap();
    let pack = Item {
        kind: ItemKind::Pack,
        name: "other".into(),
    };
    assert_eq!(trial.oci.offers(&pack, Freshness::Now), Ok(Vec::new()));
    let asked = trial.server.asked();
    let without = asked
        .iter()
        .filter(|one| one.header("authorization").is_none());
    assert_eq!((without.count(), asked.len()), (1, 4));
}

#[test]
fn credentials_do_not_follow_a_blob_to_where_it_is_stored() {
    let store = Server::script([Told::body(ARCHIVE)]);
    let place = store.url("/signed?key=1");
    let trial = Trial::new(&basic("me", "secret"), move |asked| {
        if asked.header("authorization").is_none() {
            return Told::status(401).header("WWW-Authenticate", "Basic realm=\"trial\"");
        }
        if asked.target.contains("/blobs/") {
            return Told::status(307).header("Location", &place);
        }
        holding(asked)
    });
    assert_eq!(trial.fetch(None), Ok(Sha256::of(ARCHIVE)));
    assert_eq!(store.asked()[0].header("authorization"), None);
    assert_eq!(store.count(), 1);
}

#[test]
fn tags_come_in_pages_and_are_asked_for_once() {
    let trial = Trial::new(&plain(), |asked| match asked.target.as_str() {
        "/v2/charts/web/tags/list?n=1000" => {
            Told::body(r#"{"name": "x", "tags": ["1.0.0", "latest"]}"#).header(
                "Link",
                "</v2/charts/web/tags/list?n=1000&last=latest>; rel=\"next\"",
            )
        }
        "/v2/charts/web/tags/list?n=1000&last=latest" => {
            Told::body(r#"{"tags": ["1.1.0_b.1", "sha256-00.sig"]}"#)
        }
        _ => Told::status(404),
    });
    assert_eq!(
        trial.versions(Freshness::Now).unwrap(),
        ["1.0.0", "1.1.0+b.1"]
    );
    assert_eq!(trial.versions(Freshness::Now).unwrap().len(), 2);
    assert_eq!(trial.server.count(), 2);
    // Another run, of another network: what the cache holds is new enough for some.
    let offline = opened(&Network::new(true), &trial.server, &plain(), &trial.cache);
    assert_eq!(offline.offers(&web(), Freshness::Now).unwrap().len(), 2);
    let pack = Item {
        kind: ItemKind::Pack,
        name: "web".into(),
    };
    assert_eq!(trial.oci.offers(&pack, Freshness::Now), Ok(Vec::new()));
    let asked = trial.asked();
    assert_eq!(
        asked.last().unwrap(),
        "GET /v2/charts/packs/web/tags/list?n=1000"
    );
    let other = Item {
        kind: ItemKind::Chart,
        name: "other".into(),
    };
    let error = offline.offers(&other, Freshness::Any).unwrap_err();
    assert!(matches!(error, RemoteError::Offline { .. }), "{error}");
    assert_eq!(trial.oci.list(Freshness::Any), Err(RemoteError::CannotList));
}

#[test]
fn what_is_no_chart_is_not_taken_for_one() {
    for (body, expected) in [
        (
            r#"{"schemaVersion": 2, "manifests": []}"#,
            "several platforms",
        ),
        ("<html>", "should give a manifest"),
        (
            r#"{"schemaVersion": 2, "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": "sha256:0", "size": 2}, "layers": []}"#,
            "is not a Helm chart",
        ),
    ] {
        let trial = Trial::new(&plain(), move |_| Told::body(body));
        let error = trial.fetch(None).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let trial = Trial::new(&plain(), |_| Told::status(404));
    let error = trial.fetch(None).unwrap_err();
    assert!(matches!(error, RemoteError::Unknown { .. }), "{error}");
}

#[test]
fn an_upload_that_the_registry_has_forgotten_is_begun_again() {
    let uploads = Mutex::new(0);
    let trial = Trial::new(&plain(), move |asked| {
        let method = asked.method.as_str();
        if method == "POST" {
            *uploads.lock().unwrap() += 1;
            let place = format!("/v2/upload/{}?state=a%2Bb", uploads.lock().unwrap());
            return Told::status(202).header("Location", &place);
        }
        match (method, asked.target.starts_with("/v2/upload/1?")) {
            ("PUT", true) => Told::status(404),
            ("PUT", false) => Told::status(201),
            _ => Told::status(404),
        }
    });
    let artifact = Artifact {
        item: web(),
        version: "1.0.0".to_owned(),
        archive: ARCHIVE.into(),
        metadata: Some("{}".into()),
        description: None,
    };
    trial.push(&artifact, false).unwrap();
    let asked = trial.asked();
    let digest = Sha256::of(ARCHIVE).to_string().replace(':', "%3A");
    let second = format!("PUT /v2/upload/2?state=a%2Bb&digest={digest}");
    assert!(asked.contains(&second), "{asked:#?}");
    assert_eq!(asked.last().unwrap(), "PUT /v2/charts/web/manifests/1.0.0");
}

#[test]
fn a_version_that_is_there_with_other_content_is_not_replaced_unasked() {
    let trial = Trial::new(&plain(), |asked| match asked.method.as_str() {
        "GET" => manifest(b"other"),
        "POST" => Told::status(202).header("Location", "/v2/upload"),
        "PUT" => Told::status(201),
        _ => Told::status(404),
    });
    let mut artifact = Artifact {
        item: web(),
        version: "1.0.0".to_owned(),
        archive: ARCHIVE.into(),
        metadata: None,
        description: None,
    };
    let error = trial.push(&artifact, false).unwrap_err();
    assert!(
        matches!(error, RemoteError::Oci(OciError::Exists { .. })),
        "{error}"
    );
    assert!(trial.push(&artifact, true).unwrap().manifest.is_some());
    artifact.archive = b"other".as_slice().into();
    assert_eq!(trial.push(&artifact, false).unwrap().manifest, None);
}
