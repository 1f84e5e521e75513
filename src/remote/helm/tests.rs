#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::Helm;
use crate::model::Sha256;
use crate::remote::cache::Cache;
use crate::remote::http::testing::{Fault, Server, Told};
use crate::remote::http::tests::{endpoint_in, plain, still};
use crate::remote::{Fetched, Freshness, Item, ItemKind, Network, RemoteError, Source};

/// What a server answers, by path.
type Files = Arc<Mutex<HashMap<String, Vec<Told>>>>;

/// A Helm repository on loopback, and a cache.
struct Repository {
    server: Server,
    files: Files,
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let files = Files::default();
        let theirs = Arc::clone(&files);
        let server = Server::new(move |asked| {
            let mut files = theirs.lock().unwrap();
            let Some(answers) = files.get_mut(&asked.target) else {
                return Told::status(404);
            };
            let told = answers[0].clone();
            if answers.len() > 1 {
                answers.remove(0);
            }
            match asked.header("if-none-match") {
                Some("\"same\"") => Told::status(304),
                _ => told,
            }
        });
        Self {
            server,
            files,
            folder: TempDir::new().unwrap(),
        }
    }

    fn put(&self, path: &str, answers: impl IntoIterator<Item = Told>) {
        let answers = answers.into_iter().collect();
        self.files.lock().unwrap().insert(path.to_owned(), answers);
    }

    /// Puts an index with one chart, `web`, in one version.
    fn index(&self, version: &str, digest: Option<Sha256>, urls: &[&str]) {
        self.put(
            "/charts/index.yaml",
            [Told::body(index(version, digest, urls))],
        );
    }

    fn cache(&self) -> Cache {
        Cache::open(&self.folder.path().join("cache")).unwrap()
    }

    fn open_in(&self, network: &Arc<Network>) -> Helm {
        let endpoint = endpoint_in(network, &self.server.url("/charts"), &plain());
        Helm::new(endpoint, self.cache())
    }

    /// The repository, as a program sees it that has just been started.
    fn open(&self) -> Helm {
        self.open_in(&still().0)
    }

    /// What was asked, since the last time.
    fn asked(&self, before: &mut usize) -> Vec<String> {
        let all = self.server.asked();
        let new = all[*before..].iter().map(|asked| asked.target.clone());
        let new = new.collect();
        *before = all.len();
        new
    }

    /// An error, without what differs from run to run.
    fn said<T: std::fmt::Debug>(&self, came: Result<T, RemoteError>) -> String {
        came.unwrap_err()
            .to_string()
            .replace(&self.server.host(), "[HOST]")
    }
}

fn index(version: &str, digest: Option<Sha256>, urls: &[&str]) -> String {
    let digest = digest.map(|digest| format!("    digest: {}\n", digest.hex()));
    let digest = digest.unwrap_or_default();
    format!(
        "apiVersion: v1\nentries:\n  web:\n  - name: web\n{digest}    urls: {urls:?}\n    version: {version}\n"
    )
}

fn web() -> Item {
    chart("web")
}

fn chart(name: &str) -> Item {
    Item {
        kind: ItemKind::Chart,
        name: name.into(),
    }
}

fn pin(archive: Sha256) -> Fetched {
    Fetched {
        archive,
        commit: None,
    }
}

#[test]
fn a_program_asks_for_the_index_once_and_the_next_one_only_when_it_must() {
    let repository = Repository::new();
    let mut before = 0;
    let text = index("1.0.0", None, &["web.tgz"]);
    let told = Told::body(text).header("ETag", "\"same\"");
    repository.put("/charts/index.yaml", [told]);
    let helm = repository.open();
    let offers = helm.offers(&web(), Freshness::Now).unwrap();
    assert_eq!(&*offers[0].version, "1.0.0");
    let listed = helm.list(Freshness::Now).unwrap();
    assert_eq!(
        (listed[0].item.clone(), &listed[0].offers),
        (web(), &offers)
    );
    assert_eq!(helm.offers(&chart("other"), Freshness::Now), Ok(vec![]));
    let pack = Item {
        kind: ItemKind::Pack,
        ..web()
    };
    assert_eq!(helm.offers(&pack, Freshness::Now), Ok(vec![]));
    assert_eq!(repository.asked(&mut before), ["/charts/index.yaml"]);

    for freshness in [Freshness::Any, Freshness::Recent] {
        let next = repository.open();
        assert_eq!(next.offers(&web(), freshness).unwrap(), offers);
        assert_eq!(repository.asked(&mut before), [] as [&str; 0]);
    }
    let next = repository.open();
    assert_eq!(next.offers(&web(), Freshness::Now).unwrap(), offers);
    let asked = repository.server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].header("if-none-match"), Some("\"same\""));
}

#[test]
fn an_answer_of_other_days_is_not_recent() {
    let repository = Repository::new();
    repository.index("1.0.0", None, &[]);
    // The clock of this network stands still in 2030.
    repository.open().list(Freshness::Now).unwrap();
    repository.index("2.0.0", None, &[]);
    let now = Network::new(false);
    let version = |freshness| {
        let offers = repository.open_in(&now).offers(&web(), freshness).unwrap();
        offers[0].version.to_string()
    };
    assert_eq!(version(Freshness::Any), "1.0.0");
    assert_eq!(version(Freshness::Recent), "2.0.0");
}

#[test]
fn many_threads_and_programs_fetch_a_chart_once() {
    let repository = Repository::new();
    let digests = [Some(Sha256::of(b"archive")), None];
    for (at, digest) in digests.into_iter().enumerate() {
        let mut before = repository.server.count();
        let url = format!("web-{at}.tgz");
        let version = format!("{at}.0.0");
        repository.index(&version, digest, &[&url]);
        let path = format!("/charts/{url}");
        repository.put(&path, [Told::body("archive")]);
        fs::remove_dir_all(repository.cache().folder()).unwrap();
        let network = Network::new(false);
        let programs = [repository.open_in(&network), repository.open_in(&network)];
        for program in &programs {
            program.offers(&web(), Freshness::Now).unwrap();
        }
        repository.asked(&mut before);
        std::thread::scope(|scope| {
            for at in 0..8 {
                let (program, version) = (&programs[at % 2], &version);
                scope.spawn(move || {
                    let fetched = program.fetch(&web(), version, None).unwrap();
                    assert_eq!(fetched, pin(Sha256::of(b"archive")));
                });
            }
        });
        assert_eq!(repository.asked(&mut before), [path]);
        // And not at all when it is pinned and there.
        let next = repository.open();
        let pinned = pin(Sha256::of(b"archive"));
        let fetched = next.fetch(&web(), &version, Some(&pinned));
        assert_eq!(fetched, Ok(pinned));
        assert_eq!(repository.asked(&mut before), [] as [&str; 0]);
    }
}

#[test]
fn the_first_address_that_has_the_chart_will_do() {
    let repository = Repository::new();
    let digest = Sha256::of(b"archive");
    let absolute = repository.server.url("/elsewhere/web.tgz");
    repository.index("1.0.0", Some(digest), &["gone.tgz", "wrong.tgz", &absolute]);
    repository.put("/charts/wrong.tgz", [Told::body("something else")]);
    repository.put("/elsewhere/web.tgz", [Told::body("archive")]);
    let fetched = repository.open().fetch(&web(), "1.0.0", None);
    assert_eq!(fetched, Ok(pin(digest)));
    assert!(!repository.cache().has(&Sha256::of(b"something else")));
}

#[test]
fn what_cannot_be_had_says_why() {
    let repository = Repository::new();
    let digest = Sha256::of(b"archive");
    let fetch = || repository.said(repository.open().fetch(&web(), "1.0.0", None));
    repository.index("1.0.0", Some(digest), &["wrong.tgz", "gone.tgz"]);
    repository.put("/charts/wrong.tgz", [Told::body("something else")]);
    insta::assert_snapshot!(fetch(), @"chart `web` 1.0.0 of registry `trial` has the digest sha256:f41f3fa625ff120ddca7ef456bf66371ecea23c129f4e4c32367101edb516cf8, and the index says sha256:0eb3e36bfb24dcd9bb1d1bece1531216b59539a8fde17ee80224af0653c92aa3; it is not used");
    repository.index("1.0.0", Some(digest), &["gone.tgz", "wrong.tgz"]);
    repository.open().list(Freshness::Now).unwrap();
    insta::assert_snapshot!(fetch(), @"http://[HOST]/charts/gone.tgz does not exist (404)");
    repository.index("1.0.0", Some(digest), &[]);
    repository.open().list(Freshness::Now).unwrap();
    insta::assert_snapshot!(fetch(), @"the registry does not say where chart `web` 1.0.0 of registry `trial` is");
    repository.index(
        "1.0.0",
        Some(digest),
        &["oci://example.com/charts/web@sha256:00"],
    );
    repository.open().list(Freshness::Now).unwrap();
    insta::assert_snapshot!(fetch(), @"the registry does not say where chart `web` 1.0.0 of registry `trial` is");
    let text = index("1.0.0", Some(digest), &["web.tgz"]).replace(&digest.hex(), "abc");
    repository.put("/charts/index.yaml", [Told::body(text)]);
    repository.open().list(Freshness::Now).unwrap();
    insta::assert_snapshot!(fetch(), @"the registry announces chart `web` 1.0.0 of registry `trial` with a digest that is none, so it cannot be checked");
    let unknown = repository.open().fetch(&web(), "1.0.1", None);
    insta::assert_snapshot!(repository.said(unknown), @"there is no chart `web` 1.0.1 of registry `trial`");
    let unknown = repository.open().fetch(&chart("other"), "1.0.0", None);
    insta::assert_snapshot!(repository.said(unknown), @"there is no chart `other` 1.0.0 of registry `trial`");
    let incoming = repository.cache().folder().join("incoming");
    assert_eq!(fs::read_dir(incoming).unwrap().count(), 0);
}

#[test]
fn what_is_pinned_is_what_comes() {
    let repository = Repository::new();
    let (old, new) = (Sha256::of(b"old"), Sha256::of(b"new"));
    repository.put("/charts/web.tgz", [Told::body("new")]);
    // The index tells no digest: what comes is looked at.
    repository.index("1.0.0", None, &["web.tgz"]);
    let fetched = repository.open().fetch(&web(), "1.0.0", Some(&pin(old)));
    insta::assert_snapshot!(repository.said(fetched), @"chart `web` 1.0.0 of registry `trial` has the digest sha256:11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437, and the lock file says sha256:cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4; it is not used");
    assert_eq!(
        repository.open().fetch(&web(), "1.0.0", Some(&pin(new))),
        Ok(pin(new))
    );
    // It tells another one: nothing comes.
    repository.index("1.0.0", Some(new), &["web.tgz"]);
    repository.open().list(Freshness::Now).unwrap();
    let mut before = repository.server.count();
    let fetched = repository.open().fetch(&web(), "1.0.0", Some(&pin(old)));
    insta::assert_snapshot!(repository.said(fetched), @"chart `web` 1.0.0 of registry `trial` has the digest sha256:11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437, and the lock file says sha256:cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4; it is not used");
    assert!(
        !repository
            .asked(&mut before)
            .contains(&"/charts/web.tgz".to_owned())
    );
}

#[test]
fn a_version_that_is_newer_than_the_index_in_the_cache_is_found() {
    let repository = Repository::new();
    repository.index("1.0.0", None, &["web.tgz"]);
    repository.open().list(Freshness::Now).unwrap();
    repository.index("2.0.0", None, &["web.tgz"]);
    repository.put("/charts/web.tgz", [Told::body("archive")]);
    let digest = Sha256::of(b"archive");
    let fetched = repository.open().fetch(&web(), "2.0.0", Some(&pin(digest)));
    assert_eq!(fetched, Ok(pin(digest)));
}

#[test]
fn without_network_there_is_what_the_cache_holds() {
    let repository = Repository::new();
    let digest = Sha256::of(b"archive");
    repository.index("1.0.0", Some(digest), &["web.tgz"]);
    repository.put("/charts/web.tgz", [Told::body("archive")]);
    let offline = || repository.open_in(&Network::new(true));
    insta::assert_snapshot!(repository.said(offline().list(Freshness::Now)), @"the index of registry `trial` is not in the cache, and `--offline` forbids to fetch it");
    repository.open().list(Freshness::Now).unwrap();
    assert_eq!(offline().list(Freshness::Now).unwrap().len(), 1);
    let fetched = offline().fetch(&web(), "1.0.0", None);
    insta::assert_snapshot!(repository.said(fetched), @"chart `web` 1.0.0 of registry `trial` is not in the cache, and `--offline` forbids to fetch it");
    repository.open().fetch(&web(), "1.0.0", None).unwrap();
    assert_eq!(offline().fetch(&web(), "1.0.0", None), Ok(pin(digest)));
    let unknown = offline().fetch(&web(), "2.0.0", Some(&pin(Sha256::of(b"x"))));
    insta::assert_snapshot!(repository.said(unknown), @"chart `web` 2.0.0 of registry `trial` is not in the cache, and `--offline` forbids to fetch it");
}

#[test]
fn what_is_cut_on_its_way_comes_again_from_its_beginning() {
    let repository = Repository::new();
    let text = index("1.0.0", Some(Sha256::of(b"archive")), &["web.tgz"]);
    let whole = Told::body(text);
    let cut = whole.clone().fault(Fault::CutAfter(30));
    repository.put("/charts/index.yaml", [cut, whole]);
    let whole = Told::body("archive");
    let cut = whole.clone().fault(Fault::CutAfter(3));
    repository.put("/charts/web.tgz", [cut, Told::status(503), whole]);
    let fetched = repository.open().fetch(&web(), "1.0.0", None);
    assert_eq!(fetched, Ok(pin(Sha256::of(b"archive"))));
    assert_eq!(repository.server.count(), 5);
}

#[test]
fn what_is_no_index_is_not_kept() {
    let repository = Repository::new();
    repository.put("/charts/index.yaml", [Told::body("<html>Log in</html>")]);
    insta::assert_snapshot!(repository.said(repository.open().list(Freshness::Any)), @"http://[HOST]/charts/index.yaml is not the index of a Helm repository: it has no `apiVersion`");
    repository.index("1.0.0", None, &[]);
    assert_eq!(repository.open().list(Freshness::Any).unwrap().len(), 1);
}

#[test]
fn an_index_is_read_again_when_its_short_form_is_lost_and_asked_for_when_all_is() {
    let repository = Repository::new();
    let mut before = 0;
    let text = index("1.0.0", None, &[]);
    let told = Told::body(text.clone()).header("ETag", "\"same\"");
    repository.put("/charts/index.yaml", [told]);
    repository.open().list(Freshness::Now).unwrap();
    repository.asked(&mut before);
    let cache = repository.cache();
    let digest = Sha256::of(text.as_bytes());
    let key = format!("helm index {digest} in form 1");
    cache
        .set_note(&key, b"{\"of another version\": 1}")
        .unwrap();
    assert_eq!(repository.open().list(Freshness::Any).unwrap().len(), 1);
    assert_eq!(repository.asked(&mut before), [] as [&str; 0]);
    cache
        .set_note(&key, b"{\"of another version\": 1}")
        .unwrap();
    fs::remove_dir_all(cache.folder().join("blobs")).unwrap();
    // The server would say that nothing changed, if it were asked so.
    assert_eq!(repository.open().list(Freshness::Any).unwrap().len(), 1);
    assert_eq!(repository.asked(&mut before), ["/charts/index.yaml"]);
}
